"""A session that goes on with another model, effort, provider or profile."""

import json
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import pytest

from codergen.conversation import AssistantEntry, Conversation
from codergen.errors import UsageError
from codergen.journal import read
from codergen.profiles.plain import load_plain
from codergen.profiles.profile import Ask, Finished, Frame, ProfileFacts, Step
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.registry import ToolSet
from providers.matrix import WIRES, Rig, rig
from providers.scripted import Reply, ScriptedClient, call
from providers.types import Message, ModelRequest, ModelResponse, ReasoningPart, ToolCallPart, ToolSpec

LOOK = call("shell", json.dumps({"command": "true"}))


async def test_model_and_effort_of_the_next_request(bench: Any) -> None:
    def switch(request: ModelRequest) -> Reply:
        session.change(model="m-2", effort="high")
        return Reply(tool_calls=(LOOK,))

    client = ScriptedClient(turns=[switch, Reply(text="ok"), Reply(text="and on")])
    session = bench.session(client, effort="low")
    await session.submit("go")
    assert [request.model for request in client.requests] == ["m-1", "m-2"]
    assert (session.frame.model, session.frame.effort) == ("m-2", "high")
    session.change(effort="own")
    assert session.frame.effort is None
    await session.submit("more")
    assert client.requests[-1].model == "m-2"
    assert [(data["model"], data["effort"], data["from"]) for data in bench.data("session.change")] == [
        ("m-2", "high", "request"), ("m-2", None, "request"),
    ]  # fmt: skip


async def test_another_client_brings_its_features(bench: Any) -> None:
    session = bench.session([Reply(text="ok")])
    other = ScriptedClient(turns=[Reply(text="here")], features=frozenset({"reasoning"}), api="other")
    await session.submit("go")
    session.change(client=other, model="o-1")
    assert (await session.submit("where?")).text == "here"
    assert session.frame.features == frozenset({"reasoning"})
    assert [message.role for message in other.requests[0].messages] == ["user", "assistant", "user"]
    assert bench.data("session.change")[0]["api"] == "other"


class Say:
    """A tool under whatever name a family gives it; a freeform one takes text."""

    description = "Say something."

    def __init__(self, name: str, arguments: type[Arguments]) -> None:
        self.name, self.arguments = name, arguments

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="read")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        return ToolResult(content=f"{self.name} heard {args!r}")


class Text(Arguments):
    input: str


class Words(Arguments):
    words: str


@dataclass(slots=True)
class Family:
    """A native profile with tools of its own names; answers with signed thoughts come back as they were."""

    name: str
    told: tuple[ToolSpec, ...] = ()
    facts: ProfileFacts = field(init=False)

    def __post_init__(self) -> None:
        names = tuple(spec.name for spec in self.told)
        self.facts = ProfileFacts(name=self.name, version="0", prompts=(), tools=names, specs=self.told)

    def request(self, conversation: Conversation, frame: Frame) -> Step:
        last = conversation.entries[-1]
        if isinstance(last, AssistantEntry) and not last.message.tool_calls:
            return Finished(reason="answered", text=last.message.text)
        request = ModelRequest(
            model=frame.model, system=f"As {self.name}.", messages=conversation.messages(), tools=frame.tools
        )
        return Ask(request=request)

    def read(self, response: ModelResponse, conversation: Conversation, frame: Frame) -> Message:
        return response.message

    @property
    def tools(self) -> ToolSet:
        return ToolSet(Say(spec.name, Text if spec.freeform else Words) for spec in self.told)


def json_tool(name: str) -> ToolSpec:
    return ToolSpec(name=name, description="Say something.", parameters=Words.model_json_schema())


FAMILIES = {
    "anthropic_messages": Family("claude", (json_tool("Bash"), json_tool("Read"))),
    "openai_responses": Family("codex", (ToolSpec(name="apply_patch", description="Patch.", freeform=True),)),
    "gemini_generate": Family("gemini", (json_tool("run_shell_command"),)),
    "litellm_chat": Family("text"),
}


def script(family: Family) -> list[Reply]:
    """Thinks, uses every tool of its own at once, and answers."""
    calls = tuple(
        ToolCallPart(
            id=f"{family.name}_{n}",
            name=spec.name,
            arguments="*** one\n*** two" if spec.freeform else json.dumps({"words": spec.name}),
            freeform=spec.freeform,
        )
        for n, spec in enumerate(family.told)
    )
    done = Reply(text=f"{family.name} is done.")
    return [Reply(reasoning="I think in secret.", text="Look.", tool_calls=calls), done] if calls else [done]


