"""Amounts as people write them."""

import re

_AMOUNT = re.compile(r"^\s*(\d+)(?:[.,](\d{1,2}))?\s*(?:EUR|€)?\s*$")


def parse_amount(text):
    """Cents of an amount such as `12.50 EUR`."""
    match = _AMOUNT.match(text)
    if match is None:
        raise ValueError("not an amount: %r" % text)
    whole, cents = match.groups()
    return int(whole) * 100 + int((cents or "0").ljust(2, "0"))
