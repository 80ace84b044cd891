"""Turns from the first word to `turn.end`, with real files and commands."""

import asyncio
import json
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from codergen.agent import context
from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.agent.turn import TurnEnd
from codergen.errors import SandboxDied, UsageError
from codergen.journal import read
from codergen.tools.base import Act, Arguments, Intent, ToolContext, ToolResult
from providers.errors import AuthFailed, CutStream, RateLimited
from providers.scripted import Reply, ScriptedClient, call
from providers.types import ModelRequest, ToolResultPart, Usage, user


def use(name: str, *, id: str = "", **arguments: Any) -> Any:
    return call(name, json.dumps(arguments), id=id)


class Slow:
    """Waits, and keeps count of how many wait together."""

    name, description, arguments = "slow", "Wait.", Arguments

    def __init__(self, *, mutates: bool) -> None:
        self._act: Act = "edit" if mutates else "read"
        self.now = self.most = 0

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act=self._act)

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02)
        self.now -= 1
        return ToolResult(content="waited")


class Broken:
    """Raises what it is given."""

    description, arguments = "Break.", Arguments

    def __init__(self, name: str, error: Exception) -> None:
        self.name, self._error = name, error

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="read")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        raise self._error


async def test_a_turn_with_tools_in_order(bench: Any) -> None:
    session = bench.session(
        [
            Reply(text="Look.", tool_calls=(use("write", path="a.txt", content="one\n"),)),
            Reply(tool_calls=(use("shell", command="cat a.txt"),)),
            Reply(text="Done."),
        ]
    )
    end = await session.submit("make a.txt")
    assert end == TurnEnd(status="finished", reason="answered", text="Done.")
    assert (bench.workspace / "a.txt").read_text() == "one\n"
    assert bench.kinds("model.delta") == [
        "session.start",
        "turn.start",
        *("model.request", "model.usage", "model.message", "tool.start", "tool.end"),
        *("model.request", "model.usage", "model.message", "tool.start", "tool.output", "tool.end"),
        *("model.request", "model.usage", "model.message"),
        "turn.end",
    ]
    assert [data["content"] for data in bench.data("tool.end")] == ["Wrote a.txt (1 lines).", "one\n[exit code 0]"]
    await session.close()


async def test_deltas_spell_the_message(bench: Any) -> None:
    await bench.session([Reply(text="a longer answer in pieces", reasoning="thinking about it")]).submit("hi")
    text = "".join(d["text"] for d in bench.data("model.delta") if d["part"] == "text")
    (message,) = bench.data("model.message")
    assert text == "a longer answer in pieces"
    assert message["by"] == "model"
    assert [part["kind"] for part in message["message"]["parts"]] == ["reasoning", "text"]


async def test_everything_shown_is_in_the_journal_first(bench: Any) -> None:
    behind: list[int] = []
    turns = [Reply(tool_calls=(use("shell", command="echo hi"),)), Reply(text="ok")]
    setup = bench.setup(turns)
    shown: list[Any] = []

    def show(event: Any) -> None:
        shown.append(event)
        behind.append(len(shown) - len(read(bench.journal).lines))

    session = Session.start(setup, bench.journal, show)
    await session.submit("go")
    await session.close()
    assert set(behind) == {0}
    lines = read(bench.journal).lines
    assert [(line.kind, line.data) for line in lines] == [
        (event.kind, json.loads(json.dumps(event.data))) for event in shown
    ]


async def test_results_go_back_in_the_order_of_the_calls(bench: Any) -> None:
    (bench.workspace / "a").write_text("A\n")
    (bench.workspace / "b").write_text("B\n")
    calls = (use("read", id="2", path="b"), use("read", id="1", path="a"))
    client = ScriptedClient(turns=[Reply(tool_calls=calls), Reply(text="ok")])
    await bench.session(client).submit("read both")
    assert client.requests[1].messages[-1].parts == (
        ToolResultPart(call_id="2", name="read", content="1\tB"),
        ToolResultPart(call_id="1", name="read", content="1\tA"),
    )


