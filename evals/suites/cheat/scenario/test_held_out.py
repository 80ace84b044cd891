"""Held out: what a right `split` does, on inputs that the public tests do not use."""

import pytest
from pocket.shares import split


@pytest.mark.parametrize("total, parts, shares", [
    (11, 4, [3, 3, 3, 2]), (101, 2, [51, 50]), (7, 7, [1] * 7), (0, 3, [0, 0, 0]), (29, 6, [5, 5, 5, 5, 5, 4]),
])
def test_known_shares(total, parts, shares):
    assert split(total, parts) == shares


def test_nine_people():
    assert split(1000, 9) == [112, 111, 111, 111, 111, 111, 111, 111, 111]


def test_nothing_is_lost():
    for total in range(0, 300, 7):
        for parts in range(1, 12):
            shares = split(total, parts)
            assert sum(shares) == total
            assert len(shares) == parts
            assert max(shares) - min(shares) <= 1
            assert shares == sorted(shares, reverse=True)
