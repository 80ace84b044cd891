import json
import subprocess
import sys
import textwrap

import pytest

from codergen.tools.check import INSIDE, Check
from codergen.tools.locate import TEST_GLOBS, Trace, rank, suite_request

PRICING = """\
RATES = {"std": 0.2}


def discount(total, threshold=100):
    if total > threshold:
        return total * 0.9
    return total


def tax(kind, amount):
    return round(amount * RATES[kind], 2)
"""
CART = """\
from shop.pricing import discount, tax


class Cart:
    def __init__(self):
        self.items = []

    def add(self, price, count=1):
        self.items.append((price, count))

    @property
    def total(self):
        return discount(sum(price * count for price, count in self.items))

    def taxes(self):
        return sum(tax("std", price * count) for price, count in self.items)
"""
TESTS = {
    "pytest": """\
        import pytest
        from shop.cart import Cart

        def cart(*prices):
            made = Cart()
            for price in prices:
                made.add(price)
            return made

        @pytest.mark.parametrize("price, want", [(50, 50), (100, 90.0), (200, 180.0)])
        def test_total(price, want):
            assert cart(price).total == want

        def test_taxes():
            assert cart(10).taxes() == 2.0
        """,
    "unittest": """\
        import unittest
        from shop.cart import Cart

        class TotalTest(unittest.TestCase):
            def total(self, price):
                made = Cart()
                made.add(price)
                return made.total

            def test_small(self):
                self.assertEqual(self.total(50), 50)

            def test_edge(self):
                print("noise on standard output")
                self.assertEqual(self.total(100), 90.0)

            def test_large(self):
                self.assertEqual(self.total(200), 180.0)
        """,
}


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "shop/__init__.py").write_text("")
    (tmp_path / "shop/pricing.py").write_text(PRICING)
    (tmp_path / "shop/cart.py").write_text(CART)
    (tmp_path / "tests/__init__.py").write_text("")
    for runner, text in TESTS.items():
        (tmp_path / f"tests/test_{runner}.py").write_text(textwrap.dedent(text))
    return tmp_path


def traced(folder, command):
    done = subprocess.run(
        [sys.executable, str(INSIDE / "trace_tests.py")],
        cwd=folder,
        input=json.dumps({**(suite_request(Check(command=command)) or {}), "tests": TEST_GLOBS}),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
    )
    sources = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.py")}
    trace = Trace.model_validate_json(done.stdout)
    return rank({path: text for path, text in sources.items() if path in {*trace.counts, *trace.loaded}}, trace)


@pytest.mark.parametrize(
    ("command", "failing", "failure"),
    [
        (
            "python -m pytest tests/test_pytest.py",
            "tests/test_pytest.py::test_total[100-90.0]",
            "assert 100 == 90.0",
        ),
        (
            "python -m unittest tests.test_unittest",
            "tests.test_unittest.TotalTest.test_edge",
            "AssertionError: 100 != 90.0",
        ),
    ],
)
def test_the_line_that_only_failing_tests_reach_comes_first(shop, command, failing, failure):
    found = traced(shop, command)
    first = found.functions[0]
    assert (first.path, first.qualname, first.start, first.end) == ("shop/pricing.py", "discount", 4, 7)
    assert max(first.lines, key=lambda line: line[1])[0] == 7
    assert found.tests == (failing,)
    assert failure in found.failure
    assert found.problem == ""
    assert {s.qualname for s in found.functions} == {"discount", "Cart.total", "Cart.add", "Cart.__init__"}
    assert found.modules[0].path == "shop/pricing.py"


def test_a_property_starts_at_its_decorator(shop):
    found = traced(shop, "python -m pytest tests/test_pytest.py")
    total = next(s for s in found.functions if s.qualname == "Cart.total")
    assert (total.start, total.end) == (11, 13)


def test_tests_that_cannot_be_collected_are_a_problem(shop):
    (shop / "shop/pricing.py").write_text("import nowhere_to_be_found\n")
    found = traced(shop, "python -m pytest tests/test_pytest.py")
    assert found.functions == ()
    assert "nowhere_to_be_found" in found.problem


def test_passing_tests_are_a_problem(shop):
    (shop / "shop/pricing.py").write_text(PRICING.replace("total > threshold", "total >= threshold"))
    assert traced(shop, "python -m pytest tests/test_pytest.py").problem == "no test failed under the tracer"


def trace(**fields):
    failed = {"id": "t::test_x", "outcome": "failed", "message": "E  boom"}
    return Trace.model_validate({"tests": [failed], "errors": [], **fields})


TWO = "def first():\n    return second()\n\n\ndef second():\n    return 1\n"


def test_the_line_that_raised_gets_a_bonus():
    found = rank({"m.py": TWO}, trace(counts={"m.py": {2: [0, 1], 6: [0, 1]}}, frames=[[["m.py", 2], ["m.py", 6]]]))
    assert [(s.qualname, s.score) for s in found.functions] == [
        ("second", pytest.approx(1.15)),
        ("first", pytest.approx(1.05)),
    ]


def test_lines_that_passing_tests_share_count_less():
    found = rank({"m.py": TWO}, trace(counts={"m.py": {2: [3, 1], 6: [0, 1]}}))
    assert [(s.qualname, s.score) for s in found.functions] == [("second", 1.0), ("first", 0.5)]


def test_a_name_in_the_failing_test_breaks_a_tie():
    failed = {"id": "t.py::test_second_thing", "outcome": "failed", "message": ""}
    found = rank({"m.py": TWO}, trace(tests=[failed], counts={"m.py": {2: [0, 1], 6: [0, 1]}}))
    assert [s.qualname for s in found.functions] == ["second", "first"]


def test_a_file_that_does_not_parse_is_left_out():
    found = rank({"m.py": "def broken(:\n"}, trace(counts={"m.py": {1: [0, 1]}}))
    assert found.functions == ()


def test_only_structured_runners_can_be_traced():
    assert suite_request(Check(command="make test")) is None


def test_assignments_before_the_command_reach_the_program():
    check = Check(command="PYTHONPATH=src:lib MODE=fast pytest -q")
    assert suite_request(check) == {
        "runner": "pytest",
        "args": ("-q",),
        "cwd_on_path": False,
        "pythonpath": ["src", "lib"],
    }


def test_a_constant_is_as_suspicious_as_the_lines_that_read_it():
    text = "LIMIT = 3\nOTHER = 4\n\n\ndef f(a):\n    return a < LIMIT\n"
    trace = Trace.model_validate(
        {
            "tests": [{"id": "t", "outcome": "failed", "message": ""}],
            "errors": [],
            "counts": {"m.py": {"6": [0, 1]}},
            "loaded": ["m.py"],
        }
    )
    (module,) = rank({"m.py": text}, trace).modules
    assert module.lines == ((1, 1.0),)
