import pytest

from paging import page_count


@pytest.mark.parametrize(
    ("total", "per_page", "pages"),
    [(0, 7, 0), (1, 7, 1), (7, 7, 1), (8, 7, 2), (40, 20, 2), (41, 20, 3), (99, 1, 99), (1000, 3, 334)],
)
def test_pages(total, per_page, pages):
    assert page_count(total, per_page) == pages


def test_result_is_a_whole_number():
    assert isinstance(page_count(11, 4), int)


@pytest.mark.parametrize("size", [0, -1])
def test_bad_size(size):
    with pytest.raises(ValueError):
        page_count(10, size)
