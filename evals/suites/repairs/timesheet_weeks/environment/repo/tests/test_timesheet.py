from datetime import date

from timesheet import overtime, overview, parse_entry, week_start


def test_midweek():
    assert week_start(date(2024, 3, 7)) == date(2024, 3, 4)


def test_one_week_is_one_sum():
    entries = [parse_entry("2024-03-05 7:30"), parse_entry("2024-03-08 30m")]
    assert list(overview(entries).values()) == [480]


def test_entry_in_minutes():
    assert parse_entry("2024-03-05 45m").minutes == 45


def test_no_overtime():
    assert overtime([parse_entry("2024-03-05 8:00")], 480) == 0
