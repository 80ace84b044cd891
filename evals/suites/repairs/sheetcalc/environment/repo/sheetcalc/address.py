# Cell addresses such as B7, and ranges of them.

import re
from typing import NamedTuple

ADDRESS = re.compile(r"^([A-Z]{1,3})([1-9]\d*)$")


class Address(NamedTuple):
    row: int
    column: int


def column_number(letters):
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def parse_address(text):
    found = ADDRESS.match(text.upper())
    if found is None:
        raise ValueError(f"not a cell: {text!r}")
    return Address(int(found[2]), column_number(found[1]))


def expand(first, last):
    """All addresses of a block, row by row; the corners may come in any order."""
    top, bottom = sorted((first.row, first.row))
    left, right = sorted((first.column, last.column))
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            yield Address(row, column)
