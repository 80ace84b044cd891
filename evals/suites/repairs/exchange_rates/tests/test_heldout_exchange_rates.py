import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path.cwd() / "src"))

from fxrates import Entry, NoRate, RateBook, TableSource, convert_all  # noqa: E402

DAY = date(2023, 12, 30)


def source():
    days = [DAY + timedelta(days=n) for n in range(5)]
    return TableSource("CHF", {"NOK": dict(zip(days, [0.1, 0.2, 0.4, 0.5, 0.8])), "SEK": {DAY: 0.1}})


def test_each_day_has_its_rate():
    entries = [Entry(DAY + timedelta(days=n), 100, "NOK") for n in (3, 0, 4, 1, 0)]
    assert convert_all(entries, "CHF", RateBook(source())) == [50.0, 10.0, 80.0, 20.0, 10.0]


def test_same_day_of_another_year():
    rates = TableSource("CHF", {"NOK": {DAY: 0.1, DAY.replace(year=2024): 0.3}})
    book = RateBook(rates)
    assert (book.rate("NOK", "CHF", DAY), book.rate("NOK", "CHF", DAY.replace(year=2024))) == (0.1, 0.3)


def test_directions_and_pairs():
    book = RateBook(source())
    later = DAY + timedelta(days=1)
    assert book.rate("NOK", "SEK", DAY) == pytest.approx(1)
    assert book.rate("NOK", "SEK", later) == pytest.approx(2)
    assert book.rate("SEK", "NOK", later) == pytest.approx(0.5)


def test_still_cached():
    rates = source()
    book = RateBook(rates)
    for _ in range(5):
        book.rate("NOK", "CHF", DAY)
        book.rate("NOK", "CHF", DAY + timedelta(days=2))
    assert rates.lookups == 4


def test_missing_day_after_a_known_one():
    book = RateBook(source())
    book.rate("NOK", "CHF", DAY)
    with pytest.raises(NoRate):
        book.rate("NOK", "CHF", DAY - timedelta(days=1))
