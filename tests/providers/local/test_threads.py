import os

import pytest

from providers.local import threads


@pytest.mark.parametrize(
    ("cores", "load", "expected"),
    [(8, 0.0, 8), (8, 2.2, 6), (8, 7.9, 1), (8, 40.0, 1), (1, 0.0, 1), (2, 0.6, 1), (2, 0.4, 2)],
)
def test_choose(cores, load, expected):
    assert threads.choose(cores=cores, load=load) == expected


@pytest.mark.parametrize(
    ("siblings", "allowed", "expected"),
    [(["0,4", "1,5", "0,4", "1,5"], 4, 2), (["0", "1"], 1, 1), ([], 3, 3), (["0"], 8, 1)],
)
def test_physical(siblings, allowed, expected):
    assert threads.physical(siblings, allowed=allowed) == expected


def test_this_machine():
    assert 1 <= threads.idle_cores() <= (os.cpu_count() or 1)


STAT = "cpu  {} 0 0 {} {} 0 0 0 0 0\ncpu0 1 2 3\n"


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [((100, 500, 0), (200, 600, 0), 0.5), ((0, 0, 0), (0, 80, 20), 0.0), ((5, 5, 5), (5, 5, 5), 0.0)],
)
def test_waiting_counts_as_idle(before, after, share):
    assert threads.busy_share(STAT.format(*before), STAT.format(*after)) == pytest.approx(share)
