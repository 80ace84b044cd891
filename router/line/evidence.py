"""What a job leaves behind for a sceptical person, as values, and which required items it lacks. Pure.

`evidence_files` renders it, `evidence_folder` writes and checks the folder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from codergen.tools.check import CheckRun
from providers.types import Usage
from router.station import StationVersion, Uncertainty

Phase = Literal["base", "patched"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """One check that the line ran itself, outside any attempt."""

    name: str
    kind: str
    """`public`, `scenario`, `canary`, `scope` ...: what it is there for."""
    phase: Phase
    """On the base commit, or on base with the diff."""
    passed: bool
    explicit: bool
    """It stated its verdict by test; False is a bare exit code."""
    why: str = ""
    """What the line made of it, one sentence."""
    run: CheckRun | None = None
    """None where nothing was executed, e.g. a comparison of paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReproductionRecord:
    """Whether what was asked about exists at the base commit."""

    state: Literal["reproduced", "not_reproduced", "unclear", "not_required"]
    why: str
    runs: tuple[CheckRecord, ...] = ()
    """In order; empty only where the class has no reproduction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """The recorded decision: who was to try, in which order, and why."""

    stations: tuple[str, ...]
    """Station version ids."""
    reason: str
    candidates: tuple[Mapping[str, Any], ...] = ()
    seed: int = 0
    policy_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One station's attempt: what it claims on one side, what the line saw on the other."""

    number: int
    station: StationVersion
    accepted: bool
    """By the verifier."""
    why: str
    """The verifier's, or the line's when it did not come so far."""
    seconds: float
    cost_usd: Decimal | None
    """None is unknown."""
    usage: Usage | None = None
    infrastructure: str = ""
    """Reason of a fault that is not the station's; empty otherwise."""
    diff: bytes = b""
    """Taken by the line."""
    checks: tuple[CheckRecord, ...] = ()
    feedback: tuple[str, ...] = ()
    """What this attempt was told of earlier ones."""
    claimed: str = ""
    """Terminal state that the station claims; empty when it ended without a report. Below: its words."""
    claimed_reason: str = ""
    claimed_summary: str = ""
    claimed_files: tuple[str, ...] = ()
    claimed_validation: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRecord:
    """The verifier's judgement of the diff in this folder, or of the ending where nothing was to change."""

    passed: bool
    explicit: bool
    why: str
    checks: tuple[CheckRecord, ...]
    verifier: str
    """Id of what judged."""
    environment: str = ""
    """For people, e.g. "Python 3.11.7, pytest 9.2.0, bubblewrap"."""
    not_enforced: tuple[str, ...] = ()
    """Walls and limits that the boundary did not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecord:
    """The ending that is about to be given, and what remains."""

    terminal_state: str
    reason: str
    why: str
    """One sentence for a person."""
    residual_risk: tuple[str, ...] = ()
    """What could still be wrong although everything here is true. There is always something."""
    uncertain: tuple[str, ...] = ()
    """What the line does not know."""
    question: Uncertainty | None = None
    """What a person is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItems:
    """Everything that goes into one folder. None or empty is "not there", never "fine"."""

    job_id: str
    started: datetime
    ended: datetime
    packet: Mapping[str, Any] | None
    """The packet as JSON values, with `intent`, `task_class`, `source`, `scope` ... as `TaskPacket` dumps them."""
    base_commit: str = ""
    reproduction: ReproductionRecord | None = None
    plan: PlanRecord | None = None
    attempts: tuple[AttemptRecord, ...] = ()
    diff: bytes | None = None
    """The result, or the best rejected diff; exactly as git gave it."""
    diff_attempt: int | None = None
    """Whose diff it is; None when no station made it."""
    validation: ValidationRecord | None = None
    transcript: bytes = b""
    """The job's journal, unchanged."""
    sessions: tuple[tuple[str, bytes], ...] = ()
    """(name, journal) of each station session, unchanged."""
    stop: StopRecord | None = None
    required: tuple[str, ...] = ()
    """`evidence_required` of the packet."""


def missing(items: EvidenceItems, required: Sequence[str]) -> tuple[str, ...]:
    """The required items that are absent or empty, in the order given; unknown names count as absent.

    Whoever is about to give `pr_ready` asks this first, with that ending in `items.stop`, and may not give it
    while anything is returned.
    """
    there = {
        "summary": _intent(items) and items.stop is not None and bool(items.stop.why.strip()),
        "packet": _intent(items),
        "reproduction": _reproduction_there(items.reproduction),
        "plan": items.plan is not None and bool(items.plan.stations) and bool(items.plan.reason.strip()),
        "diff": bool(items.diff and items.diff.strip()),
        "validation": items.validation is not None
        and any(c.phase == "patched" and c.run is not None for c in items.validation.checks),
        "transcript": bool(items.transcript.strip()),
        "stop_reason": items.stop is not None and bool(items.stop.terminal_state and items.stop.reason),
        "residual_risk": items.stop is not None and any(risk.strip() for risk in items.stop.residual_risk),
    }
    return tuple(name for name in required if not there.get(name, False))


def _intent(items: EvidenceItems) -> bool:
    return items.packet is not None and bool(str(items.packet.get("intent") or "").strip())


def _reproduction_there(record: ReproductionRecord | None) -> bool:
    """A claim to have looked needs at least one run that it rests on; "not required" needs its reason."""
    if record is None:
        return False
    if record.state == "not_required":
        return bool(record.why.strip())
    return any(r.run is not None for r in record.runs)
