"""What a job did, in the shape of its evidence and of its outcome rows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from codergen.sandbox.base import StartRecord
from codergen.tools.check import CheckRun, Environment, describe
from router.line.attempt import Attempt
from router.line.decide import best_attempt, decide
from router.line.evidence import (
    AttemptRecord,
    CheckRecord,
    EvidenceItems,
    PlanRecord,
    ReproductionRecord,
    StopRecord,
    ValidationRecord,
)
from router.line.job import task_id
from router.line.reproduce import Reproduction, how_often
from router.line.terminal import Terminal
from router.line.verdict import Verdict
from router.outcomes.values import Outcome, Source, StationRef
from router.packet import REPRODUCED_CLASSES, TaskPacket
from router.planner.plan import Plan

VERIFIER = "line/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One job up to its ending."""

    job_id: str
    packet: TaskPacket
    base: str
    started: datetime
    plan: Plan
    found: Reproduction
    attempts: tuple[Attempt, ...]
    environment: Environment


def items(
    story: Story,
    terminal: Terminal,
    *,
    ended: datetime,
    transcript: bytes,
    sessions: tuple[tuple[str, bytes], ...] = (),
) -> EvidenceItems:
    """Everything of one job, with `terminal` as the ending that is about to be given."""
    best = best_attempt(story.attempts)
    required = story.packet.task_class in REPRODUCED_CLASSES
    return EvidenceItems(
        job_id=story.job_id,
        packet=story.packet.model_dump(mode="json"),
        base_commit=story.base,
        started=story.started,
        ended=ended,
        reproduction=reproduction_record(story.found, terminal, required=required),
        plan=plan_record(story.plan),
        attempts=tuple(attempt_record(attempt) for attempt in story.attempts),
        diff=best.patch.data if best is not None and best.patch is not None else None,
        diff_attempt=best.number if best is not None else None,
        validation=validation(best, story.found, terminal, story.environment),
        transcript=transcript,
        sessions=sessions,
        stop=stop(terminal, story.attempts, story.packet),
        required=story.packet.evidence_required,
    )


def outcome_of(attempt: Attempt, *, job_id: str, packet: TaskPacket, base: str, source: Source) -> Outcome:
    """One attempt as a row to learn from."""
    terminal = decide((attempt,))
    return Outcome(
        task_id=task_id(packet, base),
        job_id=job_id,
        attempt=attempt.number,
        task_class=packet.task_class,
        language=packet.language,
        station=StationRef.of(attempt.version),
        passed=terminal.state == "pr_ready",
        explicit=attempt.verdict is not None and attempt.verdict.explicit,
        terminal_state=terminal.state,
        reason=terminal.reason,
        cost_usd=attempt.report.cost_usd if attempt.report else None,
        seconds=attempt.seconds,
        usage=attempt.report.usage if attempt.report else None,
        verifier=VERIFIER,
        source=source,
        infrastructure=attempt.fault is not None,
        at=attempt.at,
    )


def reproduction_record(found: Reproduction, terminal: Terminal, *, required: bool) -> ReproductionRecord:
    """Whether the fault was seen at base."""
    runs = tuple(base_record(run) for run in (*found.runs, *found.again))
    if not required:
        return ReproductionRecord(state="not_required", why="this class of work needs no failing check", runs=runs)
    if found.failing is not None:
        why = f"{describe(found.failing)}; {how_often(found)}"
        return ReproductionRecord(state="reproduced", why=why, runs=runs)
    if terminal.state == "no_op":
        return ReproductionRecord(state="not_reproduced", why=terminal.why, runs=runs)
    return ReproductionRecord(state="unclear", why=terminal.why, runs=runs)


def base_record(run: CheckRun) -> CheckRecord:
    return CheckRecord(
        name=run.check.command,
        kind="public",
        phase="base",
        passed=run.passed,
        explicit=run.explicit,
        why=describe(run),
        run=run,
    )


def plan_record(plan: Plan) -> PlanRecord:
    return PlanRecord(
        stations=tuple(version.id for version in plan.versions),
        reason=plan.reason,
        candidates=tuple({"station": v.station, "version": v.id, "model": v.model} for v in plan.versions),
        seed=plan.seed,
        policy_version=plan.policy,
    )


