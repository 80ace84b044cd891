"""A few kills of those that `python -m evals.accept.journal_crash` does by the hundred, in a process of their own."""

import subprocess
import sys

import pytest


@pytest.mark.timeout(60)
def test_killed_sessions_go_on() -> None:
    command = [sys.executable, "-m", "evals.accept.journal_crash", "--kills", "6", "--cuts", "3", "--seed", "7"]
    done = subprocess.run([*command, "--every", "211"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "resumed 6 of 6; most events lost that somebody had seen: 0" in done.stdout
