"""Failing tests in few words."""

from typing import Any

from codergen.profiles.failure_text import failure_text, places

ASSERTION = """def test_box():
        b = Box()
>       assert b.last() == 2
E       assert 1 == 2
E        +  where 1 = last()
E        +    where last = <stats.Box object at 0x7f9f6ec26a50>.last

tests/test_stats.py:9: AssertionError"""
RAISED = """def test_raise():
>       mean([1])

tests/test_stats.py:11:
_ _ _ _ _ _ _ _ _ _ _ _ _

xs = [1]

    def mean(xs):
>       return sum(xs) / (len(xs) - 1)
               ^^^^^^^^^^^^^^^^^^^^^^^
E       ZeroDivisionError: division by zero

stats.py:3: ZeroDivisionError"""
UNITTEST = """Traceback (most recent call last):
  File "/workspace/test_intervals.py", line 14, in test_adjacent
    self.assertEqual(merge([(1, 2), (3, 4)]), [(1, 4)])
AssertionError: Lists differ: [(1, 2), (3, 4)] != [(1, 4)]

First differing element 0:
(1, 2)
(1, 4)"""


def told(message: str, **bounds: Any) -> str:
    return failure_text([{"id": "t", "message": message}], **{"tests": 2, "chars": 1_000} | bounds)


def test_an_assertion_keeps_the_test_and_the_two_values() -> None:
    assert told(ASSERTION) == "# t\ndef test_box():\n    b = Box()\n    assert b.last() == 2\nassert 1 == 2"


def test_an_exception_leaves_out_the_code_below() -> None:
    assert told(RAISED) == (
        "# t\ndef test_raise():\n    mean([1])\n    return sum(xs) / (len(xs) - 1)\nZeroDivisionError: division by zero"
    )


def test_a_unittest_traceback_is_its_line_and_its_error() -> None:
    assert told(UNITTEST) == (
        "# t\nself.assertEqual(merge([(1, 2), (3, 4)]), [(1, 4)])\n"
        "AssertionError: Lists differ: [(1, 2), (3, 4)] != [(1, 4)]"
    )


def test_bounds_hold() -> None:
    failing = [{"id": f"t{n}", "message": "line\n" * 100} for n in range(3)]
    text = failure_text(failing, tests=2, chars=300)
    assert len(text) <= 304
    assert "t2" not in failure_text(failing, tests=2, chars=10_000)
    assert failure_text([], tests=2, chars=100) == ""


def test_a_test_without_a_message_is_still_named() -> None:
    assert told("") == "# t"


def test_places_come_innermost_first() -> None:
    failing = [{"id": "t", "message": RAISED}, {"id": "u", "message": UNITTEST}]
    assert places(failing) == (("stats.py", 3), ("tests/test_stats.py", 11), ("/workspace/test_intervals.py", 14))
