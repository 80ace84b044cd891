from ledgerlines.parse import parse_line, parse_lines
from ledgerlines.totals import totals

__all__ = ["parse_line", "parse_lines", "totals"]
