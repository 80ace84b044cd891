"""Half-open stretches of one day, counted in minutes after midnight."""

from dataclasses import dataclass

DAY = 24 * 60


def parse_minutes(text):
    hours, _, minutes = text.partition(":")
    value = int(hours) * 60 + int(minutes or 0)
    if not 0 <= value <= DAY:
        raise ValueError(f"not a time of day: {text!r}")
    return value


def format_minutes(value):
    return f"{value // 60:02d}:{value % 60:02d}"


@dataclass(frozen=True, order=True)
class Slot:
    start: int
    end: int

    def __post_init__(self):
        if self.start >= self.end:
            raise ValueError("a slot must end after it starts")

    @classmethod
    def parse(cls, text):
        first, _, last = text.partition("-")
        return cls(parse_minutes(first.strip()), parse_minutes(last.strip()))

    @property
    def length(self):
        return self.end - self.start

    def overlaps(self, other):
        return self.start < other.end and other.start <= self.end

    def contains(self, other):
        return self.start <= other.start and other.end <= self.end

    def __str__(self):
        return f"{format_minutes(self.start)}-{format_minutes(self.end)}"
