"""A session: one conversation in one workspace, kept in a journal from which it can be resumed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from codergen.agent import steering
from codergen.agent.limits import Reached, SessionLimits, Spent, reached
from codergen.agent.loop import run_turn
from codergen.agent.parts import News
from codergen.agent.record import Record
from codergen.agent.setup import Beside, Setup, identity, kept, parts_of, start_data
from codergen.agent.subagents import Subagents, end_data, unfinished
from codergen.agent.turn import Running, TurnEnd
from codergen.conversation import Conversation
from codergen.errors import UsageError
from codergen.events import Emit, ignore
from codergen.journal import Journal
from codergen.profiles.profile import Frame, Profile
from codergen.tools.agents import AgentReport, AgentTask
from codergen.tools.processes import Processes
from codergen.tools.registry import ToolSet
from providers.client import ModelClient
from providers.types import Effort

State = Literal["idle", "running", "closed"]


class Session:
    """Idle between turns, running in one, closed for good. Cancelling the task of `submit` ends the turn: what it
    started is stopped, but for background commands; the journal says so, and the session is idle again. All calls come
    from one event loop."""

    def __init__(self, setup: Setup, record: Record, path: Path, *, alone: bool = False) -> None:
        """Use `start` or `resume`. `alone`: without agents."""
        self.state: State = "idle"
        self._setup, self._record, self._path = setup, record, path
        self._turn: Running | None = None
        self._lost: list[AgentReport] = []
        """Agents that worked when an earlier process ended, until the model is told."""
        self._processes = Processes()
        self._agents = None if alone else Subagents(self._hire, record, self._reached)
        self._beside = Beside(processes=self._processes, agents=self._agents, news=self._news)
        self._parts = parts_of(setup, self._beside)

    @classmethod
    def start(cls, setup: Setup, path: Path, emit: Emit = ignore) -> "Session":
        """A new session with its journal at `path`; raises FileExistsError, UsageError for unknown scaffolds."""
        return _started(setup, path, emit, alone=False)

    @classmethod
    def resume(cls, setup: Setup, path: Path, emit: Emit = ignore) -> "Session":
        """Go on where a journal ends: conversation, use, words that wait and surroundings as they were; calls without
        an answer counted as interrupted, agents as gone. Raises JournalDamaged, and UsageError when another process
        is writing it."""
        parts_of(setup)
        journal, transcript = Journal.reopen(path)
        record = Record(journal, emit, setup.redactor)
        record.replay(transcript)
        first: Mapping[str, Any] = transcript.lines[0].data if transcript.lines else {}
        session = cls(replace(setup, **kept(first)), record, path)
        for report in unfinished(transcript.lines):
            session._lost.append(report)
            record("agent.end", end_data(report))
        cut = transcript.cut.length if transcript.cut else 0
        record("session.resume", identity(session._parts) | {"dropped_bytes": cut}, sync=True)
        return session

    @property
    def id(self) -> str:
        return self._setup.session

    @property
    def conversation(self) -> Conversation:
        return self._record.conversation

    @property
    def frame(self) -> Frame:
        """What the profile sees besides the conversation."""
        return self._parts.frame

    @property
    def spent(self) -> Spent:
        return self._record.spent

    @property
    def agents(self) -> tuple[AgentReport, ...]:
        return self._agents.list() if self._agents else ()

    async def submit(self, text: str) -> TurnEnd:
        """A turn, and one more for each `follow_up`, as long as the work is completed; how the last one ended. Raises
        ProviderError, SandboxError; UsageError when not idle."""
        if self.state != "idle":
            raise UsageError(f"this session is {self.state}", remedy="one turn at a time; a closed one can be resumed")
        self.state = "running"
        try:
            end = await self._one(text)
            while (next_ := self._next()) and end.status == "finished" and steering.completed(self.conversation):
                end = await self._one(next_.text, follow_up=next_.id)
            return end
        finally:
            self.state = "idle"

    def steer(self, text: str) -> None:
        """Heard after the current round of tool calls, or after the answer under way when that was to be the last; in
        an idle session, with the next turn. Survives the process. Raises UsageError when closed."""
        self._queue("steer.queued", text)

    def follow_up(self, text: str) -> None:
        """A turn of its own once the work is completed: not after a limit, a failure, or an answer that was cut short
        or refused; then it waits for the next turn that is. Survives the process. Raises UsageError when closed."""
        self._queue("follow_up.queued", text)

    def change(
        self,
        *,
        client: ModelClient | None = None,
        model: str | None = None,
        effort: Effort | Literal["own"] | None = None,
        profile: Profile | None = None,
        tools: ToolSet | None = None,
    ) -> None:
        """Go on with another model, from the next request on; with another profile or other tools, from the next turn
        on. None leaves what is; the effort `own` is the profile's. Raises UsageError for a profile that lacks scaffolds
        which were asked for by name, and when closed."""
        self._demand_open()
        old = self._setup
        new = replace(
            old,
            client=client or old.client,
            model=model or old.model,
            effort=old.effort if effort is None else None if effort == "own" else effort,
            profile=profile or old.profile,
            tools=tools or old.tools,
        )
        parts = parts_of(new, self._beside)
        turn = self._turn
        at_once = turn is None or (parts.profile, parts.tools) == (turn.parts.profile, turn.parts.tools)
        self._record("session.change", identity(parts) | {"from": "request" if at_once else "turn"}, sync=True)
        self._setup, self._parts = new, parts
        if turn is not None and at_once:
            turn.parts = parts

    async def close(self) -> None:
        """End its agents and background commands, then the journal. Idempotent. The sandbox and the client stay as they
        are: they belong to whoever made them. Raises UsageError in a turn: cancel that first."""
        if self.state == "closed":
            return
        if self.state == "running":
            raise UsageError("this session is running", remedy="cancel the turn, then close")
        self.state = "closed"
        try:
            if self._agents:
                await self._agents.close_all()
            await self._processes.close()
        finally:
            self._record("session.end", {}, sync=True)
            self._record.close()

    async def _one(self, text: str, *, follow_up: int | None = None) -> TurnEnd:
        """Agents work on beside a session whose work is completed, and stop with a turn that ends in any other way."""
        self._turn = Running(self._parts, self._record)
        end = None
        try:
            end = await run_turn(self._turn, text, follow_up=follow_up)
            return end
        finally:
            self._turn = None
            if self._agents and (end is None or end.status != "finished"):
                await self._agents.stop()

    def _next(self) -> steering.Said | None:
        return next(iter(self._record.waiting.follow_ups), None)

    def _queue(self, kind: str, text: str) -> None:
        self._demand_open()
        self._record(kind, {"id": self._record.waiting.count + 1, "text": text}, sync=True)

    def _demand_open(self) -> None:
        if self.state == "closed":
            raise UsageError("this session is closed", remedy="a closed session can be resumed")

    def _reached(self) -> Reached | None:
        """The limit that is reached, also between turns."""
        if self._turn is not None:
            return self._turn.reached()
        return reached(self._parts.limits, self.spent, seconds=0.0) or self._parts.above()

    def _news(self) -> tuple[News, ...]:
        say, ended = self._parts.tools.notices, self._processes.ended()
        told = [News(about="process", text=say.process_ended(live.id, live.result)) for live in ended if live.result]
        reports = (*self._lost, *(self._agents.news() if self._agents else ()))
        self._lost.clear()
        told += [News(about="agent", text=say.agent_ended(report)) for report in reports]
        return tuple(news for news in told if news.text)

    def _used_up(self) -> Reached | None:
        """Of what is shared with agents: tokens and money."""
        limits = self._setup.limits
        shared = SessionLimits(turns=None, tokens=limits.tokens, usd=limits.usd)
        return reached(shared, self.spent, seconds=0.0) or self._setup.above()

    def _hire(self, id: str, task: AgentTask, emit: Emit) -> "Session":
        """The session of an agent: the same sandbox, no agents of its own, and no more time than is left here."""
        setup, spent = self._setup, self.spent
        seconds = setup.limits.seconds
        if seconds is not None:
            seconds = max(0.0, seconds - spent.seconds - (self._turn.seconds if self._turn else 0.0))
        setup = replace(
            setup,
            model=task.model or setup.model,
            effort=task.effort or setup.effort,
            tools=setup.tools.alone(),
            limits=SessionLimits(turns=setup.limits.turns, seconds=seconds, tool_calls=setup.limits.tool_calls),
            output=None,
            checkpoints=None,
            session=f"{setup.session}.{id}",
            above=self._used_up,
        )
        return _started(setup, self._path.with_name(f"{self._path.stem}.{id}.jsonl"), emit, alone=True)


def _started(setup: Setup, path: Path, emit: Emit, *, alone: bool) -> Session:
    setup = replace(setup, session=setup.session or str(uuid4()))
    parts = parts_of(setup)
    record = Record(Journal.create(path), emit, setup.redactor)
    record("session.start", start_data(setup, parts), sync=True)
    return Session(setup, record, path, alone=alone)