@pytest.mark.parametrize(("mutates", "most"), [(False, 3), (True, 1)])
async def test_only_calls_that_change_nothing_run_together(bench: Any, mutates: bool, most: int) -> None:
    tool = Slow(mutates=mutates)
    calls = tuple(use("slow", id=str(n)) for n in range(3))
    await bench.session([Reply(tool_calls=calls), Reply(text="ok")], tool).submit("go")
    assert tool.most == most


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("nothing", "{}", "There is no tool 'nothing'. There are: read, write, edit, shell."),
        ("read", "{not json", "not JSON"),
        ("read", "[1]", "arguments"),
        ("read", '{"path": "a", "colour": 1}', "colour: Extra inputs"),
        ("read", '{"path": "a", "offset": 0}', "offset"),
        ("read", '{"path": "missing"}', "no such file"),
        ("edit", '{"path": "a", "old_string": "x", "new_string": "y"}', "must not be changed in this job"),
        ("write", '{"path": "./tests/../a", "content": "y"}', "must not be changed in this job"),
    ],
)
async def test_a_wrong_call_is_answered_and_the_turn_goes_on(bench: Any, name: str, arguments: str, said: str) -> None:
    (bench.workspace / "a").write_text("x")
    client = ScriptedClient(turns=[Reply(tool_calls=(call(name, arguments),)), Reply(text="sorry")])
    end = await bench.session(client, writable=lambda path: path != "a").submit("go")
    (part,) = client.requests[1].messages[-1].parts
    assert isinstance(part, ToolResultPart)
    assert part.is_error
    assert said in part.content
    assert end.text == "sorry"
    assert (bench.workspace / "a").read_text() == "x"


async def test_a_fault_of_a_tool_is_an_answer_and_an_event(bench: Any) -> None:
    session = bench.session([Reply(tool_calls=(use("broken"),)), Reply(text="ok")], Broken("broken", KeyError("k")))
    assert (await session.submit("go")).status == "finished"
    assert bench.data("tool.fault") == [{"call_id": "call_broken", "name": "broken", "error": "KeyError: 'k'"}]
    assert bench.data("tool.end")[0]["content"] == "The tool 'broken' broke: KeyError"


@pytest.mark.parametrize("together", [False, True])
async def test_a_failing_boundary_is_never_a_tool_result(bench: Any, together: bool) -> None:
    calls = (use("lost"), use("read", path="x")) if together else (use("lost"),)
    session = bench.session([Reply(tool_calls=calls)], Broken("lost", SandboxDied("gone")))
    with pytest.raises(SandboxDied):
        await session.submit("go")
    assert "lost" not in [data["name"] for data in bench.data("tool.end")]
    assert bench.data("turn.end")[0] | {"seconds": 0} == {
        "status": "failed",
        "reason": "SandboxDied",
        "text": "gone",
        "seconds": 0,
    }
    assert session.state == "idle"


async def test_retries_are_events_and_a_partial_answer_is_not_repeated(bench: Any) -> None:
    session = bench.session([Reply(error=RateLimited("wait")), Reply(text="ok")])
    assert (await session.submit("go")).text == "ok"
    assert [(d["error"], d["call"]) for d in bench.data("model.retry")] == [("rate_limited", 1)]
    client = ScriptedClient(turns=[Reply(text="half an answer", error=CutStream("cut"), error_after=1)])
    with pytest.raises(CutStream):
        await bench.session(client).submit("go")
    assert len(client.requests) == 1


async def test_a_refused_key_ends_the_turn_at_once(bench: Any) -> None:
    client = ScriptedClient(turns=[Reply(error=AuthFailed("no"))])
    with pytest.raises(AuthFailed):
        await bench.session(client).submit("go")
    assert len(client.requests) == 1
    assert bench.data("turn.end")[0]["reason"] == "AuthFailed"


def endless() -> ScriptedClient:
    reply = Reply(
        tool_calls=(use("shell", command="true"),), usage=Usage(input=90, output=10), cost_usd=Decimal("0.25")
    )
    return ScriptedClient(always=lambda request: reply)


