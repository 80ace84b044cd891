"""Changes to operators, conditions and constants. Pure: each function looks at one node and yields drafts."""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from router.stations.repair.scope import Scope
from router.stations.repair.source import Source, Span


class Draft(NamedTuple):
    """One possible change, before it is ranked."""

    kind: str
    spans: tuple[Span, ...]


COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
NEGATED = {
    "<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "is": "is not", "is not": "is", "in": "not in",
    "not in": "in",
}  # fmt: skip
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip
NEAR_OPERATORS = {
    "+": "-*|", "-": "+*", "*": ("/", "//", "+", "**"), "/": ("//", "*", "%"), "//": ("/", "%", "*"),
    "%": ("//", "/", "*"), "**": ("*", "//"), "&": "|^-", "|": "&^", "^": "|&", "<<": (">>",), ">>": ("<<",),
}  # fmt: skip
_TIGHT = ast.BinOp | ast.UnaryOp | ast.Await | ast.Attribute | ast.Subscript | ast.Call


def between(source: Source, left: ast.expr, right: ast.expr, old: str, new: str) -> Span | None:
    """Replace the operator that stands between two operands."""
    start, end = source.span(left)[1], source.span(right)[0]
    gap = source.text[start:end]
    words = old.split()
    at = gap.find(words[0])
    if at < 0 or "#" in gap:
        return None
    last = gap.find(words[-1], at)
    return Span(start + at, start + last + len(words[-1]), new)


def wrapped(source: Source, node: ast.expr, text: str) -> str:
    """`text` in place of `node`, in parentheses where the surrounding expression would bind tighter."""
    parent = source.parents.get(node)
    inside_call = isinstance(parent, ast.Call) and parent.func is not node
    inside_index = isinstance(parent, ast.Subscript) and parent.slice is node
    if isinstance(parent, _TIGHT) and not inside_call and not inside_index:
        return f"({text})"
    return text


def as_operand(source: Source, node: ast.expr) -> str:
    """The code of `node`, in parentheses unless it is atomic."""
    atomic = ast.Name | ast.Constant | ast.Attribute | ast.Subscript | ast.Call | ast.List | ast.Dict | ast.Set
    code = source.code(node)
    return code if isinstance(node, atomic) else f"({code})"


def compare_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    if not isinstance(node, ast.Compare):
        return
    left = node.left
    for operator, right in zip(node.ops, node.comparators, strict=True):
        old = COMPARE[type(operator)]
        literal = any(isinstance(side, ast.Constant) and side.value is not None for side in (left, right))
        choices = [
            ("compare_boundary", BOUNDARY.get(old)),
            ("literal_identity", {"is": "==", "is not": "!="}.get(old) if literal else None),
            ("negate_compare", NEGATED[old]),
            ("flip_compare", FLIPPED.get(old)),
            *(("other_compare", new) for new in OTHER_COMPARES.get(old, ())),
        ]
        for kind, new in choices:
            span = between(source, left, right, old, new) if new else None
            if span:
                yield Draft(kind, (span,))
        left = right


OTHER_COMPARES = {
    "<": ("==", "!="), "<=": ("==", "!="), ">": ("==", "!="), ">=": ("==", "!="), "==": ("<=", ">=", "in", "is"),
    "!=": ("<", ">", "<=", ">=", "not in"), "is": ("==",), "in": ("==",),
}  # fmt: skip


def boolean_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    if isinstance(node, ast.BoolOp):
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        spans = [between(source, a, b, old, new) for a, b in zip(node.values, node.values[1:], strict=False)]
        if all(spans):
            yield Draft("and_or", tuple(span for span in spans if span))
        for i in range(len(node.values)):
            yield Draft("drop_operand", (_without(source, node.values, i),))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield Draft("drop_not", (source.replace(node, source.code(node.operand)),))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield Draft("drop_minus", (source.replace(node, source.code(node.operand)),))
    if _is_condition(source, node) and not isinstance(node, ast.Compare):
        operand = (
            source.code(node) if isinstance(node, ast.Name | ast.Attribute | ast.Call) else f"({source.code(node)})"
        )
        yield Draft("negate_condition", (source.replace(node, f"not {operand}"),))


