"""Every way to fail ends with words on standard error and, where JSON was asked for, exactly one document."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from codergen.cli.failure import explain
from codergen.cli.main import run
from codergen.cli.signals import Stopped, run_until_stopped
from codergen.settings import load

BAD = [
    (("run", "--output", "json", "--bogus"), "unrecognized arguments: --bogus"),
    (("run", "--output=json", "words", "--timeout", "soon"), "invalid float value: 'soon'"),
    (("verify", "--output", "json", "--repo", "nowhere"), "no such folder: nowhere"),
    (("evidence", "show", "--json", "nothing"), "no job with id 'nothing'"),
    (("run", "--output", "json", "--resume", ""), "no job with id ''"),
    (("run", "--output", "json", "fix it", "--check", "true", "--repo", "nowhere"), "no such folder: "),
    (("run", "--output", "json", "fix it", "--check", "true", "--repo", "."), "not a git repository: "),
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CODERGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


@pytest.mark.parametrize(("words", "told"), BAD)
def test_what_cannot_be_done_gives_one_document_and_says_why(words, told, capsys):
    assert run(words) == 2
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert (document["status"], document["exit_code"]) == ("failed", 2)
    assert told in document["error"]
    assert err.startswith("codergen: ")
    assert "Traceback" not in err


def test_without_json_nothing_is_on_standard_output(capsys):
    assert run(("run", "--bogus")) == 2
    assert capsys.readouterr().out == ""


def test_the_document_of_a_failed_job_in_jsonl_is_marked_as_the_result(capsys):
    assert run(("run", "--output", "jsonl", "fix it", "--check", "true", "--repo", "nowhere")) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["type"] == "result"


def test_a_home_that_cannot_be_used_is_named_with_the_way_out(tmp_path):
    settings = load({"CODERGEN_HOME": str(tmp_path)})
    code, words = explain(PermissionError(30, "Read-only file system", str(tmp_path / "jobs")), settings)
    assert (code, words.splitlines()[0]) == (2, f"{tmp_path / 'jobs'}: Read-only file system")
    assert "CODERGEN_HOME" in words


def test_a_fault_of_ours_is_one_sentence(tmp_path):
    code, words = explain(KeyError("x"), load({"CODERGEN_HOME": str(tmp_path)}))
    assert code == 1
    assert words.startswith("internal fault: KeyError: 'x'")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_work_and_gives_its_own_exit_code(number, code):
    ended: list[str] = []

    async def work() -> None:
        os.kill(os.getpid(), number)
        try:
            await asyncio.sleep(10)
        finally:
            ended.append("in order")

    with pytest.raises(Stopped) as stopped:
        run_until_stopped(work())
    assert (stopped.value.exit_code, ended) == (code, ["in order"])


def test_a_home_under_a_plain_file_ends_without_a_traceback(tmp_path):
    (tmp_path / "file").touch()
    subprocess.run(["git", "init", "-q", "repo"], cwd=tmp_path, check=True)
    done = subprocess.run(
        [sys.executable, "-m", "codergen", "run", "fix it", "--check", "true", "--repo", "repo", "--output", "json"],
        env={**os.environ, "CODERGEN_HOME": str(tmp_path / "file" / "home"), "PYTHONPATH": str(Path.cwd())},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "CODERGEN_HOME=DIR" in json.loads(done.stdout)["error"]
