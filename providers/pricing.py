"""What tokens cost. Pure, in Decimal dollars; what is not known is None and never zero."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from providers.types import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Dollars per token of one model. None: the source has no such price."""

    input: Decimal | None
    output: Decimal | None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    source: str = ""
    """Where it was read, e.g. `litellm 1.109.1`."""
    dated: date | None = None


def cost(price: Price | None, usage: Usage) -> Decimal | None:
    """Dollars, or None when a kind of token was used that has no price.

    Cached input without a price of its own counts as fresh, an hour's cache as twice fresh: a bill is never guessed
    too low.
    """
    if price is None:
        return None
    write = price.cache_write if price.cache_write is not None else price.input
    hour = price.cache_write_1h
    if hour is None and price.input is not None:
        hour = 2 * price.input
    rows = (
        (usage.input, price.input),
        (usage.cache_read, price.cache_read if price.cache_read is not None else price.input),
        (usage.cache_write, write),
        (usage.cache_write_1h, hour),
        (usage.output, price.output),
    )
    total = Decimal(0)
    for tokens, rate in rows:
        if tokens and rate is None:
            return None
        total += tokens * (rate or Decimal(0))
    return total