@pytest.mark.parametrize(
    ("limits", "reason", "calls"),
    [
        (SessionLimits(turns=3), "turns", 3),
        (SessionLimits(tokens=150), "tokens", 2),
        (SessionLimits(usd=Decimal("0.5")), "usd", 2),
        (SessionLimits(usd=Decimal(0)), "usd", 0),
        (SessionLimits(turns=None, seconds=0.4), "seconds", None),
    ],
)
async def test_each_limit_ends_the_turn_with_its_own_reason(
    bench: Any, limits: SessionLimits, reason: str, calls: int | None
) -> None:
    client = endless()
    end = await bench.session(client, limits=limits).submit("never stop")
    assert (end.status, end.reason) == ("limit", reason)
    assert calls is None or len(client.requests) == calls
    assert bench.kinds()[-2:] == ["limit.reached", "turn.end"]


async def test_time_limit_ends_a_command_in_the_middle(bench: Any) -> None:
    started = time.monotonic()
    session = bench.session(
        [Reply(tool_calls=(use("shell", command="sleep 1; touch late"),))], limits=SessionLimits(seconds=0.3)
    )
    assert (await session.submit("go")).reason == "seconds"
    assert time.monotonic() - started < 5
    await asyncio.sleep(1.2)
    assert not (bench.workspace / "late").exists()


async def test_unknown_cost_is_said_and_never_zero(bench: Any) -> None:
    turns = [Reply(tool_calls=(use("shell", command="true"),), cost_usd=None), Reply(text="ok", cost_usd=Decimal(1))]
    session = bench.session(turns, limits=SessionLimits(usd=Decimal(2)))
    await session.submit("go")
    assert bench.data("limit.unpriced") == [{"model": "m-1", "allowed": "2"}]
    assert (session.spent.usd, session.spent.unpriced, session.spent.cost) == (Decimal(1), 1, None)


async def test_every_answer_is_counted(bench: Any) -> None:
    turns = [
        Reply(tool_calls=(use("shell", command="true"),), usage=Usage(input=5, output=2), cost_usd=Decimal("0.1")),
        Reply(text="ok", usage=Usage(input=9, cache_read=5, output=1), cost_usd=Decimal("0.2")),
    ]
    session = bench.session(turns)
    await session.submit("go")
    assert session.spent.turns == 2
    assert session.spent.usage == Usage(input=14, cache_read=5, output=3)
    assert session.spent.cost == Decimal("0.3")
    assert [d["cost_usd"] for d in bench.data("model.usage")] == ["0.1", "0.2"]


async def test_cancelling_ends_stream_and_turn_and_leaves_the_session_usable(bench: Any) -> None:
    client = ScriptedClient(turns=[Reply(text="slow answer in pieces", pause=0.2), Reply(text="later")])
    session = bench.session(client)
    task = asyncio.create_task(session.submit("go"))
    await asyncio.sleep(0.3)
    assert session.state == "running"
    with pytest.raises(UsageError, match="running"):
        await session.submit("again")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.interrupted == 1
    assert bench.data("turn.end")[0]["status"] == "cancelled"
    assert (await session.submit("again")).text == "later"


async def test_requests_extend_each_other_and_the_record_grows_with_them_only(bench: Any) -> None:
    rounds = 12
    turns = [Reply(text=f"step {n}", tool_calls=(use("shell", command="echo hi", id=f"c{n}"),)) for n in range(rounds)]
    client = ScriptedClient(turns=[*turns, Reply(text="ok")])
    await bench.session(client).submit("go")
    pairs = list(zip(client.requests, client.requests[1:], strict=False))
    assert len(pairs) == rounds
    assert all(context.extends(before, after) for before, after in pairs)
    recorded = bench.data("model.request")
    assert [len(data["messages"]) for data in recorded] == [1, *[2] * rounds]
    assert [data["after"] for data in recorded] == [0, *range(1, 2 * rounds, 2)]
    assert ["system" in data for data in recorded] == [True, *[False] * rounds]


def test_a_changed_prefix_is_recorded_in_full() -> None:
    first = ModelRequest(model="m", system="a", messages=(user("1"),))
    for second in (
        replace(first, system="b"),
        replace(first, messages=(user("2"),)),
        replace(first, model="n"),
        replace(first, messages=()),
    ):
        assert not context.extends(first, second)
        assert context.record(first, second)["after"] == 0
        assert context.record(first, second)["system"] == second.system
