"""The whole line for one job: plan, reproduce, attempts, verdicts, terminal state, evidence, outcomes.

Every step is in the job's journal before it is shown, and a step that was finished is not done again on resume.
"""

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter

from codergen.events import Emit, Event
from codergen.journal import Journal
from codergen.tools.check import describe
from router.errors import JobError
from router.line.attempt import Attempt, run_attempt
from router.line.bundle import Story, items, outcome_of
from router.line.decide import best_attempt, decide, second_chance, unsettled
from router.line.evidence import EvidenceItems, missing
from router.line.evidence_folder import write_folder
from router.line.job import EVIDENCE, Job, JobResult, Line, checks_of
from router.line.reproduce import Reproduction, ending, reproduce
from router.line.requests import assignment, verification
from router.line.settle import settle
from router.line.steps import Steps, read_steps
from router.line.terminal import Terminal
from router.line.verdict import Verdict
from router.line.verify import VerifyRequest, verify
from router.line.workspace import Patch, Repo, open_repo
from router.outcomes.values import Decision
from router.packet import REPRODUCED_CLASSES, TaskPacket
from router.planner.plan import Plan, make_plan
from router.station import Station

_REPO = TypeAdapter(Repo)
_REPRODUCTION = TypeAdapter(Reproduction)
_ATTEMPT = TypeAdapter(Attempt)
_SETTLED: TypeAdapter[Attempt | None] = TypeAdapter(Attempt | None)
_PLAN = TypeAdapter(Plan)
_DIGEST = TypeAdapter(str)


async def run_job(job: Job, packet: TaskPacket, line: Line, show: Emit) -> JobResult:
    """Carry a job to its terminal state; a job whose journal exists already goes on where it was.

    Raises RouterError and CodergenError for faults of packet, repository or sandbox; the journal stays readable.
    """
    began = time.monotonic()
    journal, steps = _open(job, show)
    work = line.work / job.id
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        return await _Run(job=job, packet=packet, line=line, steps=steps, work=work, began=began).to_the_end()
    except BaseException as error:
        journal.append("job.interrupted", {"error": f"{type(error).__name__}: {error}"[:2000]}, sync=True)
        raise
    finally:
        journal.close()
        shutil.rmtree(work, ignore_errors=True)


