import io
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path.cwd() / "src"))

from todolist import main  # noqa: E402
from todolist.model import Task  # noqa: E402
from todolist.query import select  # noqa: E402


@pytest.fixture
def run(tmp_path):
    def call(*argv):
        out = io.StringIO()
        assert main(["--file", str(tmp_path / "list.json"), *argv], out) == 0
        return out.getvalue().splitlines()

    return call


def numbers(lines):
    return [int(line.split()[0]) for line in lines]


def test_filters_on_open_tasks(run):
    for words in (["call", "Ana", "#work"], ["call", "Bo", "#home"], ["write", "report", "#work"], ["Call", "Cy", "#work"]):
        run("add", *words)
    run("done", "4")
    assert numbers(run("list", "--tag", "work")) == [1, 3]
    assert numbers(run("list", "--contains", "CALL")) == [1, 2]
    assert numbers(run("list", "--tag", "work", "--contains", "call", "--all")) == [1, 4]


def test_nothing_open(run):
    run("add", "x")
    run("done", "1")
    assert run("list") == []
    assert run("purge") == ["1 removed"]
    assert run("list", "--all") == []


def test_everything_open_in_order(run):
    run("add", "a", "--priority", "low")
    run("add", "b")
    run("add", "c", "--priority", "high")
    assert numbers(run("list")) == [3, 2, 1]
    assert run("list") == run("list", "--all")


def test_select():
    tasks = [Task(1, "a", done=True), Task(2, "b"), Task(3, "c", done=True), Task(4, "d", "high")]
    assert [t.number for t in select(tasks)] == [4, 2]
    assert [t.number for t in select(tasks, show_all=True)] == [4, 2, 1, 3]
