"""Functions cut out of files and put back byte for byte."""

import ast
import textwrap
from importlib.resources import files

import pytest

from codergen.profiles.plain_grammar import function_grammar, literal
from codergen.profiles.python_context import surroundings
from codergen.profiles.python_functions import Function, NotAFunction, function_at, parse, rewritten, unique_edit, walk

FILE = '''"""Module."""
import math
import os

LIMIT = 3
OTHER = 4


def area(r):
    """Area of a circle.

    In square metres.
    """
    # careful
    return math.pi * r ** LIMIT


class Box:
    size: int = 0

    def __init__(self, items):
        self.items = list(items)

    @property
    def first(self):
        return self.items[1]

    async def load(
        self, path: str, *, mode: str = "r",
    ) -> dict[str, int]:  # slow
        """Read."""
        return {path: area(self.items[0])}

    def twice(self): return self.first * 3
'''


def at(text: str) -> Function:
    line = FILE[: FILE.index(text)].count("\n") + 1
    return function_at("m.py", FILE, line)


def put(function: Function, new: str, file: str = FILE) -> str:
    old, new = unique_edit(file, function, new)
    assert file.count(old) == 1
    return file.replace(old, new)


def test_a_function_and_its_parts() -> None:
    function = at("def area")
    assert (function.qualname, function.start, function.end, function.indent) == ("area", 9, 15, "")
    assert function.head == "def area(r):"
    assert function.docstring == '    """Area of a circle.\n\n    In square metres.\n    """'
    assert function.body == "    # careful\n    return math.pi * r ** LIMIT"
    assert function.source == "def area(r):\n    # careful\n    return math.pi * r ** LIMIT"


def test_methods_come_with_decorators_at_column_0() -> None:
    assert at("return self.items[1]").source == "@property\ndef first(self):\n    return self.items[1]"
    load = at("async def load")
    assert load.qualname == "Box.load"
    assert load.head == 'async def load(\n    self, path: str, *, mode: str = "r",\n) -> dict[str, int]:  # slow'
    assert load.docstring == '    """Read."""'


def test_a_one_line_function_gets_a_body() -> None:
    function = at("def twice")
    assert (function.head, function.body) == ("def twice(self):", "    return self.first * 3")
    assert "    def twice(self):\n        return self.first * 2\n" in put(
        function, rewritten("def twice(self):\n    return self.first * 2", function)
    )


@pytest.mark.parametrize(
    "answer",
    [
        "def area(r):\n    return math.pi * r ** 2",
        "```python\ndef area(r):\n    return math.pi * r ** 2\n```",
        "The power is wrong:\n```\nimport math\n\ndef area(r):\n    return math.pi * r ** 2\n```\nNow it works.",
        "```python\ndef area(r):\n    return math.pi * r ** 2",
        "def area(r):\n    return math.pi * r ** 2\n```",
        "    def area(r):\n        return math.pi * r ** 2",
        'def area(r: float) -> float:\n    """Another text."""\n    return math.pi * r ** 2\n\nprint(area(1))',
    ],
)
def test_answers_in_any_wrapping_give_the_same_file(answer: str) -> None:
    new = put(at("def area"), rewritten(answer, at("def area")))
    assert new == FILE.replace("    # careful\n    return math.pi * r ** LIMIT", "    return math.pi * r ** 2")


def test_a_method_answered_inside_its_class_keeps_everything_around_it() -> None:
    answer = "class Box:\n    @property\n    def first(self):\n        return self.items[0]\n"
    assert put(at("def first"), rewritten(answer, at("def first"))) == FILE.replace("items[1]", "items[0]")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("I cannot do that.", "not valid Python"),
        ("def area(r):\n    return (", "not valid Python"),
        ("def volume(r):\n    return 1", "no function `area`"),
        ("def area(r, n=2):\n    return r ** n", "signature of `area`"),
        ("async def area(r):\n    return r", "signature of `area`"),
        ("def area(r):\n    return math.pi*(r**LIMIT)  # same", "the same as the old"),
        ("", "no function `area`"),
    ],
)
def test_answers_that_cannot_be_used_say_why(answer: str, said: str) -> None:
    with pytest.raises(NotAFunction, match=said):
        rewritten(answer, at("def area"))


def test_windows_line_ends_stay() -> None:
    file = FILE.replace("\n", "\r\n")
    function = function_at("m.py", file, at("def first").start)
    new = rewritten("def first(self):\n    return self.items[0]", function)
    assert put(function, new, file) == file.replace("items[1]", "items[0]")


def test_twins_are_told_apart_by_the_lines_before_them() -> None:
    file = "class A:\n    def n(self):\n        return 1\n\n\nclass B:\n    def n(self):\n        return 1\n"
    function = function_at("m.py", file, 7)
    new = put(function, rewritten("def n(self):\n    return 2", function), file)
    assert new == "class A:\n    def n(self):\n        return 1\n\n\nclass B:\n    def n(self):\n        return 2\n"


def test_nested_functions_belong_to_the_outer_one() -> None:
    assert function_at("m.py", "def f():\n    def g():\n        return 1\n    return g\n", 3).qualname == "f"


def test_text_that_moving_would_change_is_left_alone() -> None:
    file = 'class A:\n    def f(self):\n        return """\ntext\n"""\n'
    with pytest.raises(NotAFunction, match="further left"):
        function_at("m.py", file, 2)


def test_code_outside_functions_and_broken_files() -> None:
    with pytest.raises(NotAFunction, match="in no function"):
        function_at("m.py", FILE, 2)
    with pytest.raises(NotAFunction, match="not valid Python"):
        function_at("m.py", "def f(:\n", 1)
    with pytest.raises(NotAFunction):
        function_at("m.py", "(" * 5_000 + ")" * 5_000, 1)


def test_surroundings_hold_what_the_function_names() -> None:
    assert surroundings(FILE, at("def area"), chars=500) == "import math\nLIMIT = 3"
    assert surroundings(FILE, at("async def load"), chars=500) == (
        "def area(r): ...  # Area of a circle.\nclass Box:\n    size: int = 0\n"
        "    def __init__(self, items):\n        self.items = list(items)"
    )
    assert surroundings(FILE, at("def area"), chars=12) == "import math"


def test_every_function_of_this_package_comes_apart_and_together() -> None:
    """Cutting a function and putting the same parts back changes nothing but its layout."""
    text = files("codergen.profiles").joinpath("python_functions.py").read_text()
    for qualname, node in walk(parse(text)):
        function = function_at("x.py", text, node.lineno)
        assert function.qualname == qualname
        again = "\n".join(part for part in (function.head, function.docstring, function.body) if part)
        flat = textwrap.dedent(function.exact)
        assert ast.dump(ast.parse(again)) == ast.dump(ast.parse(flat))


def test_grammar_starts_at_the_signature_and_knows_no_fence() -> None:
    assert function_grammar('def f(a="\\n"):', "    ") == (
        "root ::= head first more* end?\n"
        'head ::= "def f(a=\\"\\\\n\\"):\\n"\n'
        'first ::= "    " [^ \\t\\n"\'`#] rest\n'
        'more ::= "\\n" "    " [ \\t]* [^ \\t\\n`#] rest\n'
        'end ::= "\\n```"\n'
        "rest ::= [^\\n`]*\n"
    )
    assert function_grammar("def f():", "\t", backticks=True).count("`") == 3
    assert "#" not in function_grammar("def f():", "\t", comments=True)
    assert literal("\t") == '"\\t"'
