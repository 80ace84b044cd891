"""The line with stations that do as they are told: what happens to their work is what is looked at."""

import difflib
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from codergen.errors import SandboxError
from codergen.events import ignore
from codergen.journal import read
from codergen.sandbox.base import ExecRequest
from codergen.sandbox.host import HostSandbox
from router.errors import JobError
from router.line.evidence_folder import verify_folder
from router.line.job import EVIDENCE, Line, new_job
from router.line.run import run_job
from router.outcomes.query import OutcomeQuery
from router.outcomes.store import OutcomeStore
from router.packet_file import parse_packet
from router.station import StationFault, StationReport, Uncertainty
from router.testing import ScriptedStation, write_repository

SHOP = """\
LIMIT = 10


def price(n, cents):
    total = n * cents
    if n > LIMIT:
        return total * 85 // 100
    return total
"""
TESTS = """\
from shop import price


def test_few():
    assert price(2, 100) == 200


def test_ten():
    assert price(10, 100) == 850
"""
FILES = {"shop.py": SHOP, "tests/test_shop.py": TESTS}
HELD_OUT = "from shop import price\n\n\ndef test_ten_of_another():\n    assert price(10, 200) == 1700\n"
CLAIM = StationReport(claimed="pr_ready", summary="done, trust me", cost_usd=Decimal("0.01"))


pytestmark = pytest.mark.timeout(60)  # some of these are several whole jobs


@pytest.fixture
async def bench(tmp_path, environment):
    """Runs jobs: `await bench(stations, **packet fields)` gives (result, line)."""
    repository = tmp_path / "repo"
    repository.mkdir()
    await write_repository(repository, FILES)
    scenario = tmp_path / "held-out"
    scenario.mkdir()
    (scenario / "test_held_out.py").write_text(HELD_OUT)
    store = OutcomeStore(tmp_path / "db.sqlite3")

    def make(stations, job=None, **fields):
        data = {
            "intent": "ten pieces get no discount",
            "repository": {"path": str(repository)},
            "validation": {
                "checks": [{"command": fields.pop("check", "python -m pytest -q tests")}],
                "scenarios": [str(scenario)] if fields.pop("scenario", True) else [],
            },
            **fields,
        }
        packet = parse_packet(data, source="test", folder=tmp_path)
        line = Line(
            sandbox_kind="host",
            sandbox_factory=HostSandbox,
            environment=environment,
            stations=tuple(stations),
            store=store,
            work=tmp_path / "work",
            pinned=True,
        )
        return job or new_job(tmp_path / "jobs", packet), packet, line

    async def run(stations, show=ignore, **fields):
        job, packet, line = make(stations, **fields)
        return await run_job(job, packet, line, show)

    run.make, run.store = make, store
    yield run
    store.close()


def writes(path, text, report=CLAIM, name="writer"):
    async def act(assignment, sandbox):
        await sandbox.write_file(path, text.encode())
        return report

    return ScriptedStation(act=act, name=name)


RIGHT = FILES["shop.py"].replace("n > LIMIT", "n >= LIMIT")
HARD_CODED = FILES["shop.py"].replace("    total =", "    if (n, cents) == (10, 100):\n        return 850\n    total =")


TOO_NARROW = RIGHT.replace("return total * 85 // 100", "return 1000 - 150")


async def test_a_right_change_is_pr_ready_with_evidence_and_an_outcome(bench):
    result = await bench([writes("shop.py", RIGHT)])
    assert (str(result.terminal), result.terminal.exit_code) == ("pr_ready/verified", 0)
    assert "+    if n >= LIMIT:" in result.patch.text
    (written,) = [entry for entry in read(result.job.journal).lines if entry.kind == EVIDENCE]
    assert verify_folder(result.job.evidence, body_sha256=written.data["body_sha256"]) == []
    assert "trust me" not in (result.job.evidence / "summary.md").read_text().split("claims")[0]
    (outcome,) = bench.store.outcomes(OutcomeQuery(job_id=result.job.id))
    assert (outcome.passed, outcome.explicit, outcome.terminal_state) == (True, True, "pr_ready")
    assert outcome.cost_usd == Decimal("0.01")
    assert bench.store.decision(result.job.id).plan == (result.attempts[0].version.id,)


async def test_a_claim_decides_nothing(bench):
    result = await bench([writes("notes.txt", "I fixed it", name="liar")])
    assert str(result.terminal) == "escalate/attempts_rejected"
    (outcome,) = bench.store.outcomes(OutcomeQuery(job_id=result.job.id))
    assert (outcome.passed, outcome.infrastructure) == (False, False)


async def test_a_change_that_fits_only_the_public_check_fails_the_held_out_one(bench):
    station = writes("shop.py", HARD_CODED)
    second = writes("shop.py", RIGHT, name="second")
    result = await bench([station, second])
    assert str(result.terminal) == "pr_ready/verified"
    assert [a.verdict.decision for a in result.attempts] == ["rejected", "accepted"]
    (feedback,) = second.assignments[0].feedback
    assert "held-out" in feedback
    assert "1700" not in feedback and "test_ten_of_another" not in feedback and "test_held_out" not in feedback


