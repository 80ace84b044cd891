"""How replace finds its text, and what it shows afterwards. Pure."""

import pytest

from codergen.tools.gemini.matching import Replaced, distance, replaced
from codergen.tools.gemini.snippet import snippet


def one(text, old, new, *, several=False):
    return replaced(text, old, new, several=several)


def test_the_exact_text_wins_over_everything_tolerant():
    assert one("a\n  a\n", "  a", "b") == Replaced(text="a\nb\n", count=1)


def test_several_places_change_nothing_unless_asked():
    assert one("a a\n", "a", "b") == Replaced(text="a a\n", count=2)
    assert one("a a\n", "a", "b", several=True) == Replaced(text="b b\n", count=2)


def test_lines_with_other_blanks_keep_the_indentation_of_the_file():
    text = "class A:\n\tdef f(self):\n\t\treturn 1\n\nend\n"
    old = "  def f(self):\n    return 1  "
    new = "  def f(self):\n    if x:\n      return 2\n"
    assert one(text, old, new) == Replaced(text="class A:\n\tdef f(self):\n\t  if x:\n\t    return 2\n\nend\n", count=1)


def test_a_deletion_by_lines_leaves_no_empty_line():
    assert one("a\n  b\nc\n", "b ", "") == Replaced(text="a\nc\n", count=1)


def test_lines_that_fit_twice_are_counted():
    found = one(" a\n  a\n", "\ta", "b")
    assert found.count == 2


def test_tokens_with_other_blanks_between():
    assert one("x = f( a,b )\n", "x=f(a,b)", "x = g(a)") == Replaced(text="x = g(a)\n", count=1)
    assert one("  y=[1]\n  y=[1]\n", "y = [ 1 ]", "y=2", several=True) == Replaced(text="  y=2\n  y=2\n", count=2)


def test_a_rough_match_says_where():
    text = "first\n    total = compute_the_sum(values, start)\nlast\n"
    found = one(text, "total = compute_the_sums(values, start)", "total = 0")
    assert found == Replaced(text="first\n    total = 0\nlast\n", count=1, lines=((2, 2),))


@pytest.mark.parametrize("old", ["short", "something else altogether, of some length"])
def test_what_is_too_short_or_too_different_is_not_there(old):
    assert one("shirt\nmore lines\n", old, "x") == Replaced(text="shirt\nmore lines\n", count=0)


def test_the_final_newline_stays_as_it_was():
    assert one("a\nb", "b", "c\n").text == "a\nc"
    assert one("a\nb\n", "b\n", "c").text == "a\nc\n"


@pytest.mark.parametrize(
    ("a", "b", "far"), [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("nope", "glob", 4), ("same", "same", 0)]
)
def test_distance(a, b, far):
    assert distance(a, b) == distance(b, a) == far
    assert distance(a, b, far) == far
    if far:
        assert distance(a, b, far - 1) is None


def numbered(*changes):
    lines = [f"{n}\n" for n in range(1, 31)]
    for at, text in changes:
        lines[at - 1] = text
    return "".join(lines)


def test_distant_changes_are_shown_apart_and_near_ones_together():
    apart = snippet(numbered(), numbered((3, "three\n"), (28, "")))
    assert apart.split("\n") == [
        *("1", "2", "three", "4", "5", "6", "7", "8", "..."), *("23", "24", "25", "26", "27", "29", "30", "")
    ]  # fmt: skip
    near = snippet(numbered(), numbered((10, "ten\n"), (20, "twenty\n")))
    assert near.split("\n") == [
        "...", *map(str, range(5, 10)), "ten", *map(str, range(11, 20)), "twenty", *map(str, range(21, 26)), "..."
    ]  # fmt: skip


def test_a_new_or_unchanged_text_is_shown_whole():
    assert snippet("", "a\nb\n") == "a\nb\n"
    assert snippet("a\nb\n", "a\nb\n") == "a\nb\n"
