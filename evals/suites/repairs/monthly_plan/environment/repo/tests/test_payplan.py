from datetime import date

import pytest

from payplan import Payment, Rule, RuleError, by_year, forecast, format_cents, occurrences, parse_cents, parse_rule


def test_rules():
    assert parse_rule("Every 2 weeks") == Rule("week", 2)
    assert str(Rule("month", 3)) == "every 3 months"
    with pytest.raises(RuleError):
        parse_rule("each day")


def test_weeks():
    days = list(occurrences(date(2024, 12, 20), Rule("week"), date(2025, 1, 3)))
    assert days == [date(2024, 12, 20), date(2024, 12, 27), date(2025, 1, 3)]


def test_months_over_the_year():
    days = list(occurrences(date(2024, 11, 15), Rule("month"), date(2025, 1, 31)))
    assert days == [date(2024, 11, 15), date(2024, 12, 15), date(2025, 1, 15)]


def test_short_month():
    days = list(occurrences(date(2023, 1, 31), Rule("month"), date(2023, 2, 28)))
    assert days == [date(2023, 1, 31), date(2023, 2, 28)]


def test_weekend_is_shifted():
    rent = Payment("rent", 90000, date(2024, 6, 1), Rule("month"))
    assert forecast([rent], date(2024, 7, 1)) == ["2024-06-03 rent 900.00", "2024-07-01 rent 900.00"]


def test_money():
    assert parse_cents("1,250.5") == 125050
    assert format_cents(-5) == "-0.05"


def test_by_year():
    fee = Payment("fee", 100, date(2024, 3, 1), Rule("year"), last=date(2026, 1, 1))
    assert by_year([fee], date(2030, 1, 1)) == {2024: 100, 2025: 100}
