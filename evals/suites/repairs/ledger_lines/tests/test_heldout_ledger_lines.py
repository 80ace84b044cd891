from decimal import Decimal

import pytest
from ledgerlines import parse_line, parse_lines, totals


@pytest.mark.parametrize("name", ["cash", "travel", "tax", "access", "t", "cat:food", "acme", "a:b"])
def test_names_are_kept(name):
    assert parse_line(f"acct:{name};1")[0] == name


def test_only_the_first_prefix_goes():
    assert parse_line("acct:acct:x;1")[0] == "acct:x"
    assert parse_line("old acct:petty;1")[0] == "old acct:petty"


def test_name_without_prefix_and_spaces():
    assert parse_line("  Cats ; 2")[0] == "cats"
    assert parse_line(" acct: Taxi ;2")[0] == "taxi"


def test_totals():
    text = "acct:cash;1.25\nacct:ash;2\nacct:cash;0.75"
    assert totals(parse_lines(text)) == {"ash": Decimal(2), "cash": Decimal("2.00")}


def test_bad_amount():
    with pytest.raises(ValueError, match="bad amount"):
        parse_line("acct:cash;x")
