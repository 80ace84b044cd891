from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Entry:
    day: date
    amount: float
    currency: str


def convert_all(entries, target, book):
    return [round(entry.amount * book.rate(entry.currency, target, entry.day), 2) for entry in entries]
