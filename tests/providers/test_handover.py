"""A conversation that begins on one API goes on at another, or at another model of the same: 4 x 4, twice."""

from dataclasses import replace

import pytest

from providers.matrix import WEATHER, WIRES, results, rig
from providers.scripted import Reply, call
from providers.types import Message, ReasoningPart, TextPart, ToolCallPart

pytestmark = [
    pytest.mark.timeout(180),  # the first import of litellm takes seconds
    pytest.mark.filterwarnings("ignore:Accessing the 'model_.*:DeprecationWarning"),  # litellm on this pydantic
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),  # the same
]

OTHER_MODEL = {
    "anthropic_messages": "claude-opus-5-5",
    "openai_responses": "gpt-6.1-sol",
    "gemini_generate": "gemini-3.1-pro-preview",
    "litellm_chat": "openai/gpt-4.1",
}


async def begun(wire) -> tuple[Message, Message]:
    """What a model of `wire` said with thought and a call, and the call's result."""
    both = (call("weather", '{"city": "Oslo"}', id="c1"), call("weather", '{"city": "Rome"}', id="c2"))
    thought = Reply(reasoning="I think long and secretly.", text="I look it up.", tool_calls=both)
    async with rig(wire, [thought]) as source:
        first = await source.ask(source.request("weather of two?", tools=[WEATHER]))
    made = first.message.tool_calls
    return first.message, results((made[0].id, "2 C"), (made[1].id, "20 C"))


def sealed(message: Message) -> list[str]:
    """Every text that only its own provider can read."""
    found: list[str] = []

    def look(value: object) -> None:
        if isinstance(value, str) and len(value) > 12:
            found.append(value)
        elif isinstance(value, dict):
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    for part in message.parts:
        if isinstance(part, ReasoningPart):
            look(part.opaque)
    return found


@pytest.mark.parametrize("model", ["same name", "other model"])
@pytest.mark.parametrize("target", WIRES)
@pytest.mark.parametrize("source", WIRES)
async def test_the_conversation_goes_on(source, target, model):
    said, told = await begun(WIRES[source])
    wire = WIRES[target] if model == "same name" else replace(WIRES[target], model=OTHER_MODEL[target])
    async with rig(wire, [Reply(text="Cold and warm.")]) as there:
        response = await there.ask(there.request("weather of two?", said, told, tools=[WEATHER]))
        sent = there.last()
    assert response.message.text == "Cold and warm."
    assert "2 C" in sent
    assert "20 C" in sent
    assert "I look it up." in sent
    home = source == target and model == "same name"
    kept = [text for text in sealed(said) if text in sent]
    assert bool(kept) is (home and WIRES[source].reasoning_returns)
    if not home:
        assert "secretly" not in sent


@pytest.mark.parametrize("target", [name for name in WIRES if name != "openai_responses"])
async def test_a_freeform_call_of_openai_is_told_elsewhere(target):
    made = ToolCallPart(id="c1", name="weather", arguments="Oslo\nRome", freeform=True)
    async with rig(WIRES[target], [Reply(text="Cold.")]) as there:
        said = Message(role="assistant", parts=(made,))
        response = await there.ask(there.request("weather?", said, results(("c1", "2 C")), tools=[WEATHER]))
        assert "Oslo" in there.last()
    assert response.message.text == "Cold."


@pytest.mark.parametrize("target", WIRES)
async def test_a_word_of_the_system_in_mid_conversation_is_carried(target):
    word = Message(role="system", parts=(TextPart(text="From now on: be polite."),))
    async with rig(WIRES[target], [Reply(text="one"), Reply(text="Please.")]) as there:
        first = await there.ask(there.request("hello"))
        await there.ask(there.request("hello", first.message, "and?", word))
        assert "be polite" in there.last()
        assert there.twin.seen[-1].difference is None
