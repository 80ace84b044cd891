from lineedit import Editor


def test_typing_is_undone():
    editor = Editor("ab")
    editor.type("c")
    editor.undo()
    assert editor.text == "ab"


def test_delete_is_undone():
    editor = Editor("abc")
    editor.backspace()
    editor.undo()
    assert editor.text == "abc"


def test_typing_over_a_selection_is_undone():
    editor = Editor("good day")
    editor.select(0, 4)
    editor.type("fine")
    assert editor.text == "fine day"
    editor.undo()
    assert editor.text == "good day"


def test_redo():
    editor = Editor()
    editor.type("x")
    editor.undo()
    editor.redo()
    assert editor.text == "x"


def test_replace_all():
    editor = Editor("a-b-c")
    assert editor.replace_all("-", "+") == 2
    assert editor.text == "a+b+c"
