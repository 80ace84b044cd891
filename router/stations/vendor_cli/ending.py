"""What a run amounts to: a report, or a fault that is not the station's. Pure. An exit code of 0 decides nothing, since
all three tools have ended with it after doing no work; neither does what the tool says of itself."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from codergen.sandbox.base import ExecResult
from providers.types import Usage
from router.credentials.values import Ledger, Stop
from router.station import Claim, StationFault, StationReport
from router.stations.vendor_cli.outcome import Outcome, outcome_of
from router.stations.vendor_cli.reading import Reading
from router.stations.vendor_cli.steps import Ended

Stopped = Literal["", "turns", "tokens", "idle", "gate"]
_TAIL = 600
_STARTING = frozenset({126, 127})
_LIMITS = {"budget": "budget", "unpriced": "budget", "requests": "turns"}
"""Stops of the credential proxy that are limits of the job -> the limit's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a tool, over."""

    tool: str
    """Station id, for people."""
    key: str
    """Variable that the key is taken from, for the remedy."""
    reading: Reading
    ledger: Ledger
    result: ExecResult | None = None
    """None when we ended it."""
    stopped: Stopped = ""
    """Why we ended it."""
    wrong: str = ""
    """What shows that it could not work here."""


def conclude(run: Run) -> StationReport:
    """Raises StationFault where infrastructure failed, whatever the tool claims."""
    if limit := _limit(run):
        reason = "budget" if limit in {"budget", "tokens"} else "attempts_rejected"
        return _report(run, "escalate", reason, f"{run.tool} reached its limit of {limit}", limit)
    if fault := _provider(run) or _process(run) or _answers(run):
        raise fault
    return _claimed(run)


def _limit(run: Run) -> str:
    if run.stopped in {"turns", "tokens"}:
        return run.stopped
    if run.ledger.stop is not None and run.ledger.stop.reason in _LIMITS:
        return _LIMITS[run.ledger.stop.reason]
    ended = run.reading.ended
    if ended is not None and ended.kind in {"turns", "budget"}:
        return ended.kind
    return "seconds" if run.result is not None and run.result.timed_out else ""


def _provider(run: Run) -> StationFault | None:
    """The service said no, or its answers did not come whole."""
    stop, ended = run.ledger.stop, run.reading.ended
    if stop is not None:
        return StationFault("provider", f"{run.tool}: {stop.message}; {_remedy(stop, run.key)}")
    if ended is not None and ended.kind == "failed" and (ended.status is not None or run.ledger.problems):
        return StationFault("provider", f"{run.tool}: {_said(ended, run)}; {_for_status(ended.status, run.key)}")
    if ended is None and run.ledger.problems:
        return StationFault("provider", f"{run.tool} gave up: {_problems(run.ledger)}")
    if run.ledger.last_whole is False:
        return StationFault("provider", f"{run.tool}: the model's last answer ended without its end")
    return None


def _process(run: Run) -> StationFault | None:
    """The tool itself broke, or was never able to work here."""
    result = run.result
    if run.stopped == "idle":
        return StationFault("timeout", f"{run.tool} said nothing for too long while no command of its ran")
    if run.wrong:
        return StationFault("environment", f"{run.tool} could not work here: {run.wrong}")
    if result is None:
        return StationFault("worker", f"{run.tool} was ended")
    if result.oom:
        return StationFault("sandbox", f"{run.tool} needs more memory than the sandbox allows")
    if result.exit_code in _STARTING and run.reading.started is None:
        return StationFault("environment", f"{run.tool} could not be started: {_tail(result)}")
    ended = run.reading.ended
    if ended is not None and ended.kind == "failed":
        return StationFault("worker", f"{run.tool} failed: {ended.text[:_TAIL]}")
    if ended is None or result.exit_code != 0:
        how = f"signal {result.signal}" if result.exit_code is None else f"exit code {result.exit_code}"
        said = _tail(result) or "; ".join(run.reading.foreign)[:_TAIL] or "it said nothing"
        return StationFault("worker", f"{run.tool} ended with {how} before it was done: {said}")
    return None


