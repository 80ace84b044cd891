"""Totals in cents, with the discount for large quantities."""

from dataclasses import dataclass

BULK_FROM = 10
BULK_PERCENT = 15


@dataclass(frozen=True)
class Line:
    """One article in the cart."""

    name: str
    cents: int
    quantity: int


def line_total(line: Line) -> int:
    """Cents for one line; from BULK_FROM pieces on, BULK_PERCENT off."""
    gross = line.cents * line.quantity
    if line.quantity > BULK_FROM:
        return gross - gross * BULK_PERCENT // 100
    return gross


def total(lines: list[Line]) -> int:
    """Cents for all lines."""
    return sum(line_total(line) for line in lines)
