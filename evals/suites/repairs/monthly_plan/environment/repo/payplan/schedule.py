from datetime import timedelta

from payplan.rules import advance

SATURDAY = 5


def occurrences(first, rule, until):
    """Dates from `first` to `until`, both included."""
    day = first
    while day <= until:
        yield day
        day = advance(day, rule)


def shifted(day, holidays=frozenset()):
    """The same day, or the next one on which banks work."""
    while day.weekday() >= SATURDAY or day in holidays:
        day += timedelta(days=1)
    return day