def attempt_record(attempt: Attempt) -> AttemptRecord:
    report, verdict = attempt.report, attempt.verdict
    return AttemptRecord(
        number=attempt.number,
        station=attempt.version,
        accepted=verdict is not None and verdict.decision == "accepted",
        why=_why(attempt),
        seconds=attempt.seconds,
        cost_usd=report.cost_usd if report else None,
        usage=report.usage if report else None,
        infrastructure=attempt.fault.reason if attempt.fault else "",
        diff=attempt.patch.data if attempt.patch else b"",
        checks=verdict_records(verdict) if verdict else (),
        claimed=report.claimed if report else "",
        claimed_reason=report.reason if report else "",
        claimed_summary=report.summary if report else "",
        claimed_files=report.files if report else (),
        claimed_validation=report.validation if report else (),
        details=report.details if report else {},
    )


def _why(attempt: Attempt) -> str:
    if attempt.fault is not None:
        return attempt.fault.message
    if attempt.verdict is not None:
        failed = [f"{check.name}: {check.why}" for check in attempt.verdict.checks if not check.passed]
        return "; ".join(failed) or "every check holds"
    return "it changed nothing" + (" in its time" if attempt.ended == "out_of_time" else "")


def verdict_records(verdict: Verdict) -> tuple[CheckRecord, ...]:
    """The verifier's checks."""
    return tuple(
        CheckRecord(
            name=c.name, kind=c.kind, phase="patched", passed=c.passed, explicit=c.explicit, why=c.why, run=c.run
        )
        for c in verdict.checks
    )


def validation(
    best: Attempt | None, found: Reproduction, terminal: Terminal, environment: Environment
) -> ValidationRecord | None:
    """The judgement of the diff in the folder; of the base, where nothing was to change."""
    base = tuple(base_record(run) for run in (*found.runs, *found.again))
    if best is not None and best.verdict is not None:
        verdict = best.verdict
        return ValidationRecord(
            passed=verdict.decision == "accepted",
            explicit=verdict.explicit,
            why=_why(best),
            checks=(*base, *verdict_records(verdict)),
            verifier=VERIFIER,
            environment=environment.description,
            not_enforced=_open_walls(best.sandbox or found.sandbox),
        )
    if terminal.state != "no_op":
        return None
    return ValidationRecord(
        passed=True,
        explicit=all(run.explicit for run in found.runs),
        why=terminal.why,
        checks=base,
        verifier=VERIFIER,
        environment=environment.description,
        not_enforced=_open_walls(found.sandbox),
    )


def _open_walls(record: StartRecord | None) -> tuple[str, ...]:
    return record.not_enforced if record is not None else ()


def stop(terminal: Terminal, attempts: Sequence[Attempt], packet: TaskPacket) -> StopRecord:
    """Why it ends, and what could still be wrong."""
    unsure = next((a.report.uncertainty for a in attempts if a.report and a.report.uncertainty), None)
    return StopRecord(
        terminal_state=terminal.state,
        reason=terminal.reason,
        why=terminal.why,
        residual_risk=residual_risk(terminal, packet),
        uncertain=_uncertain(attempts),
        question=unsure if terminal.reason == "product_decision" else None,
    )


def _uncertain(attempts: Sequence[Attempt]) -> tuple[str, ...]:
    told = [
        f"{a.version.station} found {len(a.report.uncertainty.candidates)} changes that satisfy the public checks"
        for a in attempts
        if a.report and a.report.uncertainty
    ]
    return tuple(told)


def residual_risk(terminal: Terminal, packet: TaskPacket) -> tuple[str, ...]:
    """What the checks of this job cannot see."""
    risks = [
        "Nothing outside the named checks was run: other commands, platforms and production state are not covered."
    ]
    if not packet.validation.scenarios and terminal.state == "pr_ready":
        risks.append("There was no held-out scenario: a change made to fit the public checks would not be told apart.")
    if terminal.state == "no_op":
        risks.append("The fault may need data, load or a platform that the checks do not have.")
    if packet.validation.accept_exit_code:
        risks.append("Exit codes were accepted as proof: such a check does not say what it looked at.")
    risks.append("Tests run in the same process as the code they test; docs/verifier.md says what that leaves open.")
    return tuple(risks)
