"""A store that is still being opened: rows arrive, and what opening raises is raised where the store is needed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from router.outcomes.errors import DatabaseUnusable
from router.outcomes.opening import OpeningStore
from router.outcomes.store import OutcomeStore
from router.outcomes.values import Decision

DECISION = Decision(
    job_id="a-job",
    task_class="bugfix",
    language="python",
    plan=("repair@1",),
    candidates=(),
    reason="the only one",
    seed=0,
    policy_version="p/1",
    at=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_what_is_recorded_while_it_opens_is_there_afterwards(tmp_path: Path) -> None:
    store = OpeningStore(tmp_path / "db.sqlite3")
    assert [store.record_decision(DECISION), store.record_decision(DECISION)] == [True, False]
    store.close()
    with OutcomeStore(tmp_path / "db.sqlite3") as opened:
        assert opened.decision("a-job") == DECISION


def test_a_file_that_is_no_database_is_told_when_a_row_is_to_be_kept(tmp_path: Path) -> None:
    (tmp_path / "db.sqlite3").write_text("no database " * 100)
    store = OpeningStore(tmp_path / "db.sqlite3")
    with pytest.raises(DatabaseUnusable):
        store.record_decision(DECISION)
    store.close()
