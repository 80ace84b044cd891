import operator

from sheetcalc.address import expand
from sheetcalc.errors import DIVISION, NAME, VALUE, CellError
from sheetcalc.functions import FUNCTIONS
from sheetcalc.nodes import Binary, Call, Cell, Literal, Negative, Range

ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
COMPARISON = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}


def number(value):
    if value is None or value == "":
        return 0.0
    if isinstance(value, (int, float)):
        return value
    raise CellError(VALUE)


def evaluate(node, lookup):
    """The value of a formula; `lookup` gives the value of an address."""
    match node:
        case Literal(value):
            return value
        case Cell(address):
            return lookup(address)
        case Negative(operand):
            return -number(evaluate(operand, lookup))
        case Binary():
            return binary(node, lookup)
        case Call(name, arguments):
            return call(name, arguments, lookup)
        case _:
            raise CellError(VALUE)


def binary(node, lookup):
    left = evaluate(node.left, lookup)
    right = evaluate(node.right, lookup)
    if node.operator == "&":
        return "".join("" if value is None else show(value) for value in (left, right))
    try:
        if node.operator in COMPARISON:
            return COMPARISON[node.operator](left, right)
        return ARITHMETIC[node.operator](number(left), number(right))
    except ZeroDivisionError:
        raise CellError(DIVISION) from None
    except TypeError:
        raise CellError(VALUE) from None


def call(name, arguments, lookup):
    if name not in FUNCTIONS:
        raise CellError(NAME)
    values = []
    for argument in arguments:
        if isinstance(argument, Range):
            values.append([lookup(address) for address in expand(argument.first, argument.last)])
        else:
            values.append([evaluate(argument, lookup)])
    try:
        return FUNCTIONS[name](*values)
    except ZeroDivisionError:
        raise CellError(DIVISION) from None
    except TypeError:
        raise CellError(VALUE) from None


def show(value):
    """How a value looks in a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)
