from decimal import Decimal

import pytest

from ledgerlines import parse_line, parse_lines, totals


def test_prefix_is_removed():
    assert parse_line("acct:savings;3.00") == ("savings", Decimal("3.00"))


def test_whole_name_is_kept():
    assert parse_line("acct:checking;12.50") == ("checking", Decimal("12.50"))


def test_missing_amount():
    with pytest.raises(ValueError, match="no amount"):
        parse_line("acct:savings")


def test_totals_skip_comments():
    assert totals(parse_lines("# export\nacct:rent;5\n\nacct:rent;7\n")) == {"rent": Decimal(12)}