def _open(job: Job, show: Emit) -> tuple[Journal, Steps]:
    if not job.journal.exists():
        journal = Journal.create(job.journal)
        return journal, Steps(journal, show)
    journal, transcript = Journal.reopen(job.journal)
    return journal, Steps(journal, show, read_steps(transcript.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One pass over one job."""

    job: Job
    packet: TaskPacket
    line: Line
    steps: Steps
    work: Path
    began: float

    async def to_the_end(self) -> JobResult:
        packet = self.packet
        self._emit("job.start", id=self.job.id, intent=packet.intent, task_class=packet.task_class)
        await self._same_packet()
        repo = await self.steps.once("repository", _REPO, self._open_repo)
        plan = await self.steps.once("plan", _PLAN, self._plan)
        self._emit("plan", stations=[version.station for version in plan.versions], reason=plan.reason)
        found = await self.steps.once("reproduce", _REPRODUCTION, lambda: self._reproduce(repo))
        terminal = ending(
            found,
            must_fail=packet.task_class in REPRODUCED_CLASSES,
            accept_exit_code=packet.validation.accept_exit_code,
            no_op_rules=packet.no_op_rules,
        )
        told = [describe(run) for run in (*found.runs, *found.again)]
        self._emit("reproduced", runs=told, flaky=list(found.flaky), ends=str(terminal) if terminal else None)
        attempts: tuple[Attempt, ...] = ()
        if terminal is None:
            attempts, late = await self._attempts(repo, plan, found)
            settled = await self.steps.once("settle", _SETTLED, partial(self._settle, repo, found, attempts))
            if settled is not None:
                attempts = (*attempts, settled)
                await self._record(repo, settled)
            terminal = decide(attempts, out_of_time=late)
        story = Story(
            job_id=self.job.id,
            packet=packet,
            base=repo.base,
            started=datetime.now(UTC) - timedelta(seconds=time.monotonic() - self.began),
            plan=plan,
            found=found,
            attempts=attempts,
            environment=self.line.environment,
        )
        return await self._finish(story, terminal)

    def _emit(self, kind: str, **data: object) -> None:
        self.steps.emit(Event(kind=kind, data=data))

    async def _same_packet(self) -> None:
        """Verdicts in the journal are about the packet that the job began with, and no other."""

        async def digest() -> str:
            return sha256(self.packet.model_dump_json().encode()).hexdigest()

        if await self.steps.once("packet", _DIGEST, digest) != await digest():
            raise JobError(
                f"{self.job.packet_file} is not the packet that job {self.job.id} began with; start a new job"
            )

    async def _open_repo(self) -> Repo:
        where = self.packet.repository
        return await open_repo(where.path, where.base, self.job.folder / "git")

    async def _plan(self) -> Plan:
        plan = make_plan([station.version for station in self.line.stations], pinned=self.line.pinned)
        if plan.versions:
            decision = Decision(
                job_id=self.job.id,
                task_class=self.packet.task_class,
                language=self.packet.language,
                plan=tuple(version.id for version in plan.versions),
                candidates=tuple({"station": v.station, "version": v.id} for v in plan.versions),
                reason=plan.reason,
                seed=plan.seed,
                policy_version=plan.policy,
                at=datetime.now(UTC),
            )
            await asyncio.to_thread(self.line.store.record_decision, decision)
        return plan

    async def _reproduce(self, repo: Repo) -> Reproduction:
        checks = checks_of(self.packet)
        self._emit("reproduce.start", checks=[check.command for check in checks])
        return await reproduce(
            repo=repo,
            checks=checks,
            environment=self.line.environment,
            sandbox_factory=self.line.sandbox_factory,
            work=self.work,
            spec=self.line.spec(self.packet),
        )

    async def _attempts(self, repo: Repo, plan: Plan, found: Reproduction) -> tuple[tuple[Attempt, ...], bool]:
        """Every planned attempt until one is accepted; the flag says that the job's own time ran out first."""
        stations = {station.version.id: station for station in self.line.stations}
        attempts: list[Attempt] = []
        skipped = 0
        while len(attempts) + skipped < len(plan.versions):
            number = len(attempts) + skipped + 1
            version = plan.versions[number - 1]
            name = f"attempt.{number}"
            station = stations.get(version.id)
            left = self.packet.limits.seconds - (time.monotonic() - self.began)
            if not self.steps.recorded(name) and left <= 0:
                return tuple(attempts), True
            if station is None and not self.steps.recorded(name):
                self._emit("attempt.skipped", number=number, station=version.station, why="not available on resume")
                skipped += 1
                continue
            work = partial(self._attempt, repo, station, number, found, tuple(attempts), left)
            attempt = await self.steps.once(name, _ATTEMPT, work)
            attempts.append(attempt)
            await self._record(repo, attempt)
            if attempt.verdict is not None and attempt.verdict.decision in {"accepted", "void"}:
                return tuple(attempts), False
            if number == len(plan.versions) and (again := second_chance(attempts, number)):
                plan = replace(plan, versions=(*plan.versions, again))
        return tuple(attempts), False

    async def _attempt(
        self,
        repo: Repo,
        station: Station | None,
        number: int,
        found: Reproduction,
        before: Sequence[Attempt],
        left: float,
    ) -> Attempt:
        assert station is not None
        version = station.version
        self._emit("attempt.start", number=number, station=version.station, version=version.id, model=version.model)
        attempt = await run_attempt(
            station=station,
            assignment=assignment(
                self.packet, self.line.environment, found, before, job_id=self.job.id, number=number, left=left
            ),
            repo=repo,
            sandbox=self.line.sandbox_factory(),
            spec=self.line.spec(self.packet),
            folder=self.work / f"attempt-{number}",
            emit=self.steps.emit,
        )
        self._emit("attempt.end", number=number, **_told(attempt))
        if attempt.patch is None or attempt.patch.empty:
            return attempt
        return replace(attempt, verdict=await self._verify(repo, attempt.patch, found, number))

    async def _verify(self, repo: Repo, patch: Patch, found: Reproduction, number: int) -> Verdict:
        self._emit("verify.start", number=number, files=[change.path for change in patch.files])
        verdict = await verify(self._request(repo, patch, found, number))
        checks = [{"name": c.name, "kind": c.kind, "passed": c.passed, "why": c.why} for c in verdict.checks]
        self._emit("verify.end", number=number, decision=verdict.decision, checks=checks)
        return verdict

    def _request(self, repo: Repo, patch: Patch, found: Reproduction, number: int) -> VerifyRequest:
        return verification(self.packet, self.line, found, repo, patch, work=self.work / f"verify-{number}")

    async def _settle(self, repo: Repo, found: Reproduction, attempts: Sequence[Attempt]) -> Attempt | None:
        unsure = unsettled(attempts)
        if unsure is None or not self.packet.validation.scenarios:
            return None
        number = attempts[-1].number + 1
        return await settle(
            unsure, number, repo, lambda patch: self._request(repo, patch, found, number), self.steps.emit
        )

    async def _record(self, repo: Repo, attempt: Attempt) -> None:
        outcome = outcome_of(attempt, job_id=self.job.id, packet=self.packet, base=repo.base, source=self.line.source)
        await asyncio.to_thread(self.line.store.record_outcome, outcome)

    async def _finish(self, story: Story, terminal: Terminal) -> JobResult:
        evidence = self._evidence(story, terminal)
        lacking = missing(evidence, self.packet.evidence_required)
        if lacking and terminal.state == "pr_ready":
            terminal = decide(story.attempts, missing=lacking)
            evidence = self._evidence(story, terminal)
        if not self.job.evidence.exists():
            digest = await asyncio.to_thread(write_folder, evidence, self.job.evidence)
            self._emit(EVIDENCE, body_sha256=digest)
        self._emit(
            "job.end", state=terminal.state, reason=terminal.reason, why=terminal.why, question=terminal.question
        )
        best = best_attempt(story.attempts)
        return JobResult(
            job=self.job,
            terminal=terminal,
            attempts=story.attempts,
            patch=best.patch if best else None,
            seconds=round(time.monotonic() - self.began, 3),
        )

    def _evidence(self, story: Story, terminal: Terminal) -> EvidenceItems:
        sessions = sorted(self.job.sessions.glob("*.jsonl")) if self.job.sessions.is_dir() else []
        return items(
            story,
            terminal,
            ended=datetime.now(UTC),
            transcript=self.job.journal.read_bytes(),
            sessions=tuple((path.name, path.read_bytes()) for path in sessions),
        )


def _told(attempt: Attempt) -> dict[str, object]:
    """An attempt's end, for the event."""
    return {
        "ended": attempt.ended,
        "claimed": attempt.report.claimed if attempt.report else None,
        "summary": attempt.report.summary if attempt.report else (attempt.fault.message if attempt.fault else ""),
        "files": [change.path for change in attempt.patch.files] if attempt.patch else [],
        "seconds": attempt.seconds,
    }
