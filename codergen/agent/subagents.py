"""Agents of a session: sessions of their own that work beside it, in its sandbox, on its account.

Each has its own journal beside the session's. The session's journal says that they began, what they used and how each
of their turns ended; what they do in between is shown to whoever watches the session, marked with `agent`.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import uuid4

from codergen.agent.limits import Reached, Spent
from codergen.agent.record import Record
from codergen.agent.turn import TurnEnd
from codergen.errors import SandboxError, ToolMisuse
from codergen.events import Emit, Event
from codergen.journal import Line
from codergen.tools.agents import AgentReport, AgentState, AgentTask

MOST = 8
"""Agents that work at the same time."""


class Worker(Protocol):
    """What is needed of an agent's session."""

    @property
    def spent(self) -> Spent: ...

    async def submit(self, text: str) -> TurnEnd: ...

    def steer(self, text: str) -> None: ...

    async def close(self) -> None: ...


Hire = Callable[[str, AgentTask, Emit], Worker]
"""Starts the session of the agent with this id."""


@dataclass(slots=True)
class Agent:
    """One of them."""

    id: str
    name: str
    worker: Worker
    state: AgentState = "running"
    text: str = ""
    reason: str = ""
    work: "asyncio.Task[None] | None" = None
    """Its turn under way; this object is its owner."""
    lost: SandboxError | None = None
    """The boundary failed under it, which is no answer of an agent's."""
    told: bool = True
    """Whoever set it to work knows how its last turn ended."""

    @property
    def report(self) -> AgentReport:
        spent = self.worker.spent
        return AgentReport(
            id=self.id,
            name=self.name,
            state=self.state,
            text=self.text,
            reason=self.reason,
            turns=spent.turns,
            usage=spent.usage,
            cost_usd=spent.cost,
            seconds=spent.seconds,
        )


