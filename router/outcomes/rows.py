"""Tables as SQLModel rows, for the store alone. `migrations.py` makes them; a test holds the two together."""

from typing import Any, ClassVar

from sqlalchemy import REAL, Text
from sqlmodel import Field, SQLModel

STRICT: dict[str, Any] = {"sqlite_strict": True}
"""`table=True` models do not validate; with this SQLite itself refuses a text in a number's place.
It also refuses type names that are not its own, hence the column types."""


class StationVersionRow(SQLModel, table=True):
    """Each version once; outcomes point at it."""

    __tablename__: ClassVar[str] = "station_version"  # pyright: ignore[reportIncompatibleVariableOverride]
    __table_args__: ClassVar[dict[str, Any]] = STRICT  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True, sa_type=Text)
    station: str = Field(sa_type=Text)
    parts: str = Field(sa_type=Text)
    """JSON object."""


class DecisionRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "decision"  # pyright: ignore[reportIncompatibleVariableOverride]
    __table_args__: ClassVar[dict[str, Any]] = STRICT  # pyright: ignore[reportIncompatibleVariableOverride]

    seq: int | None = Field(default=None, primary_key=True)
    job_id: str = Field(unique=True, sa_type=Text)
    task_class: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    plan: str = Field(sa_type=Text)
    """JSON list of station version ids."""
    candidates: str = Field(sa_type=Text)
    """JSON list of objects."""
    reason: str = Field(sa_type=Text)
    seed: int
    policy_version: str = Field(sa_type=Text)
    at: str = Field(sa_type=Text)
    """UTC with microseconds and Z, so that text order is time order."""


class OutcomeRow(SQLModel, table=True):
    __tablename__: ClassVar[str] = "outcome"  # pyright: ignore[reportIncompatibleVariableOverride]
    __table_args__: ClassVar[dict[str, Any]] = STRICT  # pyright: ignore[reportIncompatibleVariableOverride]

    seq: int | None = Field(default=None, primary_key=True)
    task_id: str = Field(sa_type=Text)
    job_id: str = Field(sa_type=Text)
    attempt: int
    task_class: str = Field(sa_type=Text)
    language: str = Field(sa_type=Text)
    station_version: str = Field(foreign_key="station_version.id", sa_type=Text)
    passed: int
    explicit: int
    terminal_state: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    cost_usd: str | None = Field(sa_type=Text)
    """Decimal as text: exact, None unknown."""
    seconds: float = Field(sa_type=REAL)
    tokens: int | None
    """Sum of `usage`, for people with a SQL prompt."""
    usage: str | None = Field(sa_type=Text)
    """JSON object of the counts."""
    verifier: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    infrastructure: int
    at: str = Field(sa_type=Text)
