"""How the outcome tables came to be, step by step. Append only: a step that was released is never edited.

Several components may share one database file, so versions are kept per component.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from router.outcomes.errors import DatabaseTooNew

COMPONENT = "outcomes"

Migration = Callable[[Connection], None]


def version_of(connection: Connection) -> int:
    """Steps already taken in this file."""
    connection.exec_driver_sql(
        "CREATE TABLE IF NOT EXISTS schema_migration (component TEXT NOT NULL, version INTEGER NOT NULL, "
        "name TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (component, version)) STRICT"
    )
    found = connection.exec_driver_sql(
        "SELECT coalesce(max(version), 0) FROM schema_migration WHERE component = ?", (COMPONENT,)
    )
    return int(found.scalar_one())


def migrate(connection: Connection, path: Path) -> int:
    """Take the steps that are missing; returns how many. The caller holds the write lock and commits.

    Raises DatabaseTooNew, before touching anything, for a file that a newer program wrote.
    """
    done = version_of(connection)
    if done > len(MIGRATIONS):
        raise DatabaseTooNew(path, done, len(MIGRATIONS))
    for number, step in enumerate(MIGRATIONS[done:], start=done + 1):
        step(connection)
        connection.exec_driver_sql(
            "INSERT INTO schema_migration VALUES (?, ?, ?, ?)",
            (COMPONENT, number, step.__name__, datetime.now(UTC).isoformat()),
        )
    return len(MIGRATIONS) - done


def m001_decisions_and_outcomes(connection: Connection) -> None:
    """Station versions, decisions, outcomes; nothing in them is ever changed or deleted."""
    for statement in (_STATION_VERSION, _DECISION, _OUTCOME, *_INDEXES, _DECISION_FIRST):
        connection.exec_driver_sql(statement)
    for table, same in (
        ("station_version", "id = NEW.id"),
        ("decision", "seq = NEW.seq OR job_id = NEW.job_id"),
        ("outcome", "seq = NEW.seq OR (job_id = NEW.job_id AND attempt = NEW.attempt)"),
    ):
        for statement in _append_only(table, same):
            connection.exec_driver_sql(statement)


def _append_only(table: str, same: str) -> tuple[str, ...]:
    """Triggers: no update, no delete, and the first row stays when it is offered again (also by REPLACE)."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        "BEGIN SELECT RAISE(IGNORE); END",
    )


_STATION_VERSION = """
CREATE TABLE station_version (
    id TEXT NOT NULL PRIMARY KEY,
    station TEXT NOT NULL,
    parts TEXT NOT NULL CHECK (json_type(parts) = 'object')
) STRICT
"""

_DECISION = """
CREATE TABLE decision (
    seq INTEGER NOT NULL PRIMARY KEY,
    job_id TEXT NOT NULL UNIQUE,
    task_class TEXT NOT NULL,
    language TEXT NOT NULL,
    plan TEXT NOT NULL CHECK (json_type(plan) = 'array'),
    candidates TEXT NOT NULL CHECK (json_type(candidates) = 'array'),
    reason TEXT NOT NULL,
    seed INTEGER NOT NULL,
    policy_version TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT
"""

_OUTCOME = """
CREATE TABLE outcome (
    seq INTEGER NOT NULL PRIMARY KEY,
    task_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    attempt INTEGER NOT NULL CHECK (attempt >= 1),
    task_class TEXT NOT NULL,
    language TEXT NOT NULL,
    station_version TEXT NOT NULL REFERENCES station_version (id),
    passed INTEGER NOT NULL CHECK (passed IN (0, 1)),
    explicit INTEGER NOT NULL CHECK (explicit IN (0, 1)),
    terminal_state TEXT NOT NULL CHECK (terminal_state IN ('pr_ready', 'no_op', 'escalate', 'retryable_failure')),
    reason TEXT NOT NULL,
    cost_usd TEXT,
    seconds REAL NOT NULL CHECK (seconds >= 0),
    tokens INTEGER,
    usage TEXT CHECK (usage IS NULL OR json_type(usage) = 'object'),
    verifier TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('eval', 'job')),
    infrastructure INTEGER NOT NULL CHECK (infrastructure IN (0, 1)),
    at TEXT NOT NULL,
    UNIQUE (job_id, attempt),
    CHECK (NOT (passed AND infrastructure))
) STRICT
"""

_INDEXES = (
    "CREATE INDEX outcome_by_class ON outcome (task_class, language, station_version, seq)",
    "CREATE INDEX outcome_by_version ON outcome (station_version, seq)",
    "CREATE INDEX outcome_by_task ON outcome (task_id, station_version)",
    "CREATE INDEX station_version_by_station ON station_version (station)",
    "CREATE INDEX decision_by_class ON decision (task_class, seq)",
)

_DECISION_FIRST = """
CREATE TRIGGER outcome_after_decision BEFORE INSERT ON outcome
WHEN NEW.source = 'job' AND NOT EXISTS (SELECT 1 FROM decision WHERE job_id = NEW.job_id)
BEGIN SELECT RAISE(ABORT, 'outcome before its decision'); END
"""

MIGRATIONS: tuple[Migration, ...] = (m001_decisions_and_outcomes,)
