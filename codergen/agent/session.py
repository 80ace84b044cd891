"""A session: one conversation in one workspace, kept in a journal from which it can be resumed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from codergen.agent.limits import SessionLimits, Spent
from codergen.agent.loop import TurnEnd, run_turn
from codergen.agent.parts import Parts
from codergen.agent.record import Record
from codergen.conversation import Conversation
from codergen.errors import UsageError
from codergen.events import Emit, ignore
from codergen.journal import Journal
from codergen.profiles.profile import Frame, Profile, anywhere
from codergen.profiles.surroundings import Surroundings
from codergen.sandbox.base import Sandbox
from codergen.tools.registry import ToolSet
from providers.client import ModelClient
from providers.retry import RetryPolicy
from providers.types import Effort

State = Literal["idle", "running", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a session is made of. It holds no secret and no held-out check."""

    client: ModelClient
    model: str
    """The provider's own id."""
    profile: Profile
    sandbox: Sandbox
    """Started; the session neither starts nor stops it."""
    tools: ToolSet
    limits: SessionLimits = field(default_factory=SessionLimits)
    scaffolds: Iterable[str] | None = None
    """Switches that are on; None is all that the profile knows."""
    writable: Callable[[str], bool] = anywhere
    root: str = "/workspace"
    """The workspace as inside (`StartRecord.inside`)."""
    effort: Effort | None = None
    surroundings: Surroundings | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)


class Session:
    """Idle between turns, running in one, closed for good. Cancelling the task of `submit` ends the turn: what it
    started is stopped, the journal says so, and the session is idle again."""

    def __init__(self, parts: Parts, record: Record) -> None:
        """Use `start` or `resume`."""
        self.state: State = "idle"
        self._parts, self._record = parts, record

    @classmethod
    def start(cls, setup: Setup, path: Path, emit: Emit = ignore) -> "Session":
        """A new session with its journal at `path`; raises FileExistsError, UsageError for unknown scaffolds."""
        parts = _parts(setup)
        record = Record(Journal.create(path), emit)
        record("session.start", _identity(parts), sync=True)
        return cls(parts, record)

    @classmethod
    def resume(cls, setup: Setup, path: Path, emit: Emit = ignore) -> "Session":
        """Go on where a journal ends: conversation and use as they were, calls without an answer counted as
        interrupted. Raises JournalDamaged, and UsageError when another process is writing it."""
        parts = _parts(setup)
        journal, transcript = Journal.reopen(path)
        record = Record(journal, emit)
        record.replay(transcript)
        cut = transcript.cut.length if transcript.cut else 0
        record("session.resume", _identity(parts) | {"dropped_bytes": cut}, sync=True)
        return cls(parts, record)

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

    async def submit(self, text: str) -> TurnEnd:
        """One turn. Raises ProviderError, SandboxError; UsageError when not idle."""
        if self.state != "idle":
            raise UsageError(f"this session is {self.state}", remedy="one turn at a time; a closed one can be resumed")
        self.state = "running"
        try:
            return await run_turn(self._parts, self._record, text)
        finally:
            self.state = "idle"

    async def close(self) -> None:
        """Idempotent. The sandbox and the client stay as they are: they belong to whoever made them."""
        if self.state == "closed":
            return
        self._record("session.end", {}, sync=True)
        self._record.close()
        self.state = "closed"


def _parts(setup: Setup) -> Parts:
    facts = setup.profile.facts
    on = facts.scaffolds if setup.scaffolds is None else frozenset(setup.scaffolds)
    if unknown := on - facts.scaffolds:
        raise UsageError(
            f"profile {facts.name!r} has no scaffold {', '.join(sorted(unknown))}",
            remedy=f"it has: {', '.join(sorted(facts.scaffolds))}",
        )
    frame = Frame(
        model=setup.model,
        features=setup.client.info(setup.model).features,
        tools=setup.tools.specs(facts.tools, facts.specs),
        scaffolds=on,
        writable=setup.writable,
        root=setup.root,
        effort=setup.effort,
        surroundings=setup.surroundings,
    )
    return Parts(
        client=setup.client, profile=setup.profile, frame=frame, sandbox=setup.sandbox,
        tools=setup.tools, limits=setup.limits, retry=setup.retry,
    )  # fmt: skip


def _identity(parts: Parts) -> dict[str, object]:
    facts, frame = parts.profile.facts, parts.frame
    return {
        "model": frame.model,
        "api": parts.client.api,
        "profile": facts.name,
        "profile_version": facts.version,
        "tools": [tool.name for tool in frame.tools],
        "scaffolds": sorted(frame.scaffolds),
        "sandbox": parts.sandbox.name,
    }