async def test_what_only_the_held_out_check_rejects_may_be_tried_once_more_in_another_way(bench):
    async def act(assignment, sandbox):
        await sandbox.write_file("shop.py", (RIGHT if assignment.rejected else TOO_NARROW).encode())
        return CLAIM

    station = ScriptedStation(act=act, scaffolds=("avoid_rejected",))
    result = await bench([station, writes("shop.py", SHOP + "\n# tried\n", name="other")])
    assert str(result.terminal) == "pr_ready/verified"
    assert [a.version.station for a in result.attempts] == ["scripted", "other", "scripted"]
    assert "1000 - 150" in station.assignments[1].rejected[0]
    stubborn = writes("shop.py", TOO_NARROW)
    result = await bench([stubborn])
    assert (str(result.terminal), len(stubborn.assignments)) == ("escalate/attempts_rejected", 1)


async def test_no_assignment_and_no_workspace_holds_the_scenario(bench):
    seen = []

    async def look(assignment, sandbox):
        listing = await sandbox.exec(ExecRequest(argv=("/bin/ls", "-aR", ".")))
        seen.append(listing.stdout.decode() + repr(assignment))
        return CLAIM

    await bench([ScriptedStation(act=look)])
    assert "test_shop.py" in seen[0]
    assert "held" not in seen[0] and ".git" not in seen[0].split("Assignment")[0].splitlines()


async def test_a_check_that_passes_calls_no_station(bench):
    station = writes("shop.py", RIGHT)
    result = await bench([station], check="python -m pytest -q tests/test_shop.py::test_few")
    assert str(result.terminal) == "no_op/not_reproducible"
    assert station.assignments == []
    assert verify_folder(result.job.evidence) == []


async def test_check_true_never_yields_pr_ready(bench):
    for accept in (False, True):
        station = writes("shop.py", RIGHT)
        validation = {"checks": [{"command": "true"}], "accept_exit_code": accept}
        result = await bench([station], validation=validation)
        assert result.terminal.state != "pr_ready"
        assert station.assignments == []


async def test_an_exit_code_that_the_packet_accepts_is_marked(bench):
    check = "python -c 'import shop; assert shop.price(10, 100) == 850'"
    validation = {"checks": [{"command": check}], "accept_exit_code": True}
    result = await bench([writes("shop.py", RIGHT)], validation=validation)
    assert str(result.terminal) == "pr_ready/verified"
    assert "exit code alone" in result.terminal.why
    (outcome,) = bench.store.outcomes(OutcomeQuery(job_id=result.job.id))
    assert outcome.explicit is False


@pytest.mark.parametrize(("scenario", "ending"), [(False, "escalate/weak_evidence"), (True, "pr_ready/verified")])
async def test_a_feature_that_nothing_shows_is_weak_evidence(bench, scenario, ending):
    check = "python -m pytest -q tests/test_shop.py::test_few"
    result = await bench([writes("shop.py", RIGHT)], check=check, scenario=scenario, **{"class": "feature"})
    assert str(result.terminal) == ending


async def test_an_edited_test_is_a_protected_path(bench):
    text = FILES["tests/test_shop.py"].replace("850", "1000")
    result = await bench([writes("tests/test_shop.py", text)])
    assert str(result.terminal) == "escalate/protected_path"


async def test_a_change_outside_the_scope_is_rejected(bench):
    result = await bench([writes("shop.py", RIGHT)], scope=["other/**"])
    assert str(result.terminal) == "escalate/attempts_rejected"
    assert "scope" in result.terminal.why


async def test_a_fault_is_never_counted_against_a_station(bench):
    async def act(assignment, sandbox):
        raise StationFault("provider", "overloaded")

    result = await bench([ScriptedStation(act=act)])
    assert (str(result.terminal), result.terminal.exit_code) == ("retryable_failure/provider", 7)
    (outcome,) = bench.store.outcomes(OutcomeQuery(job_id=result.job.id))
    assert (outcome.infrastructure, outcome.passed) == (True, False)


async def test_after_a_fault_the_next_station_tries(bench):
    async def act(assignment, sandbox):
        raise SandboxError("gone")

    result = await bench([ScriptedStation(act=act, name="broken"), writes("shop.py", RIGHT)])
    assert [a.fault.reason if a.fault else None for a in result.attempts] == ["sandbox", None]
    assert str(result.terminal) == "pr_ready/verified"


UNSURE = StationReport(
    claimed="escalate",
    reason="product_decision",
    uncertainty=Uncertainty(question="What should price(10, 1) give?", answers=("8", "9"), candidates=("a", "b")),
)


