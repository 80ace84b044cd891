import pytest

from splitbill import Group, split_amount


def test_even():
    assert split_amount(900, [1, 1, 1]) == [300, 300, 300]


def test_weights():
    assert split_amount(1000, [1, 3]) == [250, 750]


def test_nothing_is_lost():
    assert split_amount(10000, [1, 1, 1]) == [3334, 3333, 3333]


def test_weights_must_be_usable():
    with pytest.raises(ValueError):
        split_amount(100, [0, 0])


def test_group_settles():
    group = Group(["ana", "bo"])
    group.pay("ana", 500)
    assert group.transfers() == [("bo", "ana", 250)]
