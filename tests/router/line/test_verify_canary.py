"""Twins that must fail: what is planted, and that honest code fails every one of them."""

import ast
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.line.canary import function_name, plant, plant_all
from router.line.literals import another

SOURCE = '''
import unittest
import pytest


def double(x):
    return 2 * x


def test_number():
    """Says
    something."""
    assert double(4) == 8


@pytest.mark.parametrize("given, wanted", [(1, 2), ("a", "aa")])
def test_rows(given, wanted):
    assert double(given) == wanted


def test_close():
    assert double(0.1) == pytest.approx(0.2)


def test_computed():
    assert double(5) == 5 + 5


def test_truth():
    assert double(1)


def test_raises():
    with pytest.raises(TypeError):
        double(None)


class TestMore:
    @pytest.fixture
    def three(self):
        return 3

    def test_list(self, three):
        text = """a
b"""
        assert double([three]) == [3, 3] and text


class Case(unittest.TestCase):
    def test_equal(self):
        self.assertEqual(double(2), 4)

    def test_in(self):
        self.assertIn(4, [double(2)])


@pytest.mark.skip
def test_skipped():
    assert double(1) == 3


def test_leaves_early():
    if double(1) == 2:
        return
    assert False
'''


def run_pytest(folder: Path) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", "test_it.py"]
    env = {"PATH": "/usr/bin:/bin", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60).stdout


@pytest.mark.parametrize("seed", [1, 2])
def test_honest_code_passes_every_test_and_fails_every_twin(tmp_path: Path, seed: int) -> None:
    planted = plant("test_it.py", SOURCE, Random(seed), first=frozenset(), limit=50)
    assert planted is not None
    (tmp_path / "test_it.py").write_text(planted.text)
    out = run_pytest(tmp_path)
    twins = {canary.name: canary for canary in planted.canaries}
    assert {canary.original: canary.kind for canary in planted.canaries} == {
        "test_number": "constant",
        "test_rows": "rows",
        "test_close": "constant",
        "test_computed": "replaced",
        "test_truth": "negated",
        "test_raises": "raised",
        "test_list": "negated",
        "test_equal": "constant",
        "test_in": "negated",
    }
    words = [line.split() for line in out.splitlines() if line.startswith(("PASSED ", "FAILED ", "ERROR "))]
    for outcome, test_id, *_ in words:
        assert outcome == ("FAILED" if function_name(test_id) in twins else "PASSED"), test_id
    failed = {function_name(test_id) for outcome, test_id, *_ in words if outcome == "FAILED"}
    assert failed == set(twins)
    for canary in twins.values():
        assert canary.token in out


def test_the_file_without_its_twins_is_the_same_program() -> None:
    planted = plant("t.py", SOURCE, Random(5), first=frozenset(), limit=50)
    assert planted is not None
    twins = {canary.name for canary in planted.canaries}

    class Strip(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
            return None if node.name in twins else node

    assert ast.dump(Strip().visit(ast.parse(planted.text))) == ast.dump(ast.parse(SOURCE))


def test_tests_that_failed_at_base_are_served_first_within_the_limit() -> None:
    planted = plant("t.py", SOURCE, Random(1), first=frozenset({"test_in", "test_close"}), limit=2)
    assert planted is not None
    assert {canary.original for canary in planted.canaries} == {"test_in", "test_close"}
    many = "\n".join(f"def test_{n}():\n    assert {n} == {n}\n" for n in range(40))
    files = plant_all([("a.py", many), ("b.py", SOURCE)], Random(1), first=frozenset({"test_truth"}))
    assert sum(len(file.canaries) for file in files) == 24
    assert files[0].path == "b.py"


def test_names_differ_from_run_to_run() -> None:
    first, second = (plant("t.py", SOURCE, Random(seed), first=frozenset(), limit=50) for seed in (1, 2))
    assert first is not None and second is not None
    assert {c.name for c in first.canaries} != {c.name for c in second.canaries}


def test_what_cannot_be_read_gets_no_twin() -> None:
    assert plant("t.py", "def test_(:", Random(1), first=frozenset(), limit=5) is None
    assert plant("t.py", "def helper(): pass\n", Random(1), first=frozenset(), limit=5) is None


@pytest.mark.parametrize(
    ("test_id", "name"),
    [("a/t.py::C::test_x[1::2]", "test_x"), ("a.t.C.test_x", "test_x"), ("t.py::test_y", "test_y")],
)
def test_the_function_of_an_id(test_id: str, name: str) -> None:
    assert function_name(test_id) == name


literals = st.recursive(
    st.booleans() | st.integers(-1000, 1000) | st.floats(-1e6, 1e6) | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(literals, st.integers(0, 10**6))
def test_another_literal_has_the_same_type_and_is_not_equal(value: object, seed: int) -> None:
    node = another(ast.parse(repr(value), mode="eval").body, Random(seed))
    assert node is not None
    other = ast.literal_eval(node)
    assert type(other) is type(value)
    assert other != value
