"""What an answer cost, from litellm's table of dollars per token. Pure; unknown stays unknown."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from providers.types import Usage


def _rate(known: Mapping[str, Any], name: str, fallback: str) -> Decimal | None:
    value = known.get(name)
    value = known.get(fallback) if value is None else value
    return None if value is None else Decimal(str(value))


def cost(known: Mapping[str, Any], usage: Usage) -> Decimal | None:
    """Dollars, or None when the table has no price for a kind of token that was used.

    Cached input without a price of its own counts as fresh: a bill is never guessed too low.
    """
    rows = (
        (usage.input, _rate(known, "input_cost_per_token", "")),
        (usage.cache_read, _rate(known, "cache_read_input_token_cost", "input_cost_per_token")),
        (usage.cache_write, _rate(known, "cache_creation_input_token_cost", "input_cost_per_token")),
        (usage.output, _rate(known, "output_cost_per_token", "")),
    )
    total = Decimal(0)
    for tokens, rate in rows:
        if tokens and rate is None:
            return None
        total += tokens * (rate or Decimal(0))
    return total
