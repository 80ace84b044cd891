"""The outcome store on real SQLite files: what comes back, what cannot be changed, who may write at once."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel, create_engine

from providers.types import Usage
from router.outcomes import rows
from router.outcomes.errors import DatabaseTooNew, DatabaseUnusable, DecisionMissing, InvalidRecord
from router.outcomes.mapping import instant, instant_text
from router.outcomes.migrations import MIGRATIONS
from router.outcomes.query import OutcomeQuery
from router.outcomes.store import OutcomeStore
from router.outcomes.values import Decision, Outcome, StationRef
from router.station import StationVersion

AT = datetime(2026, 11, 22, 18, 0, 0, 123456, tzinfo=UTC)
REPAIR = StationRef.of(StationVersion(station="repair", sandbox="bubblewrap"))
PLAIN = StationRef.of(StationVersion(station="codergen/plain", model="m1", scaffolds=("loop_warning", "review")))


def outcome(**changes: object) -> Outcome:
    base = Outcome(
        task_id="t1", job_id="j1", attempt=1, task_class="bugfix", language="python", station=PLAIN, passed=True,
        explicit=True, terminal_state="pr_ready", reason="verified", cost_usd=Decimal("0.1000000000000000001"),
        seconds=2.5, usage=Usage(input=10, output=5, cache_read=7), verifier="line@1", source="job",
        infrastructure=False, at=AT,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def decision(**changes: object) -> Decision:
    base = Decision(
        job_id="j1", task_class="bugfix", language="python", plan=(REPAIR.id, PLAIN.id),
        candidates=({"station": REPAIR.id, "p": 0.5, "n": 3}, {"station": PLAIN.id, "p": None}),
        reason="fixed order", seed=7, policy_version="fixed-1", at=AT,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "codergen.sqlite3"


@pytest.fixture
def store(database: Path) -> Iterator[OutcomeStore]:
    with OutcomeStore(database) as opened:
        yield opened


def test_values_come_back_equal_from_another_store(database: Path) -> None:
    unknown = outcome(attempt=2, cost_usd=None, usage=None, passed=False, terminal_state="escalate", station=REPAIR)
    with OutcomeStore(database) as store:
        assert store.record_decision(decision())
        assert store.record_outcome(outcome())
        assert store.record_outcome(unknown)
    with OutcomeStore(database) as again:
        assert again.outcomes() == (outcome(), unknown)
        assert again.decision("j1") == decision()
        assert again.decision("j2") is None


def test_a_resumed_job_does_not_write_twice(store: OutcomeStore) -> None:
    assert store.record_decision(decision())
    assert not store.record_decision(decision(reason="another", seed=8))
    assert store.record_outcome(outcome())
    assert not store.record_outcome(outcome(passed=False, at=AT + timedelta(minutes=1)))
    assert store.outcomes() == (outcome(),)
    assert store.decision("j1") == decision()


def test_the_decision_of_a_job_comes_first(store: OutcomeStore) -> None:
    with pytest.raises(DecisionMissing) as caught:
        store.record_outcome(outcome())
    assert caught.value.job_id == "j1"
    assert store.outcomes() == ()
    assert store.record_outcome(outcome(source="eval"))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (OutcomeQuery(), [1, 2, 3, 4]),
        (OutcomeQuery(task_class="docs"), [3]),
        (OutcomeQuery(language="go"), [4]),
        (OutcomeQuery(station="repair"), [2]),
        (OutcomeQuery(version=PLAIN.id, task_class="bugfix"), [1, 4]),
        (OutcomeQuery(task_id="t9"), [2]),
        (OutcomeQuery(source="job"), []),
        (OutcomeQuery(job_id="j1", until=AT + timedelta(seconds=2)), [1, 2]),
    ],
)
def test_queries(store: OutcomeStore, query: OutcomeQuery, wanted: list[int]) -> None:
    changes: list[dict[str, object]] = [
        {},
        {"station": REPAIR, "task_id": "t9"},
        {"task_class": "docs"},
        {"language": "go"},
    ]
    for number, change in enumerate(changes, start=1):
        store.record_outcome(outcome(attempt=number, source="eval", at=AT + timedelta(seconds=number), **change))
    assert [o.attempt for o in store.outcomes(query)] == wanted


def test_last_decisions_come_newest_first(store: OutcomeStore) -> None:
    for number in range(5):
        store.record_decision(decision(job_id=f"j{number}", task_class="docs" if number == 1 else "bugfix"))
    assert [d.job_id for d in store.last_decisions(2)] == ["j4", "j3"]
    assert [d.job_id for d in store.last_decisions(9, task_class="docs")] == ["j1"]


@pytest.mark.parametrize("table", ["outcome", "decision", "station_version"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET rowid = rowid", "DELETE FROM {}"])
def test_nothing_recorded_can_be_changed_or_deleted(store: OutcomeStore, database: Path, table: str, verb: str) -> None:
    store.record_decision(decision())
    store.record_outcome(outcome())
    with closing(sqlite3.connect(database)) as other, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute(verb.format(table))


def test_replace_does_not_get_around_it(store: OutcomeStore, database: Path) -> None:
    store.record_decision(decision())
    store.record_outcome(outcome())
    with closing(sqlite3.connect(database)) as other:
        columns = [row[1] for row in other.execute("PRAGMA table_info(outcome)")]
        for seq in ("seq", "seq + 1"):
            chosen = ", ".join({"seq": seq, "passed": "0"}.get(c, c) for c in columns)
            other.execute(f"REPLACE INTO outcome SELECT {chosen} FROM outcome")
        other.commit()
    assert store.outcomes() == (outcome(),)


def test_the_file_is_wal_and_types_are_strict(store: OutcomeStore, database: Path) -> None:
    with closing(sqlite3.connect(database)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        with pytest.raises(sqlite3.IntegrityError, match="INTEGER"):
            other.execute("INSERT INTO decision VALUES (1, 'j', 'c', 'l', '[]', '[]', 'r', 'seven', 'p', 't')")
    bad = outcome(source="eval", usage=Usage(input="many"))  # type: ignore[arg-type]
    with pytest.raises((DatabaseUnusable, TypeError)):
        store.record_outcome(bad)


def test_rows_and_migrations_describe_the_same_tables(store: OutcomeStore, database: Path, tmp_path: Path) -> None:
    from_rows = tmp_path / "rows.sqlite3"
    engine = create_engine(f"sqlite:///{from_rows}")
    SQLModel.metadata.create_all(
        engine,
        tables=[SQLModel.metadata.tables[t] for t in ("station_version", "decision", "outcome")],
    )
    engine.dispose()
    assert _shape(from_rows) == _shape(database)
    assert rows.STRICT == {"sqlite_strict": True}


def _shape(path: Path) -> dict[str, object]:
    with closing(sqlite3.connect(path)) as db:
        return {
            table: {
                "strict": db.execute("SELECT strict FROM pragma_table_list WHERE name = ?", (table,)).fetchone(),
                "columns": [
                    (name, kind, notnull, pk)
                    for _, name, kind, notnull, _, pk in db.execute(f"PRAGMA table_info({table})")
                ],
                "foreign": [row[2:5] for row in db.execute(f"PRAGMA foreign_key_list({table})")],
            }
            for table in ("station_version", "decision", "outcome")
        }


def test_a_newer_database_is_refused_and_left_alone(database: Path) -> None:
    OutcomeStore(database).close()
    with closing(sqlite3.connect(database)) as db:
        db.execute("INSERT INTO schema_migration VALUES ('outcomes', 99, 'later', 'then')")
        db.execute("INSERT INTO schema_migration VALUES ('queue', 300, 'not ours', 'then')")
        db.commit()
    with pytest.raises(DatabaseTooNew) as caught:
        OutcomeStore(database)
    assert (caught.value.found, caught.value.known, caught.value.exit_code) == (99, len(MIGRATIONS), 2)


def test_what_is_not_a_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite3"
    path.write_text("this is not a database, only a text of some length\n" * 40)
    with pytest.raises(DatabaseUnusable, match=r"x\.sqlite3: .*not a database"):
        OutcomeStore(path)
    with pytest.raises(DatabaseUnusable):
        OutcomeStore(path / "below a file" / "y.sqlite3")


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_store import decision, outcome
from router.outcomes.store import OutcomeStore
written = 0
with OutcomeStore(Path(sys.argv[1])) as store:
    for number in range(1, 9):
        store.record_decision(decision(job_id="shared"))
        written += store.record_outcome(outcome(job_id="shared", attempt=number))
        store.record_outcome(outcome(job_id=sys.argv[3], attempt=number, source="eval"))
print(written)
"""


