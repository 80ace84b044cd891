from datetime import timedelta

WEEK = timedelta(days=7)


def week_start(day):
    """The first day of the week that `day` is in."""
    return day - timedelta(days=day.isoweekday())


def weeks_between(first, last):
    """First days of all weeks that touch first..last."""
    start = week_start(first)
    while start <= last:
        yield start
        start += WEEK
