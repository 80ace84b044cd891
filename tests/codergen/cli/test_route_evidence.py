"""`route show` and `evidence show|verify` as people call them: exit codes, text within 80 columns, JSON."""

import argparse
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from codergen.cli import evidence, route
from codergen.settings import Settings, load
from router.errors import JobError
from router.line.evidence import EvidenceItems, StopRecord
from router.line.evidence_folder import NotEvidence, write_folder
from router.outcomes.store import OutcomeStore
from router.outcomes.values import Decision, Outcome, StationRef

AT = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
LONG = StationRef(id="codergen/a-very-long-profile-name@0123456789ab", station="codergen/a-very-long-profile-name")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"CODERGEN_HOME": str(tmp_path / "home")})


def call(settings: Settings, *words: str) -> int:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    route.add_parser(commands)
    evidence.add_parser(commands)
    args = parser.parse_args(words)
    return args.handler(args, settings)


def outcome(job: str, attempt: int, **changes: object) -> Outcome:
    base = Outcome(
        task_id=job, job_id=job, attempt=attempt, task_class="bugfix", language="python",
        station=StationRef(id="repair@aaaabbbbcccc", station="repair"), passed=True, explicit=True,
        terminal_state="pr_ready", reason="verified", cost_usd=Decimal("0.5"), seconds=2.0, usage=None,
        verifier="line@1", source="job", infrastructure=False, at=AT,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.fixture
def recorded(settings: Settings) -> Settings:
    with OutcomeStore(settings.database) as store:
        for job, task_class in (("j1", "bugfix"), ("j2", "docs")):
            store.record_decision(
                Decision(
                    job_id=job, task_class=task_class, language="python", plan=("repair@aaaabbbbcccc", LONG.id),
                    candidates=({"station": "repair", "p": 0.4},), reason="the cheaper first \x1b[31m" + "why " * 30,
                    seed=1, policy_version="fixed-1", at=AT,
                )
            )  # fmt: skip
        store.record_outcome(outcome("j1", 1))
        store.record_outcome(outcome("j1", 2, passed=False, terminal_state="escalate", cost_usd=None, explicit=False))
        failed: dict[str, object] = {"passed": False, "terminal_state": "retryable_failure", "infrastructure": True}
        store.record_outcome(outcome("j1", 3, **failed))
        outage = StationRef(id="codergen/plain@000000000000", station="codergen/plain")
        store.record_outcome(outcome("j1", 4, station=outage, **failed))
        store.record_outcome(outcome("j1", 5, station=StationRef(id="repair@ddddeeeeffff", station="repair")))
        store.record_outcome(outcome("j2", 1, station=LONG, task_class="docs", cost_usd=None))
    return settings


def test_route_show_tells_evidence_from_outages_and_unknowns(
    recorded: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(recorded, "route", "show") == 0
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "\x1b" not in text
    tables = text[: text.index("last decisions")].splitlines()
    assert [line.split() for line in tables if "@" in line] == [
        ["codergen/plain@0000000", "0", "0", "-", "-", "unknown", "1"],
        ["repair@aaaabbb", "2", "1*", "0.09-0.91", "2.0", "s", "$0.5+", "1"],
        ["repair@ddddeee", "1", "1", "0.21-1.00", "2.0", "s", "$0.5", "0"],
        ["codergen/a-very-l…@0123456", "1", "1", "0.21-1.00", "2.0", "s", "unknown", "0"],
    ]
    assert "bugfix (python)" in tables
    assert "* some of these attempts were judged by an exit code only" in tables
    assert "  j2  docs: repair@aaaabbb -> codergen/a-very-l…@0123456\n    the cheaper first" in text
    assert text.index("  j2  docs") < text.index("  j1  bugfix")


def test_route_show_json_is_exact_and_filters_by_class(recorded: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(recorded, "route", "show", "--json", "--class", "docs") == 0
    document = json.loads(capsys.readouterr().out)
    (station,) = document["stations"]
    assert (station["version"], station["cost_usd"], station["attempts"]) == (LONG.id, None, 1)
    assert station["interval95"] == [pytest.approx(0.2065, abs=1e-4), 1.0]
    assert [d["job_id"] for d in document["decisions"]] == ["j2"]
    assert document["decisions"][0]["candidates"] == [{"station": "repair", "p": 0.4}]


def test_route_show_without_outcomes_says_so(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(settings, "route", "show") == 0
    assert "no outcomes yet" in capsys.readouterr().out


@pytest.fixture
def job(settings: Settings) -> Path:
    stop = StopRecord(terminal_state="no_op", reason="not_reproducible", why="The check passed twice at base.")
    packet = {"intent": "fix mean()", "task_class": "bugfix"}
    folder = settings.jobs / "j1" / "evidence"
    write_folder(EvidenceItems(job_id="j1", started=AT, ended=AT, packet=packet, stop=stop), folder)
    return folder


def test_a_good_folder_is_found_by_path_and_by_job(
    settings: Settings, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for where in (str(job), "j1"):
        assert call(settings, "evidence", "verify", where) == 0
        assert capsys.readouterr().out == f"intact: {job}\n"
    assert call(settings, "evidence", "show", "j1") == 0
    assert capsys.readouterr().out == (job / "summary.md").read_text()
    assert call(settings, "evidence", "show", "j1", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["intact"], document["stop"]["reason"]) == (True, "not_reproducible")


def test_one_changed_byte_is_exit_10_and_named(
    settings: Settings, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (job / "summary.md").read_bytes()
    (job / "summary.md").write_bytes(content.replace(b"fix", b"\x1bix", 1))
    assert call(settings, "evidence", "verify", "j1") == 10
    assert capsys.readouterr().out.startswith("summary.md: changed: same size, other content\n")
    assert call(settings, "evidence", "verify", "j1", "--json") == 10
    assert json.loads(capsys.readouterr().out)["problems"] == [
        {"path": "summary.md", "what": "changed: same size, other content"}
    ]
    assert call(settings, "evidence", "show", "j1") == 10
    shown = capsys.readouterr()
    assert "evidence was changed: summary.md" in shown.err
    assert "\x1b" not in shown.out
    (job / "summary.md").unlink()
    assert call(settings, "evidence", "show", "j1") == 10


@pytest.mark.parametrize("where", ["j2", "..", "", "../j1", "/"])
def test_what_is_no_evidence_folder_is_exit_2(settings: Settings, job: Path, where: str) -> None:
    for verb in ("show", "verify"):
        with pytest.raises((NotEvidence, JobError)) as caught:
            call(settings, "evidence", verb, where)
        assert caught.value.exit_code == 2
