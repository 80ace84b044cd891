from dataclasses import dataclass
from datetime import date

from payplan.money import format_cents
from payplan.rules import Rule
from payplan.schedule import occurrences, shifted


@dataclass(frozen=True)
class Payment:
    name: str
    cents: int
    first: date
    rule: Rule
    last: date | None = None

    def due(self, until):
        end = until if self.last is None else min(until, self.last)
        return occurrences(self.first, self.rule, end)


def forecast(payments, until, holidays=frozenset()):
    """Lines of all payments up to `until`, by the day on which the bank books them."""
    booked = []
    for payment in payments:
        for day in payment.due(until):
            booked.append((shifted(day, holidays), payment.name, payment.cents))
    booked.sort()
    return [f"{day:%Y-%m-%d} {name} {format_cents(cents)}" for day, name, cents in booked]


def next_due(payment, today, horizon):
    """First date on or after `today`, or None up to `horizon`."""
    for day in payment.due(horizon):
        if day >= today:
            return day
    return None


def by_year(payments, until):
    sums = {}
    for payment in payments:
        for day in payment.due(until):
            sums[day.year] = sums.get(day.year, 0) + payment.cents
    return dict(sorted(sums.items()))
