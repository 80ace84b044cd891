import ast

from router.stations.repair.hints import Hints, hints_of, signatures_of

PYTEST = """\
tests/test_m.py::test_a
m.py:3: in test_a
    assert label(3) == "c-3"
E   AssertionError: assert 'c_3' == 'c-3'
E     - c-3
E   assert {'n': [1, 2], 'm': 1} == {'n': [1, 5], 'm': 1}
E   assert 0.1 == 0.2 ± 2.0e-07
E   Failed: DID NOT RAISE <class 'shop.errors.OutOfStock'>
E   UnboundLocalError: cannot access local variable 'total' where it is not associated with a value
"""
UNITTEST = """\
AssertionError: 'left' != 'right'
AssertionError: ValueError not raised
NameError: name 'seen' is not defined
"""


def test_differences_of_pytest_are_read():
    assert hints_of(PYTEST, []) == Hints(
        texts=(("c_3", "c-3"),), numbers=((2, 5), (0.1, 0.2)), missing_errors=("OutOfStock",), unbound=("total",)
    )


def test_differences_of_unittest_are_read():
    assert hints_of(UNITTEST, []) == Hints(
        texts=(("left", "right"),), missing_errors=("ValueError",), unbound=("seen",)
    )


def test_signatures_leave_out_the_instance_and_names_with_two_meanings():
    text = """
class Point:
    x: int
    y: int = 0

    def move(self, by, *, times=1): ...

class Line:
    def __init__(self, start, end): ...
    def draw(self): ...

class Text:
    def draw(self, font): ...
"""
    assert signatures_of([ast.parse(text)]) == {
        "Point": ("x", "y"),
        "move": ("by", "times"),
        "Line": ("start", "end"),
        "Text": (),
    }
