from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Entry:
    day: date
    minutes: int


def parse_entry(text):
    """`2024-03-01 7:30` or `2024-03-01 45m`."""
    day, _, worked = text.strip().partition(" ")
    worked = worked.strip()
    if worked.endswith("m"):
        return Entry(date.fromisoformat(day), int(worked[:-1]))
    hours, _, minutes = worked.partition(":")
    return Entry(date.fromisoformat(day), int(hours) * 60 + int(minutes or 0))
