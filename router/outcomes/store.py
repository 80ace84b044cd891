"""Decisions and outcomes in SQLite. Calls take milliseconds and block: from async code use `asyncio.to_thread`.

Any number of threads and processes may write at once; each call is one transaction.
"""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import Session, SQLModel, col, insert, select

from router.outcomes.engine import WRITES, open_engine, write_ahead
from router.outcomes.errors import DatabaseUnusable, DecisionMissing
from router.outcomes.mapping import decision_of, decision_row, instant_text, outcome_of, outcome_row, version_row
from router.outcomes.migrations import migrate
from router.outcomes.query import EVERYTHING, OutcomeQuery
from router.outcomes.rows import DecisionRow, OutcomeRow, StationVersionRow
from router.outcomes.values import Decision, Outcome


class OutcomeStore:
    """One database file. Opening makes it or brings its tables up to date; close it, or use it in a `with`.

    Raises DatabaseTooNew or DatabaseUnusable on opening, DatabaseUnusable from every method.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnusable(path, str(error)) from error
        self._engine = open_engine(path)
        try:
            with self._transaction(writes=True, wal=True) as connection:
                migrate(connection, path)
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        """Give up the file. The store cannot be used afterwards."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record_decision(self, decision: Decision) -> bool:
        """Keep it. False: this job's decision was there already, and stays."""
        with self._transaction(writes=True) as connection:
            return _add(connection, decision_row(decision))

    def record_outcome(self, outcome: Outcome) -> bool:
        """Keep it. False: this attempt of this job was there already, and stays, so a resumed job may say it again.

        Raises DecisionMissing for a job (not an eval) without a decision.
        """
        try:
            with self._transaction(writes=True) as connection:
                _add(connection, version_row(outcome.station))
                return _add(connection, outcome_row(outcome))
        except DatabaseUnusable as error:
            if isinstance(error.__cause__, IntegrityError) and "before its decision" in error.problem:
                raise DecisionMissing(outcome.job_id) from error
            raise

    def outcomes(self, query: OutcomeQuery = EVERYTHING) -> tuple[Outcome, ...]:
        """What matches, in the order it was recorded."""
        statement = select(OutcomeRow, StationVersionRow).where(
            col(OutcomeRow.station_version) == col(StationVersionRow.id)
        )
        for column, wanted in (
            (col(OutcomeRow.task_class), query.task_class),
            (col(OutcomeRow.language), query.language),
            (col(StationVersionRow.station), query.station),
            (col(OutcomeRow.station_version), query.version),
            (col(OutcomeRow.task_id), query.task_id),
            (col(OutcomeRow.job_id), query.job_id),
            (col(OutcomeRow.source), query.source),
        ):
            if wanted is not None:
                statement = statement.where(column == wanted)
        if query.until is not None:
            statement = statement.where(col(OutcomeRow.at) <= instant_text(query.until))
        with self._session() as session:
            rows = session.exec(statement.order_by(col(OutcomeRow.seq))).all()
            return tuple(outcome_of(row, version) for row, version in rows)

    def decision(self, job_id: str) -> Decision | None:
        """The recorded choice for this job."""
        with self._session() as session:
            row = session.exec(select(DecisionRow).where(col(DecisionRow.job_id) == job_id)).first()
            return None if row is None else decision_of(row)

    def last_decisions(self, limit: int, *, task_class: str | None = None) -> tuple[Decision, ...]:
        """The newest first."""
        statement = select(DecisionRow).order_by(col(DecisionRow.seq).desc()).limit(limit)
        if task_class is not None:
            statement = statement.where(col(DecisionRow.task_class) == task_class)
        with self._session() as session:
            return tuple(decision_of(row) for row in session.exec(statement).all())

    @contextmanager
    def _transaction(self, *, writes: bool, wal: bool = False) -> Generator[Connection]:
        """One transaction; what the database says against it becomes DatabaseUnusable."""
        try:
            with self._engine.connect().execution_options(**{WRITES: writes}) as connection:
                if wal:
                    write_ahead(connection)
                with connection.begin():
                    yield connection
        except DatabaseError as error:
            raise DatabaseUnusable(self._path, str(error.orig)) from error

    @contextmanager
    def _session(self) -> Generator[Session]:
        with self._transaction(writes=False) as connection, Session(connection, expire_on_commit=False) as session:
            yield session


def _add(connection: Connection, row: SQLModel) -> bool:
    """Insert; the table's trigger keeps the first row of a key, then nothing changes."""
    values = {name: value for name, value in row.model_dump().items() if name != "seq"}
    before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    connection.execute(insert(type(row)).values(values))
    return connection.exec_driver_sql("SELECT total_changes()").scalar_one() > before
