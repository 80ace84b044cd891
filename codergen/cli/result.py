"""The one JSON document of a command, also when it failed. Schema `codergen.result/1`, fields in docs/result.md."""

from typing import Any

from codergen.cli.failure import SCHEMA
from providers.types import Usage
from router.line.attempt import Attempt
from router.line.evidence_diff import changed_files
from router.line.job import JobResult
from router.line.judge_change import ChangeReport
from router.line.verdict import Verdict
from router.line.workspace import Patch


def job_document(result: JobResult) -> dict[str, Any]:
    """A finished job."""
    last = result.attempts[-1] if result.attempts else None
    return {
        "schema": SCHEMA,
        "status": "failed" if result.terminal.state == "retryable_failure" else "done",
        "exit_code": result.terminal.exit_code,
        "terminal_state": result.terminal.state,
        "reason": result.terminal.reason,
        "why": result.terminal.why,
        "question": result.terminal.question or None,
        "session_id": None,
        "job_id": result.job.id,
        "files": _files(result.patch),
        "checks": _checks(last),
        "route": {"stations": [_attempt(attempt) for attempt in result.attempts]},
        "usage": _usage(result.attempts),
        "cost": _cost(result.attempts),
        "timing_ms": {"total": round(result.seconds * 1000)},
        "permission_denials": [],
        "evidence": str(result.job.evidence),
        "patch": str(result.job.evidence / "diff.patch") if result.patch else None,
        "error": None,
        "resume": None,
    }


def verdict_document(report: ChangeReport) -> dict[str, Any]:
    """A judged change."""
    return {
        "schema": SCHEMA,
        "status": "done",
        "exit_code": report.exit_code,
        "decision": report.verdict.decision,
        "terminal_state": report.terminal.state,
        "reason": report.terminal.reason,
        "why": report.why,
        "files": _files(report.patch),
        "set_aside": list(report.set_aside),
        "checks": _check_rows(report.verdict),
        "timing_ms": {"total": round(report.seconds * 1000)},
        "evidence": str(report.evidence),
        "error": None,
    }


def _files(patch: Patch | None) -> list[dict[str, Any]]:
    if patch is None:
        return []
    return [
        {"path": change.path, "kind": change.kind, "added": change.added, "removed": change.removed}
        for change in changed_files(patch.data)
    ]


def _checks(attempt: Attempt | None) -> list[dict[str, Any]]:
    return _check_rows(attempt.verdict) if attempt is not None and attempt.verdict is not None else []


def _check_rows(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {"name": c.name, "kind": c.kind, "status": "pass" if c.passed else "fail", "explicit": c.explicit, "why": c.why}
        for c in verdict.checks
    ]


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "station": attempt.version.station,
        "version": attempt.version.id,
        "model": attempt.version.model or None,
        "ended": attempt.ended,
        "verdict": attempt.verdict.decision if attempt.verdict else None,
        "seconds": attempt.seconds,
        "fault": attempt.fault.reason if attempt.fault else None,
    }


def _usage(attempts: tuple[Attempt, ...]) -> dict[str, int]:
    total = sum((a.report.usage for a in attempts if a.report), Usage())
    return {
        "input": total.input,
        "cache_read": total.cache_read,
        "cache_write": total.cache_write,
        "output": total.output,
        "reasoning": total.reasoning,
    }


def _cost(attempts: tuple[Attempt, ...]) -> dict[str, Any]:
    costs = [a.report.cost_usd for a in attempts if a.report]
    known = [cost for cost in costs if cost is not None]
    return {"usd": str(sum(known)) if len(known) == len(costs) else None, "estimated": False}