async def test_different_plausible_patches_ask_only_when_nothing_else_is_accepted(bench):
    async def unsure(assignment, sandbox):
        return UNSURE

    result = await bench([ScriptedStation(act=unsure, name="repair"), writes("shop.py", RIGHT)])
    assert str(result.terminal) == "pr_ready/verified"
    result = await bench([ScriptedStation(act=unsure, name="repair"), writes("shop.py", HARD_CODED)])
    assert (str(result.terminal), result.terminal.question) == (
        "escalate/product_decision",
        "What should price(10, 1) give?",
    )
    assert result.patch is not None


def diff(before, after):
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), "a/shop.py", "b/shop.py")
    return "".join(lines)


def torn_between(*texts):
    candidates = tuple(diff(SHOP, text) for text in texts)
    return replace(UNSURE, uncertainty=replace(UNSURE.uncertainty, candidates=candidates))


async def test_the_held_out_scenario_answers_a_question_that_only_one_candidate_fits(bench):
    async def unsure(assignment, sandbox):
        return torn_between(HARD_CODED, RIGHT)

    result = await bench([ScriptedStation(act=unsure, name="repair")])
    assert str(result.terminal) == "pr_ready/verified"
    assert "n >= LIMIT" in result.patch.text
    rows = bench.store.outcomes(OutcomeQuery(job_id=result.job.id))
    assert [(row.attempt, row.passed) for row in rows] == [(1, False), (2, True)]
    result = await bench([ScriptedStation(act=unsure, name="repair")], scenario=False)
    assert str(result.terminal) == "escalate/product_decision"


async def test_two_candidates_that_both_fit_are_a_question_for_a_person(bench):
    async def unsure(assignment, sandbox):
        return torn_between(RIGHT, RIGHT.replace("n >= LIMIT", "n > LIMIT - 1"))

    result = await bench([ScriptedStation(act=unsure, name="repair")])
    assert str(result.terminal) == "escalate/product_decision"


async def test_a_candidate_that_only_its_look_makes_weak_leaves_the_question_open(bench):
    """It satisfies what was held out as well as the accepted one does, so the scenario has not told them apart."""
    looks_odd = RIGHT + "\n\ndef spare():\n    return eval('1')\n"

    async def unsure(assignment, sandbox):
        return torn_between(looks_odd, RIGHT)

    result = await bench([ScriptedStation(act=unsure, name="repair")])
    assert str(result.terminal) == "escalate/product_decision"


async def test_a_station_that_takes_too_long_is_ended_and_its_diff_still_judged(bench):
    async def slow(assignment, sandbox):
        await sandbox.write_file("shop.py", RIGHT.encode())
        await sandbox.exec(ExecRequest(argv=("/bin/sleep", "60")))
        return CLAIM

    result = await bench([ScriptedStation(act=slow)], limits={"attempt_seconds": 1.5})
    assert result.attempts[0].ended == "out_of_time"
    assert str(result.terminal) == "pr_ready/verified"


async def test_without_a_station_a_person_is_asked(bench):
    result = await bench([])
    assert (str(result.terminal), result.terminal.exit_code) == ("escalate/access", 4)
    assert result.terminal.question


async def test_evidence_that_a_packet_requires_is_there_or_it_is_no_pr_ready(bench):
    result = await bench([writes("shop.py", RIGHT)], evidence_required=["summary", "diff", "transcript"])
    assert str(result.terminal) == "pr_ready/verified"
    manifest = json.loads((result.job.evidence / "manifest.json").read_text())
    assert {"summary.md", "diff.patch", "transcript.jsonl"} <= {entry["path"] for entry in manifest["files"]}


class Stop(Exception):
    pass


async def test_a_killed_job_goes_on_and_does_nothing_twice(bench):
    station = writes("shop.py", HARD_CODED, name="first")
    second = writes("shop.py", RIGHT, name="second")

    def stop_at_second(event):
        if event.kind == "attempt.start" and event.data["number"] == 2:
            raise Stop

    job, packet, line = bench.make([station, second])
    with pytest.raises(Stop):
        await run_job(job, packet, line, stop_at_second)
    kinds = [entry.kind for entry in read(job.journal).lines]
    assert kinds[-1] == "job.interrupted"
    result = await run_job(job, packet, line, ignore)
    assert str(result.terminal) == "pr_ready/verified"
    assert (len(station.assignments), len(second.assignments)) == (1, 1)
    assert len(bench.store.outcomes(OutcomeQuery(job_id=job.id))) == 2
    assert verify_folder(job.evidence) == []


async def test_a_job_does_not_go_on_with_another_packet(bench):
    job, packet, line = bench.make([writes("shop.py", RIGHT)])
    await run_job(job, packet, line, ignore)
    other = packet.model_copy(update={"scope": ("other/**",)})
    with pytest.raises(JobError, match="not the packet"):
        await run_job(job, other, line, ignore)


async def test_every_event_is_in_the_journal_before_it_is_shown(bench):
    job, packet, line = bench.make([writes("shop.py", RIGHT)])
    late = []

    def show(event):
        if event.kind != "step.replayed" and event.kind not in job.journal.read_text():
            late.append(event.kind)

    await run_job(job, packet, line, show)
    assert late == []
    assert not line.work.exists() or list(line.work.iterdir()) == []
