"""The console commands as a user runs them: real processes, the default sandbox, small repositories."""

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest

from codergen.journal import read
from evals.demo import SHOWS, make
from router.testing import write_repository

pytestmark = pytest.mark.timeout(90)  # whole jobs, each several test runs in sandboxes of their own

CODERGEN = (sys.executable, "-I", "-m", "codergen")


@pytest.fixture
def codergen(tmp_path):
    """Runs a command with a home of its own; gives the finished process."""
    env = {**os.environ, "CODERGEN_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}

    def run(*arguments, cwd=tmp_path):
        return subprocess.run([*CODERGEN, *map(str, arguments)], cwd=cwd, env=env, capture_output=True, text=True)

    run.env, run.home = env, tmp_path / "home"
    return run


@pytest.fixture
def cart(tmp_path):
    """Packet of a job that `repair` can do."""
    return make(SHOWS[0], tmp_path / "demo")


def test_a_job_ends_in_one_document_with_evidence_that_shows_one_changed_byte(codergen, cart):
    done = codergen("run", "--packet", cart, "--station", "repair", "--output", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["terminal_state"], document["reason"]) == ("pr_ready", "verified")
    assert document["files"] == [{"path": "cart/pricing.py", "kind": "changed", "added": 1, "removed": 1}]
    assert all(check["status"] == "pass" for check in document["checks"])
    assert "reproduce at base" in done.stderr and "\x1b" not in done.stderr
    job = document["job_id"]
    assert codergen("evidence", "verify", job).returncode == 0
    patch = codergen.home / "jobs" / job / "evidence" / "diff.patch"
    patch.write_bytes(patch.read_bytes().replace(b">=", b"> ", 1))
    changed = codergen("evidence", "verify", job)
    assert (changed.returncode, "diff.patch" in changed.stdout) == (10, True)
    table = codergen("route", "show").stdout
    assert "repair" in table and "bugfix" in table


def test_a_bug_that_is_not_there_is_a_no_op(codergen, tmp_path):
    done = codergen("run", "--packet", make(SHOWS[2], tmp_path / "demo"), "-q")
    assert (done.returncode, done.stdout.split()[0]) == (0, "no_op/not_reproducible")


@pytest.mark.parametrize("moment", ["reproduce.start", "attempt.start"])
def test_a_job_killed_in_mid_work_goes_on(codergen, cart, moment):
    command = [*CODERGEN, "run", "--packet", str(cart), "--station", "repair", "-q"]
    process = subprocess.Popen(command, env=codergen.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ends = time.monotonic() + 60
    journals = []
    while time.monotonic() < ends and process.poll() is None:
        journals = list((codergen.home / "jobs").glob("*/journal.jsonl"))
        if journals and f'"kind":"{moment}"' in journals[0].read_text():
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert moment in [line.kind for line in read(journals[0]).lines]
    done = codergen("run", "--resume", journals[0].parent.name, "--output", "json")
    assert json.loads(done.stdout)["terminal_state"] == "pr_ready", done.stderr
    assert codergen("evidence", "verify", journals[0].parent.name).returncode == 0


def test_a_job_whose_output_is_not_read_to_its_end_stops_and_can_go_on(codergen, cart):
    command = shlex.join([*CODERGEN, "run", "--packet", str(cart), "--station", "repair", "--output", "jsonl", "-q"])
    pipeline = f"set -o pipefail; {command} | head -1"
    done = subprocess.run(["bash", "-c", pipeline], env=codergen.env, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("\n")) == (141, 1)
    (journal,) = (codergen.home / "jobs").glob("*/journal.jsonl")
    assert f"go on with: codergen run --resume {journal.parent.name}" in done.stderr and "Traceback" not in done.stderr
    assert read(journal).lines[-1].kind == "job.interrupted"
    again = codergen("run", "--resume", journal.parent.name, "--output", "json", "-q")
    assert json.loads(again.stdout)["terminal_state"] == "pr_ready", again.stderr


def test_a_job_says_what_it_is_before_its_database_is_opened(codergen, cart):
    codergen.home.mkdir()
    database = codergen.home / "codergen.sqlite3"
    database.write_text("no database " * 100)
    done = codergen("run", "--packet", cart, "--station", "repair", "--output", "jsonl")
    first = json.loads(done.stdout.splitlines()[0])
    assert (done.returncode, first["type"]) == (1, "job.accepted")
    assert first["data"]["repository"] == str(cart.parent / "cart")
    lines = done.stderr.splitlines()
    assert f"job {first['data']['id']}  bugfix: " in lines[0]
    assert any(line.startswith(f"codergen: {database}") for line in lines[3:]), lines


@pytest.fixture
def begun(codergen, cart):
    """Folder of a job that was begun with `--station repair --sandbox host` and not finished."""
    options = ["--station", "repair", "--sandbox", "host", "--output", "jsonl", "-q"]
    command = shlex.join([*CODERGEN, "run", "--packet", str(cart), *options])
    subprocess.run(["bash", "-c", f"{command} | head -1"], env=codergen.env, capture_output=True)
    return next((codergen.home / "jobs").glob("*"))


def test_a_resumed_job_goes_on_as_it_began_and_refuses_what_contradicts(codergen, begun):
    refused = codergen("run", "--resume", begun.name, "--sandbox", "bubblewrap")
    assert (refused.returncode, "began with --sandbox host" in refused.stderr) == (2, True), refused.stderr
    done = codergen("run", "--resume", begun.name, "--station", "repair", "--output", "json")
    document = json.loads(done.stdout)
    assert [row["station"] for row in document["route"]["stations"]] == ["repair"], done.stderr
    lines = read(begun / "journal.jsonl").lines
    (attempt,) = [line.data["value"] for line in lines if line.data.get("name") == "attempt.1"]
    assert attempt["sandbox"]["backend"] == "host"


def test_a_command_that_nobody_reads_ends_as_sigpipe_would_end_it(codergen):
    pipeline = f"set -o pipefail; {{ sleep 1; {shlex.join(CODERGEN)} help; }} | true"
    done = subprocess.run(["bash", "-c", pipeline], env=codergen.env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (141, "")


def test_verify_judges_what_is_in_the_work_tree(codergen, cart):
    repository = cart.parent / "cart"
    source = repository / "cart" / "pricing.py"
    assert codergen("verify", "--repo", repository).returncode == 2
    source.write_text(source.read_text().replace("> BULK_FROM", ">= BULK_FROM"))
    good = codergen("verify", "--output", "json", "-q", cwd=repository)
    assert (good.returncode, json.loads(good.stdout)["decision"]) == (0, "accepted"), good.stderr
    test = repository / "tests" / "test_pricing.py"
    test.write_text(test.read_text().replace("1080", "1081").replace("120, 9", "120.1, 9"))
    touched = codergen("verify", cwd=repository)
    assert touched.returncode == 10
    assert "protected path touched" in touched.stdout


FAULTS = [
    ([], 2, "one of INTENT"),
    (["x y z", "--station", "repair"], 2, "--check"),
    (["--packet", "nowhere.toml"], 2, "nowhere.toml"),
    (["--resume", "nope"], 2, "no job with id"),
    (["x y z", "--check", "pytest", "--repo", "/"], 2, "not a git repository"),
    (["x y z", "--check", "pytest", "--station", "gpt"], 2, "one of: repair"),
    (["x y z", "--check", "pytest", "--sandbox", "moon"], 2, "bubblewrap"),
    (["x y z", "--check", "pytest", "--class", "Not A Slug"], 2, "class"),
]


@pytest.mark.parametrize(("arguments", "code", "says"), FAULTS)
def test_a_mistake_is_named_with_the_way_out_and_still_gives_one_document(codergen, arguments, code, says):
    repository = codergen.home.parent / "repository"
    repository.mkdir()
    asyncio.run(write_repository(repository, {"a.py": ""}))
    done = codergen("run", *arguments, "--output", "json", cwd=repository)
    assert done.returncode == code
    assert says in done.stderr and "Traceback" not in done.stderr
    document = json.loads(done.stdout)
    assert (document["exit_code"], document["status"]) == (code, "failed")
