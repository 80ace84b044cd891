import pytest
from stocklots import Lots, NotEnough


def filled(*pairs):
    lots = Lots()
    for quantity, cost in pairs:
        lots.receive(quantity, cost)
    return lots


def test_repeated_small_takes():
    lots = filled((3, 1), (3, 10))
    assert [lots.take(2) for _ in range(3)] == [2, 1 + 10, 20]
    assert lots.on_hand == 0
    assert lots.value == 0


def test_value_after_part():
    lots = filled((8, 5), (2, 7))
    lots.take(3)
    assert (lots.on_hand, lots.value, lots.issued) == (7, 5 * 5 + 14, 3)


def test_cannot_be_sold_twice():
    lots = filled((6, 1))
    lots.take(5)
    with pytest.raises(NotEnough):
        lots.take(2)
    assert lots.on_hand == 1


def test_receive_after_part():
    lots = filled((100, 2))
    lots.take(99)
    lots.receive(50, 4)
    assert lots.on_hand == 51
    assert lots.take(2) == 2 + 4
    assert lots.value == 49 * 4
