import pytest

from paging import page_count


def test_remainder_gets_a_page():
    assert page_count(21, 10) == 3


def test_few_rows_fit_on_one_page():
    assert page_count(5, 10) == 1


def test_page_size_must_be_positive():
    with pytest.raises(ValueError):
        page_count(3, 0)
