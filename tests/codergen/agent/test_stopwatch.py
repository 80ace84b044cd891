"""Time that a person takes to answer is not the model's."""

import asyncio
from typing import Any

import pytest

from codergen.agent.limits import SessionLimits
from codergen.agent.stopwatch import Stopwatch
from codergen.approval.request import Approval, ApprovalRequest
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from providers.scripted import Reply, call


class Ask:
    """Asks a person, who takes half a second; several may be asked at once."""

    name, description, arguments = "slow", "Ask.", Arguments
    stopwatch: Stopwatch

    def __init__(self, *, stops: bool) -> None:
        self._stops = stops

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="read")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        if not self._stops:
            await asyncio.sleep(0.6)
            return ToolResult(content="yes")
        with self.stopwatch.waiting():
            await asyncio.sleep(0.6)
        return ToolResult(content="yes")


ASKS = Reply(tool_calls=(call("slow", "{}", id="1"), call("slow", "{}", id="2")))


@pytest.mark.parametrize(("stops", "status"), [(True, "finished"), (False, "limit")])
async def test_waiting_moves_the_deadline(bench: Any, stops: bool, status: str) -> None:
    tool = Ask(stops=stops)
    session = bench.session([ASKS, ASKS, Reply(text="ok")], tool, limits=SessionLimits(seconds=0.5))
    tool.stopwatch = session._beside.stopwatch
    end = await session.submit("go")
    assert end.status == status
    assert session.spent.seconds < 0.6


class Person:
    """Thinks before it says yes."""

    async def decide(self, request: ApprovalRequest, /) -> Approval:
        await asyncio.sleep(0.6)
        return Approval(allowed=True, by="person", why="Yes.")


async def test_a_person_who_thinks_costs_the_turn_no_time(bench: Any) -> None:
    looks = Reply(tool_calls=(call("shell", '{"command": "true"}'),))
    session = bench.session([looks, Reply(text="ok")], approver=Person(), limits=SessionLimits(seconds=0.5))
    assert (await session.submit("go")).text == "ok"
    assert bench.data("turn.end")[0]["seconds"] < 0.5


async def test_a_deadline_still_ends_what_comes_after(bench: Any) -> None:
    tool = Ask(stops=True)
    turns = [ASKS, Reply(text="slow answer in pieces", pause=0.5)]
    session = bench.session(turns, tool, limits=SessionLimits(seconds=0.5))
    tool.stopwatch = session._beside.stopwatch
    assert (await session.submit("go")).reason == "seconds"


async def test_a_turn_cancelled_while_a_person_is_asked_leaves_nothing_behind(bench: Any) -> None:
    tool = Ask(stops=True)
    session = bench.session([ASKS, Reply(text="ok")], tool, limits=SessionLimits(seconds=5))
    tool.stopwatch = session._beside.stopwatch
    task = asyncio.create_task(session.submit("go"))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert session.spent.seconds < 0.2
    assert (await session.submit("go")).text == "ok"
