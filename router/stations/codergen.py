"""Our own loop as a station: one session a job, kept in a journal. The only module here that knows the loop."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

import prompts
from codergen.agent.limits import SessionLimits
from codergen.agent.redact import NOTHING, Redactor
from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.agent.surroundings import User, gather
from codergen.agent.turn import TurnEnd
from codergen.events import Emit
from codergen.profiles.native import Native
from codergen.profiles.profile import Profile, ProfileFacts
from codergen.profiles.surroundings import Surroundings
from codergen.sandbox.base import Sandbox
from providers.client import ModelClient
from providers.errors import ProviderError
from providers.retry import RetryPolicy
from router.line.protected import may_change
from router.station import Assignment, AttemptLimits, StationFault, StationReport, StationVersion
from router.stations.brief import brief
from router.stations.changes import Listing, changed, listing
from router.stations.equipment import Equipment, equip
from router.stations.session_report import Work, work

BRIEF = "line/station_brief"
OF_THE_BRIEF = frozenset({"reproduction_packet"})
"""Switches of what a job is told, which every profile has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodergenStation:
    """Works with one model through one profile.

    Through `plain` it claims `pr_ready` only when the public checks passed in the session; through a family's profile,
    when files changed and the checks, where the model ran them with `check`, passed the last time.
    """

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
    redactor: Redactor = NOTHING
    """Takes secrets out of whatever enters a conversation."""

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
        return self.profile.facts.scaffolds | OF_THE_BRIEF if self.scaffolds is None else self.scaffolds

    async def run(self, assignment: Assignment, sandbox: Sandbox, emit: Emit) -> StationReport:
        equipment = equip(self.profile, assignment)
        if equipment.lacking:
            why = f"needs tools that this job does not allow: {', '.join(equipment.lacking)}."
            return StationReport(
                claimed="escalate", reason="access", summary=f"The profile {self.profile.facts.name!r} {why}"
            )
        native = isinstance(self.profile, Native)
        around = await self._surroundings(assignment, sandbox, equipment) if native else None
        before: Listing = await listing(sandbox) if native else {}
        path = free_path(self.journals, f"{assignment.job_id}-{assignment.attempt}-{self.profile.facts.name}")
        session = Session.start(self._setup(assignment, sandbox, equipment, around), path, emit)
        try:
            end = await session.submit(brief(assignment, prompts.load(BRIEF), self._on))
        except ProviderError as error:
            raise StationFault("provider", f"{error.kind}: {error}") from error
        finally:
            await session.close()
        done = work(session.conversation)
        if not native:
            return report(session, end, path, done, solved=done.checked and bool(done.files))
        done = replace(done, files=changed(before, await listing(sandbox)))
        passed = done.checked if done.validation else end.status == "finished" and end.reason == "answered"
        return report(session, end, path, done, solved=passed and bool(done.files))

    async def _surroundings(self, assignment: Assignment, sandbox: Sandbox, equipment: Equipment) -> Surroundings:
        """Of the workspace alone: the user's own files would make one version of a station two."""
        root, tree = assignment.root, equipment.tree
        nobody = User(home=Path("/nonexistent"), config=Path("/nonexistent"))
        found = await gather(
            sandbox,
            root,
            family=self.profile.facts.name,
            user=nobody,
            now=datetime.now().astimezone(),
            tree=partial(tree, sandbox, root) if tree is not None else None,
        )
        return found.surroundings

    def _setup(
        self, assignment: Assignment, sandbox: Sandbox, equipment: Equipment, around: Surroundings | None
    ) -> Setup:
        return Setup(
            client=self.client,
            model=self.model,
            profile=self.profile,
            sandbox=sandbox,
            tools=equipment.tools,
            limits=session_limits(assignment.limits, self.profile.facts),
            scaffolds=self._on - (OF_THE_BRIEF - self.profile.facts.scaffolds),
            root=assignment.root,
            surroundings=around,
            redactor=self.redactor,
            writable=partial(may_change, scope=assignment.scope, protected=assignment.protected),
            retry=self.retry,
        )


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
"""Why a session that solved nothing ended -> the reason it claims; `attempts_rejected` for all others."""


def report(session: Session, end: TurnEnd, journal: Path, done: Work, *, solved: bool) -> StationReport:
    """The session's claim."""
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
