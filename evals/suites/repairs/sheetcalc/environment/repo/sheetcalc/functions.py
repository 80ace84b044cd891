"""Functions of formulas. Each takes its arguments as lists of values: one value, or the cells of a range."""

from sheetcalc.errors import VALUE, CellError


def numbers(arguments):
    """Numbers of all arguments; empty cells and text in ranges do not count."""
    found = []
    for values in arguments:
        for value in values:
            if isinstance(value, (int, float)):
                found.append(value)
            elif len(values) == 1 and value not in (None, ""):
                raise CellError(VALUE)
    return found


def choose(condition, yes, no):
    return yes[0] if condition[0] else no[0]


FUNCTIONS = {
    "SUM": lambda *arguments: sum(numbers(arguments)),
    "MIN": lambda *arguments: min(numbers(arguments), default=0),
    "MAX": lambda *arguments: max(numbers(arguments), default=0),
    "COUNT": lambda *arguments: len(numbers(arguments)),
    "AVERAGE": lambda *arguments: sum(numbers(arguments)) / len(numbers(arguments)),
    "IF": choose,
}
