from hypothesis import given, settings
from hypothesis import strategies as st

from providers import accumulate
from providers.events import ModelEvent, ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.scripted import Reply, call, deltas
from providers.types import ReasoningPart, TextPart, ToolCallPart


def test_parts_keep_the_order_in_which_they_began():
    events = [
        ReasoningDelta(text="hm"),
        ReasoningDelta(text="m"),
        TextDelta(text="I "),
        TextDelta(text="look."),
        ToolCallDelta(index=0, id="a", name="read", arguments=""),
        ToolCallDelta(index=1, id="b", name="read", arguments='{"p'),
        ToolCallDelta(index=0, arguments="{}"),
        ToolCallDelta(index=1, arguments='":1}'),
        TextDelta(text="done"),
    ]
    assert accumulate.parts(events, provider="p", model="m") == (
        ReasoningPart(text="hmm", provider="p", model="m"),
        TextPart(text="I look."),
        ToolCallPart(id="a", name="read", arguments="{}"),
        ToolCallPart(id="b", name="read", arguments='{"p":1}'),
        TextPart(text="done"),
    )


def test_no_events_no_parts():
    assert accumulate.message([]).parts == ()


@settings(deadline=None, max_examples=50)
@given(text=st.text(), reasoning=st.text(), arguments=st.lists(st.text(), max_size=4), piece=st.integers(1, 9))
def test_any_cut_into_deltas_gives_the_same_message(text, reasoning, arguments, piece):
    calls = tuple(call("tool", value, id=f"c{index}") for index, value in enumerate(arguments))
    built = accumulate.message(deltas(Reply(text=text, reasoning=reasoning, tool_calls=calls, piece=piece)))
    assert built.text == text
    assert built.tool_calls == calls
    assert "".join(part.text for part in built.parts if isinstance(part, ReasoningPart)) == reasoning


def test_each_block_of_reasoning_keeps_what_its_provider_wants_back() -> None:
    seen: list[ModelEvent] = [
        ReasoningDelta(text="first"),
        ReasoningEnd(opaque={"signature": "s1"}),
        ReasoningDelta(text="second"),
        ReasoningEnd(opaque={"signature": "s2"}),
        ReasoningEnd(opaque={"data": "sealed"}),
        TextDelta(text="done"),
    ]
    assert accumulate.parts(seen, provider="p", model="m") == (
        ReasoningPart(text="first", opaque={"signature": "s1"}, provider="p", model="m"),
        ReasoningPart(text="second", opaque={"signature": "s2"}, provider="p", model="m"),
        ReasoningPart(opaque={"data": "sealed"}, provider="p", model="m"),
        TextPart(text="done"),
    )
