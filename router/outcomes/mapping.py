"""Values to rows and back. Pure; for the store alone."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from providers.types import Usage
from router.outcomes.errors import InvalidRecord
from router.outcomes.rows import DecisionRow, OutcomeRow, StationVersionRow
from router.outcomes.values import Decision, Outcome, Source, StationRef, TerminalState


def to_text(value: object) -> str:
    """JSON with sorted keys, so that equal values are equal text. Raises InvalidRecord for what JSON cannot hold."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidRecord("json", str(error)) from error


def instant_text(at: datetime) -> str:
    """UTC of fixed width: text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def version_row(ref: StationRef) -> StationVersionRow:
    return StationVersionRow(id=ref.id, station=ref.station, parts=to_text(dict(ref.parts)))


def outcome_row(outcome: Outcome) -> OutcomeRow:
    return OutcomeRow(
        task_id=outcome.task_id,
        job_id=outcome.job_id,
        attempt=outcome.attempt,
        task_class=outcome.task_class,
        language=outcome.language,
        station_version=outcome.station.id,
        passed=int(outcome.passed),
        explicit=int(outcome.explicit),
        terminal_state=outcome.terminal_state,
        reason=outcome.reason,
        cost_usd=None if outcome.cost_usd is None else str(outcome.cost_usd),
        seconds=float(outcome.seconds),
        tokens=None if outcome.usage is None else outcome.usage.total,
        usage=None if outcome.usage is None else to_text(asdict(outcome.usage)),
        verifier=outcome.verifier,
        source=outcome.source,
        infrastructure=int(outcome.infrastructure),
        at=instant_text(outcome.at),
    )


def outcome_of(row: OutcomeRow, version: StationVersionRow) -> Outcome:
    return Outcome(
        task_id=row.task_id,
        job_id=row.job_id,
        attempt=row.attempt,
        task_class=row.task_class,
        language=row.language,
        station=StationRef(id=version.id, station=version.station, parts=json.loads(version.parts)),
        passed=bool(row.passed),
        explicit=bool(row.explicit),
        terminal_state=cast(TerminalState, row.terminal_state),
        reason=row.reason,
        cost_usd=None if row.cost_usd is None else Decimal(row.cost_usd),
        seconds=row.seconds,
        usage=None if row.usage is None else Usage(**cast(dict[str, int], json.loads(row.usage))),
        verifier=row.verifier,
        source=cast(Source, row.source),
        infrastructure=bool(row.infrastructure),
        at=instant(row.at),
    )


def decision_row(decision: Decision) -> DecisionRow:
    return DecisionRow(
        job_id=decision.job_id,
        task_class=decision.task_class,
        language=decision.language,
        plan=to_text(list(decision.plan)),
        candidates=to_text([dict(c) for c in decision.candidates]),
        reason=decision.reason,
        seed=decision.seed,
        policy_version=decision.policy_version,
        at=instant_text(decision.at),
    )


def decision_of(row: DecisionRow) -> Decision:
    plan = cast(list[str], json.loads(row.plan))
    candidates = cast(list[dict[str, Any]], json.loads(row.candidates))
    return Decision(
        job_id=row.job_id,
        task_class=row.task_class,
        language=row.language,
        plan=tuple(plan),
        candidates=tuple(candidates),
        reason=row.reason,
        seed=row.seed,
        policy_version=row.policy_version,
        at=instant(row.at),
    )