@pytest.mark.timeout(60)  # three cold interpreters, perhaps on a busy machine
def test_processes_write_at_once_from_the_first_opening_on(database: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(database), str(Path(__file__).parent), f"own{number}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    written = [int(w.communicate(timeout=60)[0]) for w in writers]
    assert sum(written) == 8, "each shared attempt is won by exactly one writer"
    with OutcomeStore(database) as store:
        assert len(store.outcomes()) == 8 + 3 * 8
        assert len(store.last_decisions(9)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"attempt": 0}, "attempt"),
        ({"infrastructure": True}, "infrastructure"),
        ({"cost_usd": Decimal("NaN")}, "cost_usd"),
        ({"cost_usd": Decimal("-0.01")}, "cost_usd"),
        ({"seconds": float("nan")}, "seconds"),
        ({"at": datetime(2026, 1, 1)}, "at"),
    ],
)
def test_an_outcome_that_contradicts_itself_cannot_be_made(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        outcome(**changes)
    assert caught.value.field == field


def test_a_decision_that_json_cannot_hold_is_refused(store: OutcomeStore) -> None:
    with pytest.raises(InvalidRecord):
        store.record_decision(decision(candidates=({"p": float("nan")},)))
    with pytest.raises(InvalidRecord):
        decision(plan=())
    assert store.decision("j1") is None


def test_the_id_of_a_version_is_kept_with_its_parts(store: OutcomeStore) -> None:
    store.record_outcome(outcome(source="eval", station=replace(PLAIN, id="codergen/plain@from-an-older-release")))
    (kept,) = store.outcomes()
    assert kept.station.id == "codergen/plain@from-an-older-release"
    assert kept.station.parts["scaffolds"] == ["loop_warning", "review"]
    assert json.loads(json.dumps(kept.station.parts)) == kept.station.parts


@given(
    st.lists(
        st.datetimes(
            min_value=datetime(1971, 1, 1),
            max_value=datetime(2200, 1, 1),
            timezones=st.integers(-720, 720).map(lambda m: timezone(timedelta(minutes=m))),
        ),
        min_size=2,
    )
)
def test_text_order_of_times_is_time_order(times: list[datetime]) -> None:
    assert [instant(text) for text in sorted(map(instant_text, times))] == sorted(times)
