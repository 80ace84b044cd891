from timesheet.weeks import week_start, weeks_between


def overview(entries):
    """Minutes by first day of the week; weeks without work in between count as 0."""
    if not entries:
        return {}
    days = [entry.day for entry in entries]
    sums = dict.fromkeys(weeks_between(min(days), max(days)), 0)
    for entry in entries:
        sums[week_start(entry.day)] += entry.minutes
    return sums


def overtime(entries, contract_minutes):
    return sum(max(0, minutes - contract_minutes) for minutes in overview(entries).values())
