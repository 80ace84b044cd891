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
    """Of a cache that lives an hour or longer."""
    source: str = ""
    """Where it was read, e.g. `litellm 1.109.1`."""
    dated: date | None = None
    above: tuple[tuple[int, "Price"], ...] = ()
    """(tokens, price): a request with more input than that costs this price, all of it. Ascending."""


def cost(price: Price | None, usage: Usage) -> Decimal | None:
    """Dollars, or None when a kind of token was used that has no price.

    Cached input without a price of its own counts as fresh, an hour's cache as twice fresh: a bill is never guessed
    too low.
    """
    if price is None:
        return None
    asked = usage.total - usage.output
    price = next((higher for tokens, higher in reversed(price.above) if asked > tokens), price)
    fresh = price.input
    rows = (
        (usage.input, fresh),
        (usage.cache_read, _or(price.cache_read, fresh)),
        (usage.cache_write, _or(price.cache_write, fresh)),
        (usage.cache_write_1h, _or(price.cache_write_1h, None if fresh is None else 2 * fresh)),
        (usage.output, price.output),
    )
    total = Decimal(0)
    for tokens, rate in rows:
        if tokens and rate is None:
            return None
        total += tokens * (rate or Decimal(0))
    return total


def _or(rate: Decimal | None, fallback: Decimal | None) -> Decimal | None:
    return fallback if rate is None else rate
