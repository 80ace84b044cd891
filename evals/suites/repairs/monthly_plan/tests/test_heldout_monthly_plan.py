from datetime import date

from payplan import Payment, by_year, forecast, next_due, occurrences, parse_rule


def days(first, rule, until):
    return [day.isoformat() for day in occurrences(date.fromisoformat(first), parse_rule(rule), date.fromisoformat(until))]


def test_old_day_comes_back():
    assert days("2024-01-31", "every month", "2024-06-30") == [
        "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30",
    ]


def test_quarters_over_years():
    assert days("2022-11-30", "every 3 months", "2023-12-01") == [
        "2022-11-30", "2023-02-28", "2023-05-30", "2023-08-30", "2023-11-30",
    ]


def test_many_months_at_once():
    assert days("2021-08-31", "every 18 months", "2026-03-01") == ["2021-08-31", "2023-02-28", "2024-08-31", "2026-02-28"]


def test_leap_day():
    assert days("2020-02-29", "every year", "2025-01-01") == [
        "2020-02-29", "2021-02-28", "2022-02-28", "2023-02-28", "2024-02-29",
    ]


def test_every_twelve_months_is_every_year():
    assert days("2023-12-31", "every 12 months", "2026-12-31") == days("2023-12-31", "every year", "2026-12-31")
    assert days("2023-12-31", "every month", "2024-01-30") == ["2023-12-31"]


def test_days_and_weeks_as_before():
    assert days("2024-02-28", "every day", "2024-03-01") == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert days("2024-12-25", "every 2 weeks", "2025-01-10") == ["2024-12-25", "2025-01-08"]
    assert days("2024-05-02", "every week", "2024-05-01") == []


def test_forecast_and_next():
    loan = Payment("loan", 12345, date(2024, 10, 31), parse_rule("every month"), last=date(2025, 2, 28))
    assert forecast([loan], date(2026, 1, 1), {date(2024, 12, 31), date(2025, 1, 1)}) == [
        "2024-10-31 loan 123.45", "2024-12-02 loan 123.45", "2025-01-02 loan 123.45", "2025-01-31 loan 123.45",
        "2025-02-28 loan 123.45",
    ]
    assert next_due(loan, date(2025, 2, 1), date(2025, 12, 31)) == date(2025, 2, 28)
    assert next_due(loan, date(2025, 3, 1), date(2025, 12, 31)) is None
    assert by_year([loan], date(2026, 1, 1)) == {2024: 3 * 12345, 2025: 2 * 12345}
