"""One headless turn from the command line: what is refused, and what is said of its end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codergen.cli.main import run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODERGEN_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize(
    "words", [("--max-turns", "0"), ("--max-turns", "-3"), ("--timeout", "0"), ("--timeout", "nan")]
)
def test_limits_that_leave_no_room_are_refused(
    home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str]
) -> None:
    assert run(["run", "hi", *words, "--repo", str(home)]) == 2
    assert "leaves no room for a turn" in capsys.readouterr().err


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_fault(home: Path, closed: str) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHON": sys.executable}
    line = f'"$PYTHON" -m codergen version {closed}'
    done = subprocess.run(["bash", "-c", line], env=env, cwd=home, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
