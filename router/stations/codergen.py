"""Our own loop as a station: one session a job, kept in a journal. The only module here that knows the loop."""

from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path

import prompts
from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.agent.turn import TurnEnd
from codergen.events import Emit
from codergen.profiles.profile import Profile, ProfileFacts
from codergen.sandbox.base import Sandbox
from codergen.tools.check_tool import RunChecks
from codergen.tools.edit import Edit
from codergen.tools.locate_tool import Locate
from codergen.tools.read import Read
from codergen.tools.registry import ToolSet
from codergen.tools.shell import Shell
from codergen.tools.write import Write
from providers.client import ModelClient
from providers.errors import ProviderError
from providers.retry import RetryPolicy
from router.line.protected import may_change
from router.station import Assignment, AttemptLimits, StationFault, StationReport, StationVersion
from router.stations.brief import brief
from router.stations.session_report import work

BRIEF = "line/station_brief"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodergenStation:
    """Works with one model through one profile. Claims `pr_ready` only when the public checks passed in the session."""

    client: ModelClient
    """Stays open; whoever made it closes it."""
    model: str
    profile: Profile
    journals: Path
    """Folder for the sessions' journals."""
    sandbox: str = ""
    """Kind of sandbox, as a part of the version."""
    scaffolds: frozenset[str] | None = None
    """Switches that are on; None is all that the profile knows."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    @property
    def version(self) -> StationVersion:
        facts = self.profile.facts
        texts = (*facts.prompts, prompts.load(BRIEF).sha256)
        return StationVersion(
            station=f"codergen/{facts.name}",
            model=self.model,
            profile=facts.version,
            prompts=sha256("\n".join(texts).encode()).hexdigest()[:12],
            scaffolds=tuple(sorted(self._on)),
            sandbox=self.sandbox,
        )

    @property
    def _on(self) -> frozenset[str]:
        return self.profile.facts.scaffolds if self.scaffolds is None else self.scaffolds

    async def run(self, assignment: Assignment, sandbox: Sandbox, emit: Emit) -> StationReport:
        if lacking := _lacking(self.profile.facts, assignment):
            return StationReport(
                claimed="escalate",
                reason="access",
                summary=f"The profile {self.profile.facts.name!r} needs tools that this job does not allow: {lacking}.",
            )
        path = free_path(self.journals, f"{assignment.job_id}-{assignment.attempt}-{self.profile.facts.name}")
        session = Session.start(self._setup(assignment, sandbox), path, emit)
        try:
            end = await session.submit(brief(assignment, prompts.load(BRIEF), self._on))
        except ProviderError as error:
            raise StationFault("provider", f"{error.kind}: {error}") from error
        finally:
            await session.close()
        return report(session, end, path)

    def _setup(self, assignment: Assignment, sandbox: Sandbox) -> Setup:
        return Setup(
            client=self.client,
            model=self.model,
            profile=self.profile,
            sandbox=sandbox,
            tools=tools_for(assignment),
            limits=session_limits(assignment.limits, self.profile.facts),
            scaffolds=self._on,
            writable=partial(may_change, scope=assignment.scope, protected=assignment.protected),
            retry=self.retry,
        )


def _lacking(facts: ProfileFacts, assignment: Assignment) -> str:
    return ", ".join(name for name in facts.needs if name not in assignment.allowed_tools)


def tools_for(assignment: Assignment) -> ToolSet:
    """The allowed tools; where checks may run, functions may be ranked by them."""
    environment, checks = assignment.environment, assignment.checks
    made = [Read(), Write(), Edit(), Shell(environment.env), RunChecks(checks, environment)]
    chosen = [tool for tool in made if tool.name in assignment.allowed_tools]
    if checks and "check" in assignment.allowed_tools:
        return ToolSet([*chosen, Locate(checks[0], environment)])
    return ToolSet(chosen)


def session_limits(limits: AttemptLimits, facts: ProfileFacts) -> SessionLimits:
    """The attempt's limits; a profile that is done sooner says so."""
    seconds = limits.seconds if facts.seconds is None else min(limits.seconds, facts.seconds)
    return SessionLimits(turns=limits.turns, seconds=seconds, tokens=limits.tokens, usd=limits.usd)


def free_path(folder: Path, name: str) -> Path:
    """A journal's path that is not taken: an attempt that is run again after a crash gets a new one."""
    path = folder / f"{name}.jsonl"
    number = 2
    while path.exists():
        path = folder / f"{name}.{number}.jsonl"
        number += 1
    return path


ENDINGS = {"no_check": "missing_context", "nothing_fails": "missing_context", "tokens": "budget", "usd": "budget"}
"""Why a session without a passing check ended -> the reason it claims; `attempts_rejected` for all others."""


def report(session: Session, end: TurnEnd, journal: Path) -> StationReport:
    """The session's claim."""
    done = work(session.conversation)
    solved = done.checked and bool(done.files)
    spent = session.spent
    return StationReport(
        claimed="pr_ready" if solved else "escalate",
        reason="" if solved else ENDINGS.get(end.reason, "attempts_rejected"),
        summary=end.text,
        files=done.files,
        validation=done.validation,
        evidence=(journal.name,),
        usage=spent.usage,
        cost_usd=spent.cost,
        details={
            "ended": end.reason,
            "status": end.status,
            "answers": spent.turns,
            "unpriced": spent.unpriced,
            "tried": [dict(change) for change in done.tried],
        },
    )
