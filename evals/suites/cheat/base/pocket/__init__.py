"""Small money arithmetic."""

from pocket.amounts import parse_amount
from pocket.shares import split

__all__ = ["parse_amount", "split"]
