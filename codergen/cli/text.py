"""Plain text tables. No library: commands that print ten lines start at once."""

from collections.abc import Sequence
from decimal import Decimal


def columns(rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """Rows under each other, columns two blanks apart; `right` names the columns set to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(cell.rjust(widths[at]) if at in right else cell.ljust(widths[at]) for at, cell in enumerate(row))
        for row in rows
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def printable(text: str) -> str:
    """Lines of other people's text without what a terminal would obey."""
    return "".join(c if c == "\n" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def dollars(amount: Decimal | None, *, unknown: str = "unknown") -> str:
    """Four places, and for what is less the first two digits that are not zero: a cost is never shown as none."""
    if amount is None:
        return unknown
    places = 4 if amount == 0 or abs(amount) >= Decimal("0.0001") else 1 - amount.adjusted()
    text = f"{amount:.{places}f}"
    return "$" + (text.rstrip("0").rstrip(".") or "0")