def _without(source: Source, values: Sequence[ast.expr], index: int) -> Span:
    """Remove one of several operands with the operator beside it."""
    if index + 1 < len(values):
        return Span(source.span(values[index])[0], source.span(values[index + 1])[0], "")
    return Span(source.span(values[index - 1])[1], source.span(values[index])[1], "")


def _is_condition(source: Source, node: ast.expr) -> bool:
    match source.parents.get(node):
        case ast.If() | ast.While() | ast.IfExp() | ast.Assert() as parent:
            return parent.test is node
        case ast.comprehension() as parent:
            return node in parent.ifs
        case ast.BoolOp():
            return True
        case _:
            return False


def constant_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    if not isinstance(node, ast.Constant) or isinstance(
        source.parents.get(node), ast.Expr | ast.JoinedStr | ast.FormattedValue
    ):
        return
    own = source.code(node)
    match node.value:
        case bool():
            yield Draft("bool_constant", (source.replace(node, str(not node.value)),))
            return
        case int() | float():
            factor = isinstance(parent := source.parents.get(node), ast.BinOp) and not isinstance(
                parent.op, ast.Add | ast.Sub
            )
            kind = "factor_shift" if factor else "constant_shift"
            yield from (Draft(kind, (source.replace(node, text),)) for text in _shifted(own, node.value))
            others = ["0", "1", "-1", "2", "10", "100", "1000", str(node.value * 10), f"-{own}"]
            for text in _usual_numbers(node.value):
                yield Draft("usual_number", (source.replace(node, text),))
        case str():
            others = ['""', '" "']
        case None:
            others = ["0", "True", "False", "[]", '""']
        case _:
            return
    same = [text for text in scope.constants if _kind(text) == _kind(own)]
    for text in dict.fromkeys([*same[:12], *others]):
        if text != own:
            yield Draft("other_constant", (source.replace(node, text),))


def _shifted(own: str, value: float) -> tuple[str, ...]:
    if isinstance(value, int):
        return (str(value + 1), str(value - 1))
    return (f"{value + 1}", f"{value - 1}", f"{value * 10:g}", f"{value / 10:g}")


def _usual_numbers(value: float) -> Iterator[str]:
    """Twice or half, a tenth, and what days, hours, bytes and years are made of."""
    if not isinstance(value, int) or abs(value) < 3:
        return
    near = [value * 2, *(value // part for part in (2, 10, 100) if value % part == 0)]
    usual = (60, 24, 7, 12, 30, 365, 3600, 86400, 1024, 16, 8) if value > 5 else ()
    yield from dict.fromkeys(str(number) for number in (*near, *usual) if number != value)


def _kind(text: str) -> str:
    return "text" if text[-1:] in {'"', "'"} else "other" if text in {"None", "True", "False"} else "number"


def arithmetic_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    if not isinstance(node, ast.BinOp):
        return
    left, right, old = source.code(node.left), source.code(node.right), BINARY.get(type(node.op))
    if old is None:
        return
    for operand in (node.left, node.right):
        yield Draft("drop_operand", (source.replace(node, source.code(operand)),))
    if (
        old not in {"+", "*", "&", "|", "^"}
        or isinstance(node.left, ast.Constant | ast.List | ast.JoinedStr)
        or old == "+"
    ):
        operands = f"{as_operand(source, node.right)} {old} {as_operand(source, node.left)}"
        yield Draft("swap_operands", (source.replace(node, operands),))
    for new in NEAR_OPERATORS[old]:
        span = between(source, node.left, node.right, old, new)
        if span:
            yield Draft("arithmetic", (span,))
    if isinstance(node.left, ast.BinOp):
        inner = node.left
        inner_old = BINARY.get(type(inner.op), "+")
        text = f"{source.code(inner.left)} {inner_old} ({source.code(inner.right)} {old} {right})"
        yield Draft("reassociate", (Span(*_outer(source, node), text),))
    if isinstance(node.right, ast.BinOp):
        inner = node.right
        inner_old = BINARY.get(type(inner.op), "+")
        text = f"({left} {old} {source.code(inner.left)}) {inner_old} {source.code(inner.right)}"
        yield Draft("reassociate", (Span(*_outer(source, node), wrapped(source, node, text)),))


def _outer(source: Source, node: ast.BinOp) -> tuple[int, int]:
    return source.span(node)


OPERATOR_EDITS = (compare_edits, boolean_edits, constant_edits, arithmetic_edits)
