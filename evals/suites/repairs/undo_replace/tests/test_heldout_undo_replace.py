import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path.cwd() / "src"))

from lineedit import Buffer, Editor, History, Insert, Replace  # noqa: E402


@pytest.mark.parametrize(("start", "end", "new"), [(0, 5, "x"), (6, 11, "much longer"), (3, 3, "in"), (0, 11, ""), (9, 2, "ab")])
def test_undo_and_redo_twice(start, end, new):
    editor = Editor("hello world")
    editor.select(start, end)
    editor.type(new)
    changed = editor.text
    for _ in range(2):
        editor.undo()
        assert editor.text == "hello world"
        editor.redo()
        assert editor.text == changed


@pytest.mark.parametrize(("old", "new"), [("an", "-"), ("a", "aa"), ("n", ""), ("banana", "kiwi")])
def test_replace_all_is_one_step(old, new):
    editor = Editor("banana and banana")
    editor.replace_all(old, new)
    assert editor.text == "banana and banana".replace(old, new)
    editor.undo()
    assert editor.text == "banana and banana"
    editor.redo()
    assert editor.text == "banana and banana".replace(old, new)


def test_mixed_history():
    editor = Editor("one")
    editor.type(" two")
    editor.select(0, 3)
    editor.type("1")
    editor.select(1, 5)
    editor.backspace()
    texts = [editor.text]
    for _ in range(3):
        editor.undo()
        texts.append(editor.text)
    assert texts == ["1", "1 two", "one two", "one"]


def test_a_command_alone():
    buffer = Buffer("abcdef")
    command = Replace(2, 2, "XYZ")
    for _ in range(3):
        command.apply(buffer)
        assert str(buffer) == "abXYZef"
        command.undo(buffer)
        assert str(buffer) == "abcdef"


def test_history_alone():
    history = History(Buffer("ab"))
    history.run(Insert(2, "c"))
    history.run(Replace(1, 2, "?"))
    history.undo()
    history.undo()
    assert str(history.buffer) == "ab"
    history.redo()
    history.redo()
    assert str(history.buffer) == "a?"