ORDERS = [order for order in permutations(FAMILIES) if order[0] != "litellm_chat"][::3]


@pytest.mark.timeout(180)
@pytest.mark.filterwarnings("ignore:Accessing the 'model_.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning")
@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_one_conversation_through_four_families(bench: Any, order: tuple[str, ...]) -> None:
    """Each service is sent what the others' models did with tools that it has never heard of, and takes it."""
    session = None
    for api in order:
        family = FAMILIES[api]
        async with rig(WIRES[api], script(family)) as there:
            if session is None:
                session = bench.session(there.client, model=there.wire.model, profile=family, tools=family.tools)
            else:
                session.change(client=there.client, model=there.wire.model, profile=family, tools=family.tools)
            end = await session.submit(f"now {family.name}")
            assert end.text == f"{family.name} is done."
            assert_told(there, order[: order.index(api)])
    assert session is not None
    results = [entry for entry in session.conversation.entries if entry.kind == "tool"]
    assert [entry.name for entry in results] == [spec.name for api in order for spec in FAMILIES[api].told]
    assert not any(entry.is_error for entry in results)
    thoughts = [p for m in session.conversation.messages() for p in m.parts if isinstance(p, ReasoningPart)]
    assert {part.provider for part in thoughts} == {"anthropic_messages", "openai_responses", "gemini_generate"}


def assert_told(there: Rig, before: tuple[str, ...]) -> None:
    """The last request has all earlier words, calls and results, and nobody else's thoughts."""
    sent = there.last()
    for api in before:
        family = FAMILIES[api]
        assert f"now {family.name}" in sent
        assert f"{family.name} is done." in sent
        for spec in family.told:
            assert f"{spec.name} heard" in sent
            assert ("*** one" if spec.freeform else spec.name) in sent
    assert sent.count("in secret") <= 1


async def test_another_profile_comes_with_the_next_turn(bench: Any) -> None:
    claude, gemini = FAMILIES["anthropic_messages"], FAMILIES["gemini_generate"]
    bash = call("Bash", json.dumps({"words": "hi"}))

    def switch(request: ModelRequest) -> Reply:
        session.change(profile=gemini, tools=gemini.tools)
        session.change(model="m-2")
        return Reply(tool_calls=(bash,))

    client = ScriptedClient(turns=[switch, Reply(text="ok"), Reply(text="hello")])
    session = bench.session(client, profile=claude, tools=claude.tools)
    await session.submit("go")
    assert [request.system for request in client.requests] == ["As claude.", "As claude."]
    assert "heard" in bench.data("tool.end")[0]["content"]
    await session.submit("more")
    assert (client.requests[-1].system, client.requests[-1].model) == ("As gemini.", "m-2")
    assert [tool.name for tool in client.requests[-1].tools] == ["run_shell_command"]
    assert [data["from"] for data in bench.data("session.change")] == ["turn", "turn"]


async def test_a_profile_that_asks_in_its_own_way_takes_over_and_hands_back(bench: Any) -> None:
    claude = FAMILIES["anthropic_messages"]
    bash = call("Bash", json.dumps({"words": "hi"}))
    client = ScriptedClient(turns=[Reply(tool_calls=(bash,)), Reply(text="ok"), Reply(text="back")])
    session = bench.session(client, profile=claude, tools=claude.tools, scaffolds=None)
    await session.submit("go")
    session.change(profile=load_plain(), tools=ToolSet(()))
    assert (await session.submit("repair it")).reason == "no_check"
    session.change(profile=claude, tools=claude.tools)
    assert (await session.submit("and now?")).text == "back"
    assert [message.role for message in client.requests[-1].messages] == [
        "user", "assistant", "tool", "assistant", "user", "assistant", "tool", "user",
    ]  # fmt: skip


async def test_a_change_that_cannot_be_changes_nothing(bench: Any) -> None:
    session = bench.session([Reply(text="ok")], scaffolds={"hint"})
    with pytest.raises(UsageError, match="no scaffold hint"):
        session.change(model="m-2", profile=load_plain())
    assert session.frame.model == "m-1"
    await session.submit("go")
    await session.close()
    assert "session.change" not in [line.kind for line in read(bench.journal).lines]
