"""What the verifier says of a patch: values only. `judgement` makes them from what was observed (`facts`)."""

from dataclasses import dataclass
from typing import Literal

from codergen.tools.check import CheckRun

Kind = Literal["public", "scenario", "protected", "scope", "tamper", "canary"]
Decision = Literal["accepted", "rejected", "weak", "void"]
Grade = Literal["passed", "failed", "weak", "void"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckVerdict:
    """One thing that was looked at."""

    name: str
    kind: Kind
    grade: Grade
    explicit: bool
    """It stated this by itself (test report, values), as against an exit code or a reading of the source."""
    why: str
    run: CheckRun | None = None
    """After the patch, without planted twins."""

    @property
    def passed(self) -> bool:
        return self.grade == "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verifier's answer; the only thing that may lead to `pr_ready`."""

    decision: Decision
    checks: tuple[CheckVerdict, ...]
    explicit: bool
    """A test report, not only an exit code, carries the acceptance."""
    feedback: str
    """For the next station: public checks only. Of held-out checks it says no more than that one failed."""
    void_reason: str = ""
    """Why the verifier itself can say nothing."""
    new_failures: tuple[str, ...] = ()
    """Tests that passed at base and do not now."""
    base_failures: tuple[str, ...] = ()
    """Tests that failed at base and still do."""
    notes: tuple[str, ...] = ()
    """For people and the evidence's residual risk."""

    @property
    def passed(self) -> bool:
        return self.decision == "accepted"
