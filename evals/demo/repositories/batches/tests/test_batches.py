import pytest

from batches import largest, split


def test_even_batches():
    assert split([1, 2, 3, 4], 2) == [[1, 2], [3, 4]]


def test_the_rest_is_a_shorter_batch():
    assert split([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]


def test_fewer_items_than_a_batch():
    assert split(["a"], 3) == [["a"]]


def test_nothing_gives_no_batch():
    assert split([], 3) == []


def test_size_must_be_positive():
    with pytest.raises(ValueError):
        split([1], 0)


def test_largest():
    assert largest([[1], [1, 2]]) == 2