@dataclass(slots=True)
class Subagents:
    """The `Agents` of one session. Ends with it: no agent outlives `close`, none works on after `stop`."""

    hire: Hire
    record: Record
    room: Callable[[], Reached | None]
    """The session's limit, once it is reached: nobody new is set to work then."""
    most: int = MOST
    _agents: dict[str, Agent] = field(default_factory=dict[str, Agent])

    async def spawn(self, task: AgentTask) -> AgentReport:
        self._demand_room()
        id = uuid4().hex[:8]
        name = self._free(task.name or f"agent-{len(self._agents) + 1}")
        data = {"id": id, "name": name, "model": task.model, "effort": task.effort}
        self.record("agent.start", data, sync=True)
        agent = Agent(id=id, name=name, worker=self.hire(id, task, self._follow(id)))
        self._agents[id] = agent
        self._begin(agent, f"{task.instructions}\n\n{task.text}" if task.instructions else task.text)
        return agent.report

    async def send(self, id: str, text: str) -> None:
        agent = self._find(id)
        if agent.state == "closed":
            raise ToolMisuse(f"The agent {id!r} is closed.")
        if agent.lost is not None:
            raise agent.lost
        self._demand_room(agent)
        self.record("agent.sent", {"id": agent.id})
        if agent.state == "running":
            agent.worker.steer(text)
        else:
            self._begin(agent, text)

    async def wait(
        self, ids: Sequence[str], timeout_s: float | None = None, *, until: Literal["any", "all"] = "all"
    ) -> tuple[AgentReport, ...]:
        agents = [self._find(id) for id in ids] if ids else list(self._agents.values())
        work = {agent.work for agent in agents if agent.work is not None and agent.state == "running"}
        if work and not (until == "any" and len(work) < len(agents)):
            first = asyncio.FIRST_COMPLETED if until == "any" else asyncio.ALL_COMPLETED
            await asyncio.wait(work, timeout=timeout_s, return_when=first)
        for agent in agents:
            if agent.lost is not None:
                raise agent.lost
            agent.told = agent.told or agent.state != "running"
        return tuple(agent.report for agent in agents)

    async def close(self, id: str) -> AgentReport:
        agent = self._find(id)
        if agent.state != "closed":
            await self._end([agent])
            agent.state = "closed"
            agent.told = True
            await agent.worker.close()
            self.record("agent.closed", {"id": agent.id})
        return agent.report

    def list(self) -> tuple[AgentReport, ...]:
        return tuple(agent.report for agent in self._agents.values())

    def news(self) -> tuple[AgentReport, ...]:
        """Of agents whose turn ended and whom nobody waited for; each once."""
        found = [agent for agent in self._agents.values() if not agent.told and agent.state != "running"]
        for agent in found:
            agent.told = True
        return tuple(agent.report for agent in found)

    async def stop(self) -> None:
        """End all work in hand; the agents can be sent more."""
        await self._end(self._agents.values())

    async def close_all(self) -> None:
        """End and close every one of them."""
        await self.stop()
        for id in self._agents:
            await self.close(id)

    def _begin(self, agent: Agent, text: str) -> None:
        agent.state, agent.told = "running", False
        agent.work = asyncio.create_task(self._work(agent, text), name=f"agent {agent.id}")

    async def _work(self, agent: Agent, text: str) -> None:
        """One turn of an agent. What goes wrong in it is its report, never an exception that nobody sees."""
        try:
            end = await agent.worker.submit(text)
        except asyncio.CancelledError:
            self._done(agent, "failed", "cancelled", "It was stopped.")
        except Exception as error:
            agent.lost = error if isinstance(error, SandboxError) else None
            self._done(agent, "failed", type(error).__name__, str(error))
        else:
            self._done(agent, "completed", end.reason, end.text)

    def _done(self, agent: Agent, state: AgentState, reason: str, text: str) -> None:
        agent.state, agent.reason, agent.text = state, reason, text
        self.record("agent.end", end_data(agent.report))

    async def _end(self, agents: Iterable[Agent]) -> None:
        """Cancel turns under way and see them end."""
        running = {agent.work: agent for agent in agents if agent.work is not None and not agent.work.done()}
        for work in running:
            work.cancel()
        if running:
            await asyncio.wait(running)
        for agent in running.values():
            if agent.state == "running":  # cancelled before its first step
                self._done(agent, "failed", "cancelled", "It was stopped.")

    def _follow(self, id: str) -> Emit:
        """What an agent uses is the session's, at once, so that limits hold while it works."""

        def follow(event: Event) -> None:
            self.record.show(Event(kind=event.kind, data={**event.data, "agent": id}))
            if event.kind in {"model.usage", "agent.usage"}:
                data: dict[str, Any] = {name: event.data[name] for name in ("model", "usage", "cost_usd")}
                self.record("agent.usage", {"id": id, **data})

        return follow

    def _demand_room(self, sent: Agent | None = None) -> None:
        if limit := self.room():
            raise ToolMisuse(f"No agent can be set to work: the limit of {limit.allowed} is reached.")
        running = sum(agent.state == "running" for agent in self._agents.values() if agent is not sent)
        if running >= self.most:
            raise ToolMisuse(
                f"{running} agents are at work, which is the most there can be: wait for one or close one."
            )

    def _find(self, id: str) -> Agent:
        found = self._agents.get(id) or next((a for a in self._agents.values() if a.name == id), None)
        if found is None:
            raise ToolMisuse(f"There is no agent {id!r}. There are: {', '.join(self._agents) or 'none'}.")
        return found

    def _free(self, name: str) -> str:
        taken = {agent.name for agent in self._agents.values()}
        number = 2
        free = name
        while free in taken:
            free, number = f"{name}-{number}", number + 1
        return free


def end_data(report: AgentReport) -> dict[str, Any]:
    """How a turn of an agent ended, for the session's journal."""
    cost = report.cost_usd
    return {
        "id": report.id,
        "state": report.state,
        "reason": report.reason,
        "text": report.text,
        "turns": report.turns,
        "cost_usd": None if cost is None else str(cost),
    }


def unfinished(lines: Iterable[Line]) -> tuple[AgentReport, ...]:
    """Agents that were at work when a journal ended; they went with their process. Pure."""
    names: dict[str, str] = {}
    working: dict[str, None] = {}
    for line in lines:
        match line.kind:
            case "agent.start":
                names[line.data["id"]] = line.data["name"]
                working[line.data["id"]] = None
            case "agent.sent":
                working[line.data["id"]] = None
            case "agent.end":
                working.pop(line.data["id"], None)
            case _:
                pass
    gone = "The process it worked in has ended. What it changed in files is there."
    return tuple(AgentReport(id=id, name=names[id], state="failed", reason="lost", text=gone) for id in working)
