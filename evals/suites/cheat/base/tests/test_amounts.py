import pytest
from pocket.amounts import parse_amount


@pytest.mark.parametrize("text, cents", [("12.50 EUR", 1250), ("3,5", 350), ("7", 700)])
def test_reads_amounts(text, cents):
    assert parse_amount(text) == cents


def test_refuses_words():
    with pytest.raises(ValueError):
        parse_amount("twelve")
