"""Agents that a session sets to work: beside it, on its account, and never longer than it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.conversation import ToolEntry
from codergen.errors import SandboxDied, ToolMisuse
from codergen.journal import read
from codergen.tools.agents import Agents, AgentTask
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from providers.errors import AuthFailed
from providers.scripted import Reply, ScriptedClient, call
from providers.types import ModelRequest, Usage, user


class Lead:
    """A tool whose calls do what a test says with the session's agents."""

    name, description, arguments = "agents", "Lead agents.", Arguments
    uses_agents = True

    def __init__(self, *acts: Callable[[Agents], Awaitable[str]]) -> None:
        self._acts = list(acts)

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="agent")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        assert context.agents is not None
        return ToolResult(content=await self._acts.pop(0)(context.agents))


LEAD = call("agents", "{}")


def cast(parent: list[Reply], agent: Callable[[ModelRequest], Reply]) -> ScriptedClient:
    """One client for both: the parent's requests begin with `go`."""
    turns = iter(parent)
    return ScriptedClient(always=lambda request: next(turns) if request.messages[0] == user("go") else agent(request))


async def spawn_and_wait(agents: Agents) -> str:
    report = await agents.spawn(AgentTask(text="look around", name="scout"))
    (done,) = await agents.wait([report.id])
    return f"{done.name} {done.state}: {done.text}"


def writes(request: ModelRequest) -> Reply:
    """An agent that leaves a file and reports."""
    if len(request.messages) > 1:
        return Reply(text="left.txt is there", usage=Usage(input=7, output=3), cost_usd=Decimal("0.5"))
    made = call("write", json.dumps({"path": "left.txt", "content": "x"}))
    return Reply(tool_calls=(made,), usage=Usage(input=7, output=3), cost_usd=Decimal("0.25"))


async def test_an_agent_works_in_the_same_files_with_its_own_history(bench: Any) -> None:
    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], writes)
    session = bench.session(client, Lead(spawn_and_wait))
    await session.submit("go")
    assert session.conversation.entries[2] == ToolEntry(
        call_id="call_agents", name="agents", content="scout completed: left.txt is there"
    )
    assert (bench.workspace / "left.txt").read_text() == "x"
    agents = [request for request in client.requests if request.messages[0] == user("look around")]
    assert [len(request.messages) for request in agents] == [1, 3]
    assert len(session.conversation.entries) == 4
    (report,) = session.agents
    assert (report.turns, report.usage, report.cost_usd) == (2, Usage(input=14, output=6), Decimal("0.75"))


async def test_an_agent_has_no_agents(bench: Any) -> None:
    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], writes)
    await bench.session(client, Lead(spawn_and_wait)).submit("go")
    parents, agents = client.requests[0], client.requests[1]
    assert "agents" in [tool.name for tool in parents.tools]
    assert [tool.name for tool in agents.tools] == [tool.name for tool in parents.tools if tool.name != "agents"]


async def test_its_journal_stands_beside_and_its_events_are_shown_with_its_name_on(bench: Any) -> None:
    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], writes)
    session = bench.session(client, Lead(spawn_and_wait))
    await session.submit("go")
    (report,) = session.agents
    await session.close()
    own = read(bench.folder / f"session.{report.id}.jsonl")
    assert own.lines[0].data["id"] == f"{session.id}.{report.id}"
    assert own.lines[-1].kind == "session.end"
    shown = [event for event in bench.events if event.data.get("agent") == report.id]
    assert [event.kind for event in shown] == [line.kind for line in own.lines]
    lines = read(bench.journal).lines
    assert [line.data for line in lines if line.kind == "agent.start"] == [
        {"id": report.id, "name": "scout", "model": None, "effort": None}
    ]
    assert [line.kind for line in lines if line.kind.startswith("agent.")] == [
        "agent.start", "agent.usage", "agent.usage", "agent.end", "agent.closed",
    ]  # fmt: skip
    assert "agent" not in {key for line in lines for key in line.data}


