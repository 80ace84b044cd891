class FormulaError(Exception):
    """A formula that cannot be read."""


class CellError(Exception):
    """A formula that can be read but has no value; `code` is what the cell shows."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


DIVISION = "#DIV/0!"
CYCLE = "#CYCLE!"
VALUE = "#VALUE!"
NAME = "#NAME?"
