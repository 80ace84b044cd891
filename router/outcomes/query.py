"""Which outcomes are wanted. Pure."""

from dataclasses import dataclass
from datetime import datetime

from router.outcomes.values import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeQuery:
    """Every field that is set must match."""

    task_class: str | None = None
    language: str | None = None
    station: str | None = None
    """All versions of it."""
    version: str | None = None
    task_id: str | None = None
    job_id: str | None = None
    source: Source | None = None
    until: datetime | None = None
    """With time zone, inclusive: what a decision at that time could know."""


EVERYTHING = OutcomeQuery()