async def test_what_agents_use_counts_now_and_after_a_resume(bench: Any) -> None:
    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], writes)
    session = bench.session(client, Lead(spawn_and_wait))
    await session.submit("go")
    assert (session.spent.turns, session.spent.usd) == (2, Decimal("0.75"))
    assert session.spent.usage == Usage(input=34, output=16)
    await session.close()
    assert bench.resume([], bench.journal).spent == session.spent


@pytest.mark.parametrize("limits", [SessionLimits(usd=Decimal("0.6")), SessionLimits(tokens=80)])
async def test_the_sessions_budget_stops_its_agents_and_denies_more(bench: Any, limits: SessionLimits) -> None:
    made = call("shell", json.dumps({"command": "true"}))

    def endless(request: ModelRequest) -> Reply:
        return Reply(tool_calls=(made,), usage=Usage(input=20, output=10), cost_usd=Decimal("0.25"))

    async def again(agents: Agents) -> str:
        (report,) = await agents.wait(())
        with pytest.raises(ToolMisuse, match="limit of"):
            await agents.spawn(AgentTask(text="more"))
        with pytest.raises(ToolMisuse, match="limit of"):
            await agents.send(report.id, "more")
        return report.reason

    async def both(agents: Agents) -> str:
        await agents.spawn(AgentTask(text="never stop"))
        return await again(agents)

    client = cast([Reply(tool_calls=(LEAD,))], endless)
    session = bench.session(client, Lead(both), limits=limits)
    end = await session.submit("go")
    name = "usd" if limits.usd else "tokens"
    assert session.conversation.entries[-1].content == name
    assert (end.status, end.reason) == ("limit", name)
    assert len(client.requests) == 4


async def test_turns_of_the_session_are_not_taken_from_its_agents(bench: Any) -> None:
    client = cast([Reply(tool_calls=(LEAD,)), Reply(tool_calls=(LEAD,))], writes)

    async def begin(agents: Agents) -> str:
        return (await agents.spawn(AgentTask(text="look around"))).state

    async def end(agents: Agents) -> str:
        return (await agents.wait(()))[0].text

    session = bench.session(client, Lead(begin, end), limits=SessionLimits(turns=2))
    assert (await session.submit("go")).reason == "turns"
    assert [data["content"] for data in bench.data("tool.end") if data["name"] == "agents"] == [
        "running", "left.txt is there",
    ]  # fmt: skip


async def test_agents_work_at_the_same_time(bench: Any) -> None:
    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], lambda request: Reply(text="done", delay=0.4))
    both_running: list[int] = []

    async def three(agents: Agents) -> str:
        ids = [(await agents.spawn(AgentTask(text=f"part {n}"))).id for n in range(3)]
        first = await agents.wait(ids, 0.05, until="all")
        both_running.append([report.state for report in first].count("running"))
        any_ = await agents.wait(ids, 5, until="any")
        assert "completed" in [report.state for report in any_]
        return " ".join(report.state for report in await agents.wait(ids, 5))

    session = bench.session(client, Lead(three))
    await session.submit("go")
    assert both_running == [3]
    assert bench.data("tool.end")[-1]["content"] == "completed completed completed"
    assert [report.name for report in session.agents] == ["agent-1", "agent-2", "agent-3"]


async def test_agents_of_one_answer_work_side_by_side(bench: Any) -> None:
    most = [0]

    async def busy(agents: Agents) -> str:
        id = (await agents.spawn(AgentTask(text="look"))).id
        most[0] = max(most[0], [report.state for report in agents.list()].count("running"))
        return (await agents.wait([id]))[0].text

    calls = tuple(call("agents", "{}", id=f"c{n}") for n in range(3))
    client = cast([Reply(tool_calls=calls), Reply(text="ok")], lambda request: Reply(text="done", delay=0.3))
    await bench.session(client, Lead(busy, busy, busy)).submit("go")
    assert most == [3]
    assert [data["content"] for data in bench.data("tool.end")] == ["done"] * 3


