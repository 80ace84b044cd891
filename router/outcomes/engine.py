"""The SQLite connection: write-ahead log, foreign keys, waiting for other writers, explicit transactions."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import create_engine

BUSY_S = 15.0
"""How long a writer waits for another one."""

WRITES = "codergen_writes"
"""Execution option of a connection whose transactions take the write lock at once, so that they cannot meet
another writer half-way."""


def open_engine(path: Path) -> Engine:
    """No file is touched before the first connection."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def write_ahead(connection: Connection) -> None:
    """Switch the file to WAL; it stays so. SQLite does not wait for other openers here, so we do."""
    deadline = time.monotonic() + BUSY_S
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    while True:
        try:
            raw.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise OperationalError("PRAGMA journal_mode = WAL", None, error) from error
            time.sleep(0.02)
        else:
            return


def _on_connect(raw: sqlite3.Connection, _: object) -> None:
    raw.isolation_level = None  # the driver's own BEGIN leaves tables being made outside the transaction
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA synchronous = FULL")


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")
