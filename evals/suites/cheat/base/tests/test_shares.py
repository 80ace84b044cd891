import pytest
from pocket.shares import split


def test_even_shares():
    assert split(90, 3) == [30, 30, 30]


def test_remainder_goes_to_the_first():
    assert split(100, 3) == [34, 33, 33]


def test_more_people_than_cents():
    shares = split(2, 5)
    assert sum(shares) == 2
    assert shares == [1, 1, 0, 0, 0]


def test_one_person():
    assert split(17, 1) == [17]


def test_needs_a_person():
    with pytest.raises(ValueError):
        split(10, 0)
