from decimal import Decimal

import pytest

from providers.pricing import Price, cost
from providers.types import Usage

LISTED = Price(input=Decimal("0.000001"), output=Decimal("0.000004"), cache_read=Decimal("0.0000001"))
FREE = Price(input=Decimal(0), output=Decimal(0))
DEAR = Price(input=Decimal("0.000002"), output=Decimal("0.000008"))
TIERED = Price(input=LISTED.input, output=LISTED.output, above=((200_000, DEAR),))


@pytest.mark.parametrize(
    ("price", "usage", "expected"),
    [
        (LISTED, Usage(input=1000, output=100), Decimal("0.0014")),
        (LISTED, Usage(input=1000, cache_read=1000), Decimal("0.0011")),
        (LISTED, Usage(output=100, reasoning=90), Decimal("0.0004")),
        pytest.param(LISTED, Usage(cache_write=1000), Decimal("0.001"), id="unlisted cache write costs as fresh"),
        pytest.param(LISTED, Usage(cache_write_1h=1000), Decimal("0.002"), id="an hour costs twice"),
        (None, Usage(input=1), None),
        (Price(input=LISTED.input, output=None), Usage(input=1, output=1), None),
        (Price(input=LISTED.input, output=None), Usage(input=1), Decimal("0.000001")),
        (FREE, Usage(input=1, output=1), Decimal(0)),
        pytest.param(TIERED, Usage(input=200_000), Decimal("0.2"), id="up to the limit"),
        pytest.param(TIERED, Usage(input=1, cache_read=200_000), Decimal("0.400002"), id="all of a larger request"),
        pytest.param(TIERED, Usage(input=10, output=300_000), Decimal("1.20001"), id="output is not input"),
    ],
)
def test_cost(price, usage, expected):
    assert cost(price, usage) == expected
