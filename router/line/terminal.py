"""Terminal states and their reasons, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

State = Literal["pr_ready", "no_op", "escalate", "retryable_failure"]

REASONS: Mapping[State, frozenset[str]] = {
    "pr_ready": frozenset({"verified"}),
    "no_op": frozenset(
        {"not_reproducible", "already_fixed", "duplicate", "superseded", "contradicts_behaviour", "not_applicable"}
    ),
    "escalate": frozenset(
        {
            "missing_context", "product_decision", "attempts_rejected", "protected_path", "budget", "poison",
            "verifier_void", "weak_evidence", "access", "refused",
        }
    ),
    "retryable_failure": frozenset({"provider", "sandbox", "environment", "worker", "timeout"}),
}  # fmt: skip

_RETRYABLE_EXIT = {"provider": 7, "sandbox": 9, "environment": 9, "worker": 1, "timeout": 124}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """How a job ended. A pair that is not in the table cannot be made."""

    state: State
    reason: str
    why: str = ""
    """One or two sentences for a person."""
    question: str = ""
    """What a person must answer to go on; only with `escalate`."""

    def __post_init__(self) -> None:
        if self.reason not in REASONS[self.state]:
            raise ValueError(f"{self.state} has no reason {self.reason!r}")

    @property
    def exit_code(self) -> int:
        """docs/exit-codes.md: pr_ready and no_op 0, escalate 4, retryable_failure by its reason."""
        match self.state:
            case "pr_ready" | "no_op":
                return 0
            case "escalate":
                return 4
            case "retryable_failure":
                return _RETRYABLE_EXIT[self.reason]

    def __str__(self) -> str:
        return f"{self.state}/{self.reason}"
