"""What tables are made of."""

from decimal import Decimal

import pytest

from codergen.cli.text import dollars


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "unknown"),
        ("0", "$0"),
        ("0.5", "$0.5"),
        ("12", "$12"),
        ("0.00012", "$0.0001"),
        ("0.0000123", "$0.000012"),
        ("0.00000004", "$0.00000004"),
    ],
)
def test_a_cost_is_never_shown_as_none(amount: str | None, shown: str) -> None:
    assert dollars(None if amount is None else Decimal(amount)) == shown
