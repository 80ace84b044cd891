"""What is remembered of a job, as frozen values. They cross the store's boundary; table rows do not."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from providers.types import Usage
from router.outcomes.errors import InvalidRecord
from router.station import StationVersion

TerminalState = Literal["pr_ready", "no_op", "escalate", "retryable_failure"]
Source = Literal["eval", "job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationRef:
    """A station version as it was named when it worked. The id is kept, never computed again: a version that
    gains a field later must not rename what old rows speak of."""

    id: str
    station: str
    parts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON values: model, profile, prompt hash, scaffolds, CLI, sandbox."""

    @classmethod
    def of(cls, version: StationVersion) -> "StationRef":
        parts = asdict(version)
        return cls(id=version.id, station=version.station, parts={**parts, "scaffolds": list(version.scaffolds)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one attempt ended. A value that contradicts itself cannot be made (InvalidRecord)."""

    task_id: str
    """The same for every attempt on the same work, also across jobs and evals; pairs stations."""
    job_id: str
    attempt: int
    """1-based within the job."""
    task_class: str
    language: str
    station: StationRef
    passed: bool
    """The correct terminal state was reached, in the verifier's eyes: a proved no-op counts."""
    explicit: bool
    """The verdict was stated by a check itself, not read out of prose or a bare exit code."""
    terminal_state: TerminalState
    """What this attempt alone leads to."""
    reason: str
    cost_usd: Decimal | None
    """Exact; None is unknown, which is not zero."""
    seconds: float
    usage: Usage | None
    """None is unknown."""
    verifier: str
    """Id of what judged; empty when nothing did."""
    source: Source
    infrastructure: bool
    """Ended by an outage, rate limit, sandbox or worker: says something of availability, nothing of the station."""
    at: datetime
    """End of the attempt, with time zone."""

    def __post_init__(self) -> None:
        if self.attempt < 1:
            raise InvalidRecord("attempt", f"{self.attempt} is not 1 or more")
        if self.passed and self.infrastructure:
            raise InvalidRecord("infrastructure", "an attempt that passed did not end by infrastructure")
        if self.cost_usd is not None and not (self.cost_usd.is_finite() and self.cost_usd >= 0):
            raise InvalidRecord("cost_usd", f"{self.cost_usd} is not an amount")
        if not 0 <= self.seconds < float("inf"):
            raise InvalidRecord("seconds", f"{self.seconds} is not a duration")
        _require_zone(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The recorded choice of a plan, written before the first attempt."""

    job_id: str
    task_class: str
    language: str
    plan: tuple[str, ...]
    """Station version ids, in the order they try."""
    candidates: tuple[Mapping[str, Any], ...]
    """One JSON object each: what was weighed, with its numbers."""
    reason: str
    seed: int
    policy_version: str
    at: datetime
    """With time zone; outcomes up to here are what it was made from."""

    def __post_init__(self) -> None:
        if not self.plan:
            raise InvalidRecord("plan", "names no station")
        if not -(2**63) <= self.seed < 2**63:
            raise InvalidRecord("seed", f"{self.seed} does not fit 64 bits")
        _require_zone(self.at)


def _require_zone(at: datetime) -> None:
    if at.utcoffset() is None:
        raise InvalidRecord("at", "has no time zone")