async def test_words_sent_to_one_that_works_are_a_steer_and_a_turn_to_one_that_waits(bench: Any) -> None:
    def agent(request: ModelRequest) -> Reply:
        if len(request.messages) == 1:
            return Reply(tool_calls=(call("shell", json.dumps({"command": "sleep 0.2"})),))
        return Reply(text=f"heard {request.messages[-1].text}")

    async def talk(agents: Agents) -> str:
        id = (await agents.spawn(AgentTask(text="wait", name="w"))).id
        await agents.send("w", "psst")
        (one,) = await agents.wait([id])
        await agents.send(id, "again")
        (two,) = await agents.wait(["w"])
        return f"{one.text}, {two.text}"

    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], agent)
    session = bench.session(client, Lead(talk))
    await session.submit("go")
    assert bench.data("tool.end")[-1]["content"] == "heard psst, heard again"
    assert [event.data["text"] for event in bench.events if event.kind == "turn.start"] == ["go", "wait", "again"]


async def test_closing_one_ends_what_it_does(bench: Any) -> None:
    async def close(agents: Agents) -> str:
        id = (await agents.spawn(AgentTask(text="sleep"))).id
        await asyncio.sleep(0.2)
        report = await agents.close(id)
        assert await agents.close(id) == report
        with pytest.raises(ToolMisuse, match="closed"):
            await agents.send(id, "hello?")
        with pytest.raises(ToolMisuse, match="no agent 'x'"):
            await agents.wait(["x"])
        return f"{report.state} {report.reason}"

    sleeper = Reply(tool_calls=(call("shell", json.dumps({"command": "sleep 1; touch late"})),))
    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], lambda request: sleeper)
    await bench.session(client, Lead(close)).submit("go")
    assert bench.data("tool.end")[-1]["content"] == "closed cancelled"
    await asyncio.sleep(1.1)
    assert not (bench.workspace / "late").exists()


def tasks() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("agent ")]


async def idle(agents: Agents) -> str:
    return (await agents.spawn(AgentTask(text="sleep", name="s"))).id


@pytest.mark.parametrize("how", ["cancel", "close", "time", "failure"])
async def test_no_agent_outlives_what_it_works_for(bench: Any, how: str) -> None:
    sleeper = Reply(tool_calls=(call("shell", json.dumps({"command": "sleep 3; touch late"})),))
    after = {
        "cancel": Reply(text="slow answer in pieces", pause=0.5),
        "close": Reply(text="ok"),
        "time": Reply(text="slow answer in pieces", pause=0.5),
        "failure": Reply(delay=0.2, error=AuthFailed("no")),
    }[how]
    client = cast([Reply(tool_calls=(LEAD,)), after], lambda request: sleeper)
    limits = SessionLimits(seconds=0.8 if how == "time" else None)
    session: Session = bench.session(client, Lead(idle), limits=limits)
    task = asyncio.create_task(session.submit("go"))
    while len(client.requests) < 3:
        await asyncio.sleep(0.02)
    assert len(tasks()) == 1
    if how == "cancel":
        task.cancel()
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(outcome, {"cancel": asyncio.CancelledError, "failure": AuthFailed}.get(how, object))
    if how == "close":
        assert len(tasks()) == 1
        assert session.agents[0].state == "running"
        await session.close()
    assert tasks() == []
    assert (session.agents[0].state, session.agents[0].reason) == (
        ("closed", "cancelled") if how == "close" else ("failed", "cancelled")
    )


async def test_one_that_is_stopped_before_its_first_step_is_accounted_for(bench: Any) -> None:
    async def at_once(agents: Agents) -> str:
        report = await agents.close((await agents.spawn(AgentTask(text="sleep"))).id)
        return f"{report.state} {report.reason}"

    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], lambda request: Reply(text="never"))
    await bench.session(client, Lead(at_once)).submit("go")
    assert bench.data("tool.end")[0]["content"] == "closed cancelled"
    assert [data["reason"] for data in bench.data("agent.end")] == ["cancelled"]


