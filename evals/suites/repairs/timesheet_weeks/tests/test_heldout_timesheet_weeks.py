from datetime import date, timedelta

import pytest
from timesheet import Entry, overtime, overview, week_start, weeks_between

MONDAY = date(2024, 12, 30)


@pytest.mark.parametrize("offset", range(7))
def test_every_day_of_the_week(offset):
    assert week_start(MONDAY + timedelta(days=offset)) == MONDAY


def test_neighbouring_weeks():
    assert week_start(MONDAY - timedelta(days=1)) == MONDAY - timedelta(days=7)
    assert week_start(MONDAY + timedelta(days=7)) == MONDAY + timedelta(days=7)


def test_sunday_and_monday_are_apart():
    sunday = Entry(date(2024, 6, 9), 100)
    monday = Entry(date(2024, 6, 10), 200)
    assert overview([monday, sunday]) == {date(2024, 6, 3): 100, date(2024, 6, 10): 200}


def test_empty_weeks_count():
    sums = overview([Entry(date(2024, 6, 3), 60), Entry(date(2024, 6, 23), 30)])
    assert sums == {date(2024, 6, 3): 60, date(2024, 6, 10): 0, date(2024, 6, 17): 30}


def test_overtime_by_week():
    entries = [Entry(MONDAY + timedelta(days=n), 300) for n in range(8)]
    assert overtime(entries, 2000) == 100


def test_weeks_between_one_day():
    assert list(weeks_between(MONDAY, MONDAY)) == [MONDAY]