def _answers(run: Run) -> StationFault | None:
    """Denied calls: what a tool may not do is not offered to it, so a denial is a wrong set-up."""
    reading = run.reading
    if reading.denials and not reading.may_have_changed:
        denied = ", ".join(dict.fromkeys(denial.tool for denial in reading.denials.values()))
        return StationFault("environment", f"{run.tool} was set up so that it denied its own calls: {denied}")
    return None


def _claimed(run: Run) -> StationReport:
    reading = run.reading
    ended = reading.ended
    found = outcome_of(ended.output if ended else None, (ended.text if ended else "") or reading.text)
    if reading.denials:
        return _report(run, "escalate", "access", "some of its calls were denied", "denied", found)
    if found is None:
        return _report(run, "escalate", "attempts_rejected", "it gave no report", "no_report")
    match found.outcome:
        case "blocked":
            return _report(run, "escalate", "missing_context", found.question or found.summary, "blocked", found)
        case "nothing_to_do":
            return _report(run, "no_op", "not_applicable", found.summary, "nothing_to_do", found)
        case "done" if not reading.may_have_changed:
            text = f"it says that it is done, and nothing it did can have changed a file: {found.summary}"
            return _report(run, "escalate", "attempts_rejected", text, "no_change", found)
        case "done":
            return _report(run, "pr_ready", "", found.summary, "done", found)


def _report(
    run: Run, claimed: Claim, reason: str, summary: str, ended: str, found: Outcome | None = None
) -> StationReport:
    reading = run.reading
    usage, cost = spent(run.ledger, reading.ended)
    details: dict[str, Any] = {
        "ended": ended,
        "answers": reading.answers,
        "calls": len(reading.calls),
        "failed_calls": sum(answer.is_error for _, answer in reading.done),
        "retries": len(reading.retries),
        "requests": run.ledger.requests,
        "model": reading.started.model if reading.started else "",
    }
    if found is None and reading.text:
        details["last_words"] = reading.text[-_TAIL:]
    ran = tuple(f"{command}: {'ok' if ok else 'failed'}" for command, ok in reading.shells[-20:])
    return StationReport(
        claimed=claimed,
        reason=reason,
        summary=summary,
        files=reading.files,
        validation=found.checks if found is not None and found.checks else ran,
        usage=usage,
        cost_usd=cost,
        details=details,
    )


def spent(ledger: Ledger, ended: Ended | None) -> tuple[Usage, Decimal | None]:
    """What the proxy counted; where it counted nothing, or knows no price, what the tool says."""
    said = ended.usage if ended is not None else None
    price = ended.cost_usd if ended is not None else None
    if not ledger.requests:
        return said or Usage(), price
    usage = ledger.usage if ledger.usage.total else said or ledger.usage
    return usage, price if ledger.cost_usd is None else ledger.cost_usd


def _remedy(stop: Stop, key: str) -> str:
    match stop.reason:
        case "auth" | "permission":
            return _for_status(401 if stop.reason == "auth" else 403, key)
        case "quota":
            return "wait for the allowance to renew, add money, or name another station with --station"
        case _:
            return "name another station with --station"


def _for_status(status: int | None, key: str) -> str:
    match status:
        case 401:
            return f"set {key} to a key that works"
        case 403:
            return f"use a key in {key} that may use this model"
        case 429:
            return "too many requests or no money left: wait, or name another station with --station"
        case _:
            return "try again later, or name another station with --station"


def _said(ended: Ended, run: Run) -> str:
    """The tool's own words, and the proxy's, which do not guess."""
    return " - ".join(text for text in (ended.text[:_TAIL], _problems(run.ledger)) if text)


def _problems(ledger: Ledger) -> str:
    return ", ".join(f"{kind} ({count}x)" for kind, count in ledger.problems.items())


def _tail(result: ExecResult) -> str:
    return result.stderr.decode("utf-8", "replace").strip()[-_TAIL:]
