import io

import pytest

from todolist import main


@pytest.fixture
def todo(tmp_path):
    def run(*argv):
        out = io.StringIO()
        code = main(["--file", str(tmp_path / "t.json"), *argv], out)
        return code, out.getvalue().splitlines()

    return run


def test_add_and_finish(todo):
    assert todo("add", "buy", "milk", "#shop") == (0, ["  1 [ ]  buy milk #shop"])
    assert todo("done", "1") == (0, ["  1 [x]  buy milk #shop"])


def test_list_shows_open_tasks(todo):
    todo("add", "one")
    todo("add", "two")
    todo("done", "1")
    assert todo("list")[1] == ["  2 [ ]  two"]


def test_list_all(todo):
    todo("add", "one")
    todo("done", "1")
    todo("add", "two", "--priority", "high")
    assert todo("list", "--all")[1] == ["  2 [ ]! two", "  1 [x]  one"]


def test_unknown(todo):
    assert todo("done", "7") == (1, ["todo: no task 7"])


def test_progress(todo):
    todo("add", "one")
    assert todo("progress")[1] == ["0/1 done (0%)"]
