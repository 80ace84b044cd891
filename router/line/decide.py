"""From what happened to a terminal state. Pure."""

from collections.abc import Sequence

from router.line.attempt import Attempt
from router.line.terminal import Terminal
from router.station import StationVersion


def decide(attempts: Sequence[Attempt], *, missing: Sequence[str] = (), out_of_time: bool = False) -> Terminal:
    """The end of a job whose fault was shown to exist (or whose class needs none).

    `missing` are required items of evidence that are not there: with any of them nothing is `pr_ready`.
    `out_of_time`: the job's own time was used up before the plan was.
    """
    accepted = next((a for a in attempts if a.verdict is not None and a.verdict.decision == "accepted"), None)
    if accepted is not None:
        return _accepted(accepted, missing)
    void = next((a.verdict for a in attempts if a.verdict is not None and a.verdict.decision == "void"), None)
    if void is not None:
        return Terminal(state="escalate", reason="verifier_void", why=void.void_reason)
    weak = next((a for a in attempts if a.verdict is not None and a.verdict.decision == "weak"), None)
    if weak is not None and weak.verdict is not None:
        return Terminal(state="escalate", reason="weak_evidence", why=_first_failure(weak))
    unsure = next((a.report.uncertainty for a in attempts if a.report and a.report.uncertainty), None)
    if unsure is not None:
        why = f"{len(unsure.candidates)} different changes satisfy every check; one question tells them apart"
        return Terminal(state="escalate", reason="product_decision", why=why, question=unsure.question)
    return _nothing_accepted(attempts, out_of_time=out_of_time)


def _accepted(attempt: Attempt, missing: Sequence[str]) -> Terminal:
    if missing:
        why = f"the change was accepted, but the evidence bundle lacks: {', '.join(missing)}"
        return Terminal(state="escalate", reason="weak_evidence", why=why)
    weak = attempt.verdict is not None and not attempt.verdict.explicit
    why = f"{attempt.version.station} made a change that the verifier accepted"
    return Terminal(
        state="pr_ready", reason="verified", why=why + (" on an exit code alone, as the packet allows" if weak else "")
    )


def _nothing_accepted(attempts: Sequence[Attempt], *, out_of_time: bool) -> Terminal:
    faults = [a.fault for a in attempts if a.fault is not None]
    if attempts and len(faults) == len(attempts):
        return Terminal(state="retryable_failure", reason=faults[0].reason, why=faults[0].message)
    if out_of_time:
        return Terminal(state="escalate", reason="budget", why="the job's time was used up before an attempt passed")
    if not attempts:
        return Terminal(
            state="escalate",
            reason="access",
            why="no station could be called",
            question="Which station may work on this? (`codergen local install`, a key, or --station)",
        )
    rejected = [a for a in attempts if a.verdict is not None and a.verdict.decision == "rejected"]
    if rejected and all(_protected(a) for a in rejected):
        return Terminal(state="escalate", reason="protected_path", why=_first_failure(rejected[0]))
    told = "; ".join(f"{a.version.station}: {_outcome(a)}" for a in attempts)
    return Terminal(state="escalate", reason="attempts_rejected", why=told)


def _protected(attempt: Attempt) -> bool:
    assert attempt.verdict is not None
    return any(check.kind == "protected" and not check.passed for check in attempt.verdict.checks)


def _outcome(attempt: Attempt) -> str:
    if attempt.fault is not None:
        return f"could not work ({attempt.fault.reason})"
    if attempt.patch is None or attempt.patch.empty:
        said = f" ({attempt.report.summary[:200]})" if attempt.report is not None and attempt.report.summary else ""
        return "changed nothing" + (" in its time" if attempt.ended == "out_of_time" else said)
    return f"rejected ({_first_failure(attempt)})"


def _first_failure(attempt: Attempt) -> str:
    if attempt.verdict is None:
        return "not judged"
    failed = next((check for check in attempt.verdict.checks if not check.passed), None)
    return f"{failed.name}: {failed.why}" if failed else "no check spoke clearly"


MOST_ATTEMPTS = 3
AVOIDS = "avoid_rejected"
"""Scaffold of stations that make something of `Assignment.rejected`."""


def second_chance(attempts: Sequence[Attempt], tried: int) -> StationVersion | None:
    """Who tries once more after the plan: a station whose change satisfied all but what was held out, and which would
    not do the same again. At most `MOST_ATTEMPTS` in all, and nobody three times.
    """
    if tried >= MOST_ATTEMPTS:
        return None
    close = [a for a in attempts if _only_held_out_failed(a) and AVOIDS in a.version.scaffolds]
    return next((a.version for a in close if sum(b.version == a.version for b in attempts) == 1), None)


def _only_held_out_failed(attempt: Attempt) -> bool:
    if attempt.verdict is None or attempt.verdict.decision != "rejected":
        return False
    return all(check.passed or check.kind == "scenario" for check in attempt.verdict.checks)


def unsettled(attempts: Sequence[Attempt]) -> Attempt | None:
    """The attempt whose candidates are worth trying: it left a question, and nothing was accepted since."""
    if any(a.verdict is not None and a.verdict.decision in {"accepted", "void"} for a in attempts):
        return None
    return next((a for a in attempts if a.report is not None and a.report.uncertainty is not None), None)


def best_attempt(attempts: Sequence[Attempt]) -> Attempt | None:
    """The one whose change is worth a person's look: the accepted one, else the one that satisfied the most checks."""
    with_change = [a for a in attempts if a.patch is not None and not a.patch.empty]
    return max(with_change, key=_merit) if with_change else None


_WORTH = {"accepted": 3, "weak": 2, "void": 1, "rejected": 0}


def _merit(attempt: Attempt) -> tuple[int, int]:
    if attempt.verdict is None:
        return (-1, 0)
    return (_WORTH[attempt.verdict.decision], sum(check.passed for check in attempt.verdict.checks))
