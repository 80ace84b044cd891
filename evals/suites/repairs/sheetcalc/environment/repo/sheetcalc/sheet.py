import csv
import io

from sheetcalc.address import Address, parse_address
from sheetcalc.errors import CYCLE, CellError
from sheetcalc.evaluate import evaluate, show
from sheetcalc.parser import Parser


class Sheet:
    """Cells by address. Values are worked out when asked for and kept until something is set."""

    def __init__(self):
        self._contents = {}
        self._values = {}
        self._open = set()

    def set(self, where, content):
        """Put a number, a text, or a formula (text that starts with `=`) into a cell; None empties it."""
        self._put(parse_address(where), content)

    def _put(self, address, content):
        self._values.clear()
        if content is None:
            self._contents.pop(address, None)
        elif isinstance(content, str) and content.startswith("="):
            self._contents[address] = Parser(content[1:]).parse()
        else:
            self._contents[address] = content

    def value(self, where):
        return self._value(parse_address(where))

    def text(self, where):
        try:
            return show(self.value(where))
        except CellError as error:
            return error.code

    def _value(self, address):
        content = self._contents.get(address)
        if content is None or isinstance(content, (str, int, float)):
            return content
        if address in self._values:
            return self._values[address]
        if address in self._open:
            raise CellError(CYCLE)
        self._open.add(address)
        try:
            self._values[address] = evaluate(content, self._value)
        finally:
            self._open.discard(address)
        return self._values[address]

    @classmethod
    def from_csv(cls, text):
        sheet = cls()
        for row, fields in enumerate(csv.reader(io.StringIO(text)), 1):
            for column, field in enumerate(fields, 1):
                if field:
                    sheet._put(Address(row, column), _content(field))
        return sheet


def _content(field):
    try:
        return float(field)
    except ValueError:
        return field
