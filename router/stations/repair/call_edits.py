"""Changes to well-known calls: sort keys, dates, counting, missing values, shared objects. Pure."""

import ast
from collections.abc import Iterator

from router.stations.repair.operator_edits import Draft, as_operand, wrapped
from router.stations.repair.scope import Scope
from router.stations.repair.source import Source, Span

_ORDERED = {"sorted", "sort", "min", "max", "nlargest", "nsmallest"}
_TIME_UNITS = ("days", "hours", "minutes", "seconds", "weeks")


def called_name(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def order_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """What a sort goes by: key dropped, added, negated, its parts in another order."""
    if not isinstance(node, ast.Call) or called_name(node) not in _ORDERED:
        return
    key = next((k.value for k in node.keywords if k.arg == "key"), None)
    if key is None:
        end = source.span(node)[1] - 1
        comma = ", " if node.args or node.keywords else ""
        for text in ("len", "str.lower", "lambda pair: pair[1]", "lambda pair: pair[0]", "lambda pair: -pair[1]"):
            yield Draft("sort_key", (Span(end, end, f"{comma}key={text}"),))
        return
    if not isinstance(key, ast.Lambda):
        return
    body, argument = key.body, key.args.args[0].arg if key.args.args else ""
    parts = list(body.elts) if isinstance(body, ast.Tuple) else [body]
    for i, part in enumerate(parts):
        text = source.code(part.operand if isinstance(part, ast.UnaryOp) else part)
        if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
            yield Draft("sort_key", (source.replace(part, text),))
        else:
            yield Draft("sort_key", (source.replace(part, f"-{as_operand(source, part)}"),))
            yield Draft("sort_key", (source.replace(part, f"{as_operand(source, part)}.lower()"),))
        if len(parts) > 1:
            others = ", ".join(source.code(p) for j, p in enumerate(parts) if j != i)
            yield Draft("sort_key", (source.replace(body, others if len(parts) == 2 else f"({others})"),))
    if len(parts) > 1:
        text = ", ".join(source.code(part) for part in reversed(parts))
        yield Draft("sort_key", (source.replace(body, f"({text})"),))
    else:
        yield from _further_keys(source, scope, body, argument)


def _further_keys(source: Source, scope: Scope, body: ast.expr, argument: str) -> Iterator[Draft]:
    """A second part that settles equals."""
    code = source.code(body)
    more = [argument, f"{argument}[0]", f"{argument}[1]", f"-{argument}[1]"]
    more += [f"{argument}.{name}" for name in scope.attributes[:12]]
    more += [f"{argument}[{text}]" for text in scope.constants[:12] if text[-1:] in {'"', "'"}]
    for text in dict.fromkeys(more):
        if text != code:
            yield Draft("sort_key_part", (source.replace(body, f"({code}, {text})"),))
            yield Draft("sort_key_part", (source.replace(body, f"({text}, {code})"),))


def date_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A unit of time mistaken; a day more or less."""
    if isinstance(node, ast.Attribute) and node.attr == "seconds" and isinstance(node.ctx, ast.Load):
        end = source.span(node)[1]
        yield Draft("time_unit", (Span(end - len(node.attr), end, "total_seconds()"),))
    if not isinstance(node, ast.Call) or called_name(node) != "timedelta":
        return
    for keyword in node.keywords:
        if keyword.arg in _TIME_UNITS:
            start = source.offset(keyword.lineno, keyword.col_offset)
            for unit in _TIME_UNITS:
                if unit != keyword.arg:
                    yield Draft("time_unit", (Span(start, start + len(keyword.arg), unit),))
    for argument in node.args[:1]:
        yield Draft("time_unit", (source.replace(argument, f"hours={source.code(argument)}"),))
        yield Draft("time_unit", (source.replace(argument, f"minutes={source.code(argument)}"),))


def keyword_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """The name of a keyword argument mistaken, or its value swapped with another's."""
    if not isinstance(node, ast.Call):
        return
    named = [k for k in node.keywords if k.arg]
    for i, first in enumerate(named):
        for second in named[i + 1 :]:
            spans = (
                source.replace(first.value, source.code(second.value)),
                source.replace(second.value, source.code(first.value)),
            )
            yield Draft("swap_arguments", spans)
    if called_name(node) == "enumerate" and len(node.args) == 1 and not node.keywords:
        end = source.span(node)[1] - 1
        for text in ("1", *(name for name in scope.names[:5] if name not in {"self", "cls"})):
            yield Draft("enumerate_start", (Span(end, end, f", {text}"),))
    if called_name(node) == "round" and len(node.args) == 1:
        end = source.span(node)[1] - 1
        for digits in ("2", "1"):
            yield Draft("round_digits", (Span(end, end, f", {digits}"),))
    if called_name(node) == "split" and not node.args:
        end = source.span(node)[1] - 1
        for text in ('","', '" "', '"\\n"'):
            yield Draft("split_argument", (Span(end, end, text),))
    if called_name(node) in {"split", "rsplit", "replace"} and node.args and not node.keywords:
        end = source.span(node.args[-1])[1]
        if len(node.args) == (2 if called_name(node) == "replace" else 1):
            yield Draft("split_argument", (Span(end, end, ", 1"),))


def missing_value_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """Empty taken for missing, or the reverse: `if x` and `if x is not None`."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and len(node.values) == 2:
        value, default = (source.code(v) for v in node.values)
        yield Draft("missing_value", (source.replace(node, f"({value} if {value} is not None else {default})"),))
        return
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.IsNot) and len(node.ops) == 1:
        negated = "not " if isinstance(node.ops[0], ast.Is) else ""
        yield Draft("missing_value", (source.replace(node, f"{negated}{source.code(node.left)}"),))
        return
    if not _is_test(source, node):
        return
    operand = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) else node
    if isinstance(operand, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        comparison = f"{source.code(operand)} is {'not ' if operand is node else ''}None"
        yield Draft("missing_value", (source.replace(node, wrapped(source, node, comparison)),))


def _is_test(source: Source, node: ast.expr) -> bool:
    match source.parents.get(node):
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            return test is node
        case ast.comprehension(ifs=tests):
            return node in tests
        case ast.BoolOp():
            return True
        case _:
            return False


_SHARED = ("list({})", "dict({})", "{}.copy()", "set({})", "[*{}]", "tuple({})")


def sharing_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A copy where a value crosses the border of its owner: stored from outside, handed out, or gone through."""
    if isinstance(node, ast.Starred | ast.Constant | ast.Lambda | ast.Compare):
        return
    match source.parents.get(node):
        case ast.Return() if isinstance(node, ast.Attribute | ast.Name | ast.Subscript):
            pass
        case ast.Assign() if isinstance(node, ast.Name | ast.BoolOp | ast.Attribute | ast.Subscript | ast.IfExp):
            yield from _deep(source, node)
        case ast.For(iter=iterated) if iterated is node and not isinstance(node, ast.Call | ast.Tuple):
            yield Draft("iterate_copy", (source.replace(node, f"list({source.code(node)})"),))
            return
        case ast.For(iter=iterated) if iterated is node and isinstance(node, ast.Call):
            yield Draft("iterate_copy", (source.replace(node, f"list({source.code(node)})"),))
            return
        case ast.Call(func=ast.Attribute(attr="append" | "add" | "insert" | "setdefault")) as call if node in call.args:
            if not isinstance(node, ast.Name | ast.Attribute):
                return
        case _:
            return
    for text in _SHARED[:3] if not isinstance(node, ast.Name | ast.Attribute) else _SHARED:
        operand = as_operand(source, node) if text.startswith("{}") else source.code(node)
        yield Draft("copy_shared", (source.replace(node, text.format(operand)),))


def _deep(source: Source, node: ast.expr) -> Iterator[Draft]:
    for statement in source.tree.body:
        if isinstance(statement, ast.Import) and any(alias.name == "copy" for alias in statement.names):
            yield Draft("copy_shared", (source.replace(node, f"copy.deepcopy({source.code(node)})"),))


def tuple_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A part of a key missing or too much."""
    parent = source.parents.get(node)
    if not isinstance(node, ast.Tuple) or not isinstance(node.ctx, ast.Load) or len(node.elts) < 2:
        return
    if not isinstance(parent, ast.Assign | ast.Subscript | ast.Call | ast.Compare):
        return
    end = source.span(node.elts[-1])[1]
    present = {source.code(element) for element in node.elts}
    for name in scope.names[:8]:
        if name not in present | {"self", "cls"}:
            yield Draft("key_part", (Span(end, end, f", {name}"),))
    if len(node.elts) > 2:
        for before, element in zip(node.elts, node.elts[1:], strict=False):
            yield Draft("key_part", (Span(source.span(before)[1], source.span(element)[1], ""),))


CALL_EDITS = (
    order_edits, date_edits, keyword_edits, missing_value_edits, sharing_edits, tuple_edits,
)  # fmt: skip
