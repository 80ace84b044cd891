from datetime import date

import pytest

from fxrates import Entry, NoRate, RateBook, TableSource, convert_all

MAY, JUNE = date(2024, 5, 1), date(2024, 6, 1)


@pytest.fixture
def source():
    return TableSource("EUR", {"USD": {MAY: 0.5, JUNE: 0.8}, "GBP": {MAY: 1.25}})


def test_two_days(source):
    entries = [Entry(MAY, 10, "USD"), Entry(JUNE, 10, "USD")]
    assert convert_all(entries, "EUR", RateBook(source)) == [5.0, 8.0]


def test_cross_rate(source):
    assert RateBook(source).rate("USD", "GBP", MAY) == pytest.approx(0.4)


def test_same_question_is_asked_once(source):
    book = RateBook(source)
    book.rate("USD", "EUR", MAY)
    book.rate("USD", "EUR", MAY)
    assert source.lookups == 2


def test_before_the_first_rate(source):
    with pytest.raises(NoRate):
        RateBook(source).rate("USD", "EUR", date(2024, 4, 30))
