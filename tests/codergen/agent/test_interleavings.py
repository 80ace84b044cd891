"""Everything at once, in drawn orders: words, changes, agents, cancelling. What holds must hold after each."""

import asyncio
import random
from typing import Any

import pytest

from codergen.agent.session import Session
from codergen.conversation import AssistantEntry, ToolEntry, UserEntry
from codergen.tools.agents import Agents, AgentTask
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from providers.scripted import Reply, ScriptedClient, call
from providers.types import ModelRequest


class Lead:
    """Sets an agent to work, and waits for it or not."""

    name, description, arguments = "agents", "Lead agents.", Arguments
    uses_agents = True

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="agent")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        agents: Agents | None = context.agents
        assert agents is not None
        report = await agents.spawn(AgentTask(text="help"))
        if self._draw.random() < 0.5:
            (report,) = await agents.wait([report.id], 0.05)
        return ToolResult(content=report.state)


class Slow:
    """A read that takes a moment."""

    name, description, arguments = "slow", "Wait.", Arguments

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="read")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        await asyncio.sleep(self._draw.random() / 100)
        return ToolResult(content="waited")


def model(draw: random.Random) -> ScriptedClient:
    numbers = iter(range(10_000))

    def play(request: ModelRequest) -> Reply:
        kinds = draw.choices(("slow", "agents", "nothing"), k=draw.randint(0, 3))
        known = [tool.name for tool in request.tools]
        calls = tuple(call(kind, "{}", id=f"c{next(numbers)}") for kind in kinds if kind in known)
        return Reply(text="some words", tool_calls=calls, pause=draw.choice((0.0, 0.002)))

    return ScriptedClient(always=play)


async def live(session: Session, draw: random.Random) -> list[str]:
    """A few turns with a user who does not wait; what was said."""
    said: list[str] = []
    for number in range(4):
        task = asyncio.create_task(session.submit(f"turn {number}"))
        for _ in range(draw.randint(0, 5)):
            await asyncio.sleep(draw.random() / 60)
            match draw.choice(("steer", "follow", "change", "cancel")):
                case "steer":
                    said.append(f"steer {len(said)}")
                    session.steer(said[-1])
                case "follow":
                    said.append(f"follow {len(said)}")
                    session.follow_up(said[-1])
                case "change":
                    session.change(model=f"m-{number}", effort=draw.choice(("low", "high")))
                case _:
                    task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert session.state == "idle"
    return said


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_comes_when(bench: Any, seed: int) -> None:
    draw = random.Random(seed)
    session = bench.session(model(draw), Slow(draw), Lead(draw))
    said = await live(session, draw)
    waiting = session._record.waiting
    await session.close()
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("agent ")] == []

    entries = session.conversation.entries
    heard = [entry.text for entry in entries if isinstance(entry, UserEntry) and not entry.text.startswith("turn ")]
    still = [one.text for one in (*waiting.steers, *waiting.follow_ups)]
    assert sorted([*heard, *still]) == sorted(said), "each word is heard once, or waits"
    for kind in ("steer", "follow"):
        order = [int(text.split()[1]) for text in heard if text.startswith(kind)]
        assert order == sorted(order)
    assert_answered(entries)

    again = bench.resume([], bench.journal)
    assert again.conversation == session.conversation
    assert again.spent == session.spent
    assert again._record.waiting == waiting


def assert_answered(entries: tuple[Any, ...]) -> None:
    """Every call of a closed round has its one answer, before anything else is said."""
    for at, entry in enumerate(entries):
        if not isinstance(entry, AssistantEntry):
            continue
        ids = [made.id for made in entry.message.tool_calls]
        after = entries[at + 1 : at + 1 + len(ids)]
        if at + 1 + len(ids) <= len(entries):
            assert sorted(answer.call_id for answer in after if isinstance(answer, ToolEntry)) == sorted(ids)
