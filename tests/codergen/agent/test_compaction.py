"""A conversation that nears the end of a window becomes smaller and stays whole."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codergen.agent import compaction, window
from codergen.agent.compaction import ContextPolicy
from codergen.agent.window import Fill, Measured
from codergen.conversation import AssistantEntry, Conversation, Entry, NoteEntry, ToolEntry, UserEntry, compacted
from codergen.journal import read
from codergen.tools.state import FileSeen, ToolState
from providers.errors import ContextFull, ServerFault
from providers.scripted import Reply, ScriptedClient, call
from providers.types import Message, ModelRequest, ReasoningPart, TextPart, ToolCallPart, Usage, user

ON = ("compaction",)


def said(*ids: str, text: str = "t", thought: str = "") -> AssistantEntry:
    parts = (ReasoningPart(text=thought),) if thought else ()
    calls = tuple(ToolCallPart(id=id, name="read", arguments='{"path": "a.py"}') for id in ids)
    return AssistantEntry(message=Message(role="assistant", parts=(*parts, TextPart(text=text), *calls)), by="model")


def answer(id: str, size: int = 10, *, bad: bool = False) -> ToolEntry:
    return ToolEntry(call_id=id, name="read", content="x" * size, is_error=bad or None)


def orphans(entries: tuple[Entry, ...]) -> list[Entry]:
    """Results that no call stands before, and calls in the middle that have no result."""
    open_: dict[str, bool] = {}
    bad: list[Entry] = []
    for entry in entries:
        match entry:
            case AssistantEntry():
                open_ = {c.id: False for c in entry.message.tool_calls}
            case ToolEntry() if entry.call_id not in open_:
                bad.append(entry)
            case _:
                pass
    return bad


rounds = st.lists(
    st.one_of(
        st.builds(lambda n: (UserEntry(text="u" * n),), st.integers(1, 4000)),
        st.builds(lambda n: (NoteEntry(text="n" * n, about="cwd"),), st.integers(1, 50)),
        st.builds(
            lambda k, n: (said(*map(str, range(k))), *(answer(str(i), n) for i in range(k))),
            st.integers(0, 3),
            st.integers(0, 8000),
        ),
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(rounds, st.integers(500, 8000))
def test_a_cut_keeps_calls_and_results_together_and_makes_it_smaller(parts: list[Any], size: int) -> None:
    conversation = Conversation().add(UserEntry(text="first"), *(entry for part in parts for entry in part))
    fill = Fill(measured=0, estimated=size, window=size)
    cut = compaction.cut(conversation, fill, ContextPolicy())
    if cut is None:
        return
    note = compaction.note(compaction.mechanical(cut, 200), cut, ToolState())
    data = compaction.event(conversation, cut, note, by="mechanical", why="nearly_full", fill=fill)
    if data is None:
        return
    after = compacted(conversation, data["kept_from"], data["summary"])
    assert window.entries_tokens(after.entries) < window.entries_tokens(conversation.entries)
    assert orphans(after.entries) == []
    assert after.entries[0] == UserEntry(text="first")
    assert after.asked == conversation.asked
    assert after.entries[-1] == conversation.entries[-1]
    assert after.messages() == Conversation(entries=after.entries).messages()


def test_a_fill_says_what_was_counted_and_what_is_an_estimate() -> None:
    conversation = Conversation().add(UserEntry(text="u"), said("a"))
    usage = {"model": "m", "usage": {"input": 900, "output": 100}}
    measured = window.apply(Measured(), "model.usage", usage, 1)
    assert measured == Measured(tokens=1000, entries=2, model="m")
    grown = conversation.add(answer("a", 3500))
    request = ModelRequest(model="m", messages=(user("u"),))
    fill = window.fill(measured, grown, request, 2000)
    assert (fill.measured, fill.estimated) == (1000, 1008)
    assert fill.share == pytest.approx(1.004)
    assert window.apply(measured, "compaction", {}, 3) == Measured()
    assert window.apply(measured, "compaction.usage", usage, 9) == measured
    assert window.fill(Measured(), grown, request, None).measured == 0


def test_due() -> None:
    policy = ContextPolicy()
    assert not compaction.due(Fill(measured=79, estimated=0, window=100), policy, 10)
    assert compaction.due(Fill(measured=81, estimated=0, window=100), policy, 10)
    assert compaction.due(Fill(measured=78, estimated=0, window=100), policy, 64_000)
    assert not compaction.due(Fill(measured=10**9, estimated=0, window=None), policy, None)


def test_a_note_keeps_what_must_not_depend_on_a_summary() -> None:
    entries = (UserEntry(text="not in Python 2"), said("a"), answer("a", bad=True))
    cut = compaction.Cut(kept_from=4, dropped=entries, before=100)
    state = ToolState(cwd="/w/sub", files={"/w/a.py": FileSeen(sha256="0", whole=True)}, notes={"todos": ["ship it"]})
    note = compaction.note("SUMMARY", cut, state)
    for piece in ("SUMMARY", "not in Python 2", "ship it", "/w/a.py", "/w/sub", "xxxxxxxxxx"):
        assert piece in note


def test_thinking_is_no_part_of_what_is_summarised() -> None:
    cut = compaction.Cut(
        kept_from=2, dropped=(said("a", text="aloud", thought="secretly"), answer("a", 9000)), before=1
    )
    text = compaction.transcript(cut, 400)
    assert "aloud" in text
    assert "secretly" not in text
    assert window.text_tokens(text) <= 400


def work(count: int, size: int = 4000) -> list[Reply]:
    return [
        Reply(
            text=f"step {n}",
            reasoning="hidden thought",
            tool_calls=(call("shell", json.dumps({"command": f"printf '%{size}d' {n}"}), id=f"c{n}"),),
            usage=Usage(input=1200 * (n + 1), output=20),
        )
        for n in range(count)
    ]


def summary(request: ModelRequest) -> Reply:
    assert not request.tools
    assert "hidden thought" not in str(request.messages)
    return Reply(text="SUMMARY: half done", usage=Usage(input=500, output=50))


async def long_turn(bench: Any, *middle: Any, more: tuple[Any, ...] = (Reply(text="Done."),), **changes: Any) -> Any:
    client = ScriptedClient(turns=[*work(6), *middle, *more], context_tokens=10_000)
    session = bench.session(client, scaffolds=ON, **changes)
    end = await session.submit("the task")
    return client, session, end


async def test_a_long_turn_is_compacted_before_the_window_is_full(bench: Any) -> None:
    client, session, end = await long_turn(bench, summary)
    assert (end.status, end.text) == ("finished", "Done.")
    (event,) = bench.data("compaction")
    assert (event["by"], event["why"], event["failed"]) == ("model", "nearly_full", "")
    assert event["estimated_after"] < event["estimated_before"]
    assert event["fill"]["measured"] == 7220
    last = client.requests[-1].messages
    assert last[0] == user("the task")
    assert "SUMMARY: half done" in last[1].text
    assert orphans(session.conversation.entries) == []
    assert session.conversation.entries[-2].call_id == "c5"
    assert len(bench.data("compaction.usage")) == 1
    assert session.spent.usage.output == 6 * 20 + 50 + 5


async def test_a_resumed_session_has_the_same_bytes(bench: Any) -> None:
    _, session, _ = await long_turn(bench, summary)
    await session.close()
    again = bench.resume([Reply(text="on")], bench.journal)
    assert again.conversation == session.conversation
    assert again.conversation.messages() == session.conversation.messages()
    assert again.spent == session.spent


@pytest.mark.parametrize(
    ("middle", "failed"),
    [
        (Reply(text="  \n"), "blank"),
        (Reply(text="I will not.", stop="refusal"), "refusal"),
        (Reply(error=ServerFault("broken")), "server_fault"),
    ],
)
async def test_a_summary_that_failed_is_made_by_rule(bench: Any, middle: Reply, failed: str) -> None:
    middles = [middle] * (4 if failed == "server_fault" else 1)
    _, session, end = await long_turn(bench, *middles)
    assert end.text == "Done."
    (event,) = bench.data("compaction")
    assert (event["by"], event["failed"]) == ("mechanical", failed)
    assert "printf" in event["summary"]
    assert isinstance(session.conversation.entries[1], NoteEntry)


async def test_a_summary_that_would_not_be_smaller_is_not_taken(bench: Any) -> None:
    await long_turn(bench, Reply(text="too long " * 6000))
    assert bench.data("compaction")[0]["by"] == "mechanical"


async def test_a_refused_request_is_compacted_once_and_sent_again(bench: Any) -> None:
    refused = Reply(error=ContextFull("prompt is too long"))
    turns = [*work(4), refused, summary, Reply(text="Done.")]
    client = ScriptedClient(turns=turns, context_tokens=None)
    session = bench.session(client, scaffolds=ON, context=replace(ContextPolicy(), window=6_000))
    end = await session.submit("the task")
    assert end.text == "Done."
    assert bench.data("compaction")[0]["why"] == "refused"


async def test_a_second_refusal_ends_the_turn_clearly(bench: Any) -> None:
    refused = Reply(error=ContextFull("prompt is too long"))
    client = ScriptedClient(turns=[*work(4), refused, summary, refused], context_tokens=None)
    session = bench.session(client, scaffolds=ON, context=replace(ContextPolicy(), window=6_000))
    end = await session.submit("the task")
    assert (end.status, end.reason, end.text) == ("limit", "context", "prompt is too long")
    assert len(bench.data("compaction")) == 1
    assert bench.data("turn.end")[0]["reason"] == "context"


async def test_nothing_to_cut_ends_the_turn_at_once(bench: Any) -> None:
    client = ScriptedClient(turns=[Reply(error=ContextFull("too long"))])
    end = await bench.session(client, scaffolds=ON).submit("a" * 1000)
    assert end.reason == "context"
    assert bench.kinds().count("compaction.start") == 0


async def test_a_session_is_compacted_again_and_again(bench: Any) -> None:
    def brain(request: ModelRequest) -> Reply:
        if not request.tools:
            return Reply(text="SUMMARY")
        sent = window.request_tokens(request)
        assert sent < 10_000, "a request that does not fit went out"
        brain.calls += 1
        if brain.calls > 40:
            return Reply(text="Done.")
        command = json.dumps({"command": f"printf '%4000d' {brain.calls}"})
        return Reply(tool_calls=(call("shell", command, id=f"c{brain.calls}"),), usage=Usage(input=sent, output=10))

    brain.calls = 0
    session = bench.session(ScriptedClient(always=brain, context_tokens=10_000), scaffolds=ON)
    end = await session.submit("go")
    assert end.text == "Done."
    assert 4 < len(bench.data("compaction")) < 15
    for line in read(bench.journal).lines:
        assert line.kind != "compaction.skipped"


async def test_a_profile_with_its_own_schedule_keeps_its_conversation(bench: Any) -> None:
    client = ScriptedClient(turns=[*work(6), Reply(text="Done.")], context_tokens=10_000)
    session = bench.session(client, scaffolds=())
    await session.submit("the task")
    assert "compaction" not in bench.kinds()
    assert len(session.conversation.entries) == 14
