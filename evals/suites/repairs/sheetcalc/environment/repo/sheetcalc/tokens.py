import re
from typing import NamedTuple

from sheetcalc.errors import FormulaError

TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>\d+(?:\.\d*)?|\.\d+)
      | (?P<text>"[^"]*")
      | (?P<cell>[A-Za-z]{1,3}[1-9]\d*(?![A-Za-z0-9(]))
      | (?P<name>[A-Za-z]+)
      | (?P<symbol><=|>=|<>|[-+*/&(),:<>=])
    )""",
    re.VERBOSE,
)


class Token(NamedTuple):
    kind: str
    text: str
    position: int


def tokenize(text):
    tokens = []
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            raise FormulaError(f"unexpected {text[position:].strip()[:1]!r} at {position}")
        tokens.append(Token(found.lastgroup, found[found.lastgroup], position))
        position = found.end()
    tokens.append(Token("end", "", position))
    return tokens
