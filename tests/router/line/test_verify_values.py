"""Expected values taken out of tests, evaluated elsewhere, compared here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from codergen.tools.check import INSIDE
from router.line.values import Answer, Case, Match, cases_of, compare, read_answers

SOURCE = """
import pytest
import unittest
from app import area, name, Shape

UNIT = 3


def test_direct():
    assert area(2, 5) == 10


def test_steps():
    shape = Shape(UNIT)
    shape.grow(2)
    expected = [5, 5]
    assert shape.sides() == expected
    assert shape.ok
    assert not shape.empty()


@pytest.mark.parametrize("x, wanted", [(1, 1.0), (2, 2.0)])
def test_rows(x, wanted):
    assert area(x, 1) == pytest.approx(wanted)


class Cases(unittest.TestCase):
    def test_method(self):
        self.assertEqual(name("b"), "B")


def test_fixture(tmp_path):
    assert area(1, 1) == 1


def test_loop():
    for n in range(3):
        assert area(n, 1) == n


def test_refuses():
    with pytest.raises(ValueError):
        area(-1, 1)
"""
APP = """
class Shape:
    ok = True
    def __init__(self, n): self.n = n
    def grow(self, k): self.n += k
    def sides(self): return [self.n, self.n]
    def empty(self): return False
def area(a, b): return a * b
def name(x): return x.upper()
"""


def answer(cases: tuple[Case, ...], folder: Path, seconds: float = 5) -> dict[str, Answer]:
    request = {"cases": [{"id": c.id, "source": c.source} for c in cases], "pythonpath": ["."], "seconds": seconds}
    done = subprocess.run(
        [sys.executable, "-s", str(INSIDE / "eval_values.py")],
        cwd=folder, input=json.dumps(request).encode(), capture_output=True, timeout=60, env={},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(read_answers(done.stdout))


def test_only_plain_tests_are_taken_and_no_expected_value_goes_along() -> None:
    cases = cases_of("tests/test_app.py", SOURCE)
    assert [case.function for case in cases] == ["test_direct", "test_steps", "test_rows", "test_rows", "test_method"]
    direct, steps, *_, method = cases
    assert "10" not in direct.source and [e.source for e in direct.expected] == ["10"]
    assert "expected" not in steps.source and [e.source for e in steps.expected] == ["[5, 5]", "True", "False"]
    assert "'B'" not in method.source
    assert all("assert" not in case.source for case in cases)


def test_right_code_gives_equal_values(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    cases = cases_of("tests/test_app.py", SOURCE)
    answers = answer(cases, tmp_path)
    assert [compare(case, answers[case.id]) for case in cases] == ["equal"] * 5


@pytest.mark.parametrize(
    ("app", "match"),
    [
        ("def f(): return 7", "equal"),
        ("def f(): return 7.0", "equal"),
        ("def f(): return 8", "differs"),
        ("class E(int):\n    def __eq__(self, o): return True\ndef f(): return E(3)", "differs"),
        ("class E:\n    def __eq__(self, o): return True\ndef f(): return E()", "opaque"),
        ("class E(int):\n    def __repr__(self): return '7'\n    __str__ = __repr__\ndef f(): return E(3)", "differs"),
        ("import os\ndef f(): os._exit(0)", "differs"),
        ("import os\nos._exit(0)", "differs"),
        ("def f(): raise SystemExit(0)", "differs"),
        ("def f():\n    while True: pass", "differs"),
        ("import os, signal\ndef f(): os.kill(0, 0); return 8", "differs"),
    ],
)  # fmt: skip
def test_what_a_process_of_its_own_says(tmp_path: Path, app: str, match: Match) -> None:
    (tmp_path / "app.py").write_text(app)
    (case,) = cases_of("test_f.py", "from app import f\n\ndef test_f():\n    assert f() == 7\n")
    assert compare(case, answer((case,), tmp_path, seconds=1)[case.id]) == match


def test_one_case_cannot_answer_for_another(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def f(): return 1\ndef g():\n    import os\n    os._exit(0)\n")
    source = "from app import f, g\n\ndef test_f():\n    assert f() == 1\n\ndef test_g():\n    assert g() == 2\n"
    f, g = cases_of("t.py", source)
    answers = answer((f, g), tmp_path)
    assert (compare(f, answers[f.id]), compare(g, answers[g.id])) == ("equal", "differs")


def test_a_case_that_is_answered_twice_is_answered_by_nobody() -> None:
    line = json.dumps({"id": "a", "values": ["1"], "error": ""}).encode()
    assert read_answers(line) == {"a": Answer(values=("1",), error="")}
    assert read_answers(line + b"\n" + line) == {}
    assert read_answers(b'junk\n[1]\n{"id": 3}\n') == {}


@pytest.mark.parametrize("word", ["def setup_module(): pass", "@pytest.fixture(autouse=True)\ndef x(): pass"])
def test_modules_with_hidden_set_up_are_left_alone(word: str) -> None:
    assert cases_of("t.py", f"import pytest\n{word}\ndef test_a():\n    assert len([]) == 0\n") == ()