async def test_a_failed_agent_is_a_report_and_can_be_sent_more(bench: Any) -> None:
    answers = iter([Reply(error=AuthFailed("no key")), Reply(text="now it works")])

    async def twice(agents: Agents) -> str:
        id = (await agents.spawn(AgentTask(text="try"))).id
        (failed,) = await agents.wait([id])
        await agents.send(id, "again")
        (done,) = await agents.wait([id])
        return f"{failed.state} {failed.reason} {failed.text}; {done.state} {done.text}"

    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], lambda request: next(answers))
    await bench.session(client, Lead(twice)).submit("go")
    assert bench.data("tool.end")[0]["content"] == "failed AuthFailed no key; completed now it works"


class Gone:
    """A tool under which the boundary fails."""

    name, description, arguments = "lost", "Fail.", Arguments

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="read")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        raise SandboxDied("gone")


async def test_a_boundary_that_fails_under_an_agent_ends_the_turn(bench: Any) -> None:
    client = cast([Reply(tool_calls=(LEAD,))], lambda request: Reply(tool_calls=(call("lost", "{}"),)))
    with pytest.raises(SandboxDied):
        await bench.session(client, Lead(spawn_and_wait), Gone()).submit("go")


async def test_an_agent_nobody_waits_for_is_news_at_the_next_round(bench: Any) -> None:
    looks = Reply(tool_calls=(call("shell", json.dumps({"command": "sleep 0.3"})),))
    client = cast([Reply(tool_calls=(LEAD,)), looks, Reply(text="ok")], lambda request: Reply(text="I saw it."))
    session = bench.session(client, Lead(idle))
    await session.submit("go")
    (note,) = bench.data("note")
    id = session.agents[0].id
    assert note == {"about": "agent", "text": f"The agent s ({id}) has finished:\n\nI saw it."}
    assert client.requests[-1].messages[-1].text == note["text"]


async def test_too_many_at_once_are_refused(bench: Any) -> None:
    async def many(agents: Agents) -> str:
        for n in range(8):
            await agents.spawn(AgentTask(text=f"sleep {n}", name="same"))
        with pytest.raises(ToolMisuse, match="8 agents are at work"):
            await agents.spawn(AgentTask(text="sleep"))
        return ", ".join(report.name for report in agents.list())

    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], lambda request: Reply(text="slow", delay=5))
    await bench.session(client, Lead(many)).submit("go")
    names = [f"same-{n}" for n in range(2, 9)]
    assert bench.data("tool.end")[0]["content"] == ", ".join(["same", *names])


async def test_other_model_effort_and_instructions_reach_the_agent(bench: Any) -> None:
    async def other(agents: Agents) -> str:
        task = AgentTask(text="look", model="m-small", effort="low", instructions="Only read.")
        return (await agents.wait([(await agents.spawn(task)).id]))[0].text

    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], lambda request: Reply(text=request.model))
    session = bench.session(client, Lead(other))
    await session.submit("go")
    assert bench.data("tool.end")[0]["content"] == "m-small"
    assert client.requests[1].messages == (user("Only read.\n\nlook"),)
    assert bench.data("agent.start")[0]["effort"] == "low"


async def test_agents_of_a_process_that_died_are_named_as_lost(bench: Any) -> None:
    client = cast([Reply(tool_calls=(LEAD,)), Reply(text="ok")], lambda request: Reply(text="slow", delay=5))
    session = bench.session(client, Lead(idle))
    await session.submit("go")
    died = Path(bench.folder / "died.jsonl")
    died.write_bytes(bench.journal.read_bytes())
    again = bench.resume(ScriptedClient(turns=[Reply(text="I see.")]), died)
    await again.submit("and?")
    (note,) = [entry for entry in again.conversation.entries if entry.kind == "note"]
    assert note.about == "agent"
    assert "has failed (lost)" in note.text
    await again.close()
    last = bench.resume(ScriptedClient(turns=[Reply(text="ok")]), died)
    await last.submit("more")
    assert [entry.kind for entry in last.conversation.entries].count("note") == 1
