import pytest

from stocklots import Lots, NotEnough


@pytest.fixture
def lots():
    lots = Lots()
    lots.receive(10, 2)
    lots.receive(5, 3)
    return lots


def test_cost_spans_lots(lots):
    assert lots.take(12) == 10 * 2 + 2 * 3


def test_part_of_a_lot_is_gone(lots):
    lots.take(4)
    assert lots.on_hand == 11


def test_whole_lot(lots):
    lots.take(10)
    assert lots.on_hand == 5


def test_too_much(lots):
    with pytest.raises(NotEnough):
        lots.take(16)
