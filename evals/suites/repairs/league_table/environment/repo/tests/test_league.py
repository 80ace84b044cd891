import pytest

from league import parse_results, render, standings


def order(text):
    return [row.team for row in standings(parse_results(text))]


def test_points_first():
    assert order("Reds 2-1 Blues\nBlues 0-0 Greens\n") == ["Reds", "Greens", "Blues"]


def test_goal_difference_breaks_a_tie():
    assert order("Ants 1-0 Cats\nBees 4-0 Dogs\n")[:2] == ["Bees", "Ants"]


def test_render():
    text = render(standings(parse_results("Reds 2-0 Blues")))
    assert text.splitlines()[1] == " 1 Reds   1   +2   3"


def test_bad_line():
    with pytest.raises(ValueError, match="line 2"):
        parse_results("A 1-0 B\nA beats B")
