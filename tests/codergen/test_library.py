"""The programs of docs/library.md, taken out of it and run as they stand, against a twin."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from providers.scripted import Reply, call
from providers.twin.serving import serving

DOCUMENT = Path(__file__).parents[2] / "docs" / "library.md"
PROGRAMS = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL))

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def folder(tmp_path):
    for name, text in PROGRAMS.items():
        (tmp_path / name).write_text(text)
    work = tmp_path / "work"
    work.mkdir()
    (work / "notes.txt").write_text("one two three\n")
    return work


async def run(folder, program, *turns):
    """What it prints."""
    async with serving("anthropic", turns, folder=folder.parent) as twin:
        env = {
            "PATH": os.environ["PATH"], "HOME": str(folder.parent), "PYTHONPATH": os.pathsep.join(sys.path),
            "ANTHROPIC_API_KEY": "sk-placeholder", "ANTHROPIC_BASE_URL": twin.url,
        }  # fmt: skip
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-W", "error", str(folder.parent / program), str(folder), "do it"],
            env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def using(name, **arguments):
    return Reply(tool_calls=(call(name, json.dumps(arguments), id="toolu_1"),))


def results(folder):
    """What the model was told of its calls, by the journal."""
    lines = [json.loads(line) for line in folder.with_suffix(".jsonl").read_text().splitlines()]
    return [line["data"]["content"] for line in lines if line["kind"] == "tool.end"]


def test_there_are_three_programs_of_at_most_thirty_lines():
    assert list(PROGRAMS) == ["session.py", "tool.py", "sandbox.py"]
    lines = {name: sum(bool(line.strip()) for line in text.splitlines()) for name, text in PROGRAMS.items()}
    assert max(lines.values()) <= 30, lines


async def test_a_session(folder):
    out, err = await run(folder, "session.py", using("Bash", command="echo done > made.txt"), Reply(text="Made it."))
    assert (out, err) == ("Made it.\n", "")
    assert (folder / "made.txt").read_text() == "done\n"


async def test_a_tool_of_ones_own(folder):
    counts = [using("count_words", path="notes.txt"), using("count_words", path="nowhere")]
    out, _ = await run(folder, "tool.py", *counts, Reply(text="Three."))
    assert out == "Three.\n"
    assert results(folder) == ["3 words", "There is no file nowhere."]


async def test_a_sandbox_of_ones_own(folder):
    out, err = await run(folder, "sandbox.py", using("Bash", command="exit 3"), Reply(text="It failed."))
    assert (out, err) == ("It failed.\n", "")
    assert "exit 3" in folder.with_suffix(".log").read_text()
