"""Values converted, cleaned, bounded, copied, filtered, or taken from elsewhere. Pure, like `expression_edits`."""

import ast
from collections.abc import Iterator

from router.stations.repair.operator_edits import Draft, as_operand, wrapped
from router.stations.repair.prior import WRAPPERS
from router.stations.repair.scope import Scope
from router.stations.repair.source import Source, Span


def comprehension_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    if not isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        return
    for loop in node.generators:
        end = source.span(loop.ifs[-1] if loop.ifs else loop.iter)[1]
        if loop.ifs:
            yield Draft("comprehension_filter", (Span(source.span(loop.iter)[1], end, ""),))
        elif isinstance(loop.target, ast.Name):
            yield Draft("comprehension_filter", (Span(end, end, f" if {loop.target.id}"),))
            yield Draft("comprehension_filter", (Span(end, end, f" if {loop.target.id} is not None"),))


def result_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A returned value converted, negated or bounded."""
    if not isinstance(source.parents.get(node), ast.Return):
        return
    code = source.code(node)
    for wrapper in WRAPPERS:
        if not (isinstance(node, ast.Call) and source.code(node.func) == wrapper):
            yield Draft("return_wrap", (source.replace(node, f"{wrapper}({code})"),))
    yield Draft("negate_return", (source.replace(node, f"not ({code})"),))
    for bound in ("0", "1", *scope.names[:6]):
        for function in ("max", "min"):
            yield Draft("min_max", (source.replace(node, f"{function}({code}, {bound})"),))


COPIES = (
    "list({})", "{}.copy()", "dict({})", "sorted({})", "abs({})", "set({})", "round({}, 2)", "max({}, 0)",
)  # fmt: skip


def wrap_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A value cleaned, copied or cut."""
    parent = source.parents.get(node)
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        return
    if not isinstance(getattr(node, "ctx", None), ast.Load | None):
        return
    if (isinstance(parent, ast.Call) and parent.func is node) or isinstance(parent, ast.Attribute | ast.Expr):
        return
    code = as_operand(source, node)
    for suffix in (".strip()", ".lower()"):
        if not code.endswith(suffix):
            yield Draft("string_cleanup", (source.replace(node, code + suffix),))
    for conversion in ("str({})", "int({})", "len({})", "float({})"):
        yield Draft("convert_value", (source.replace(node, conversion.format(source.code(node))),))
    for copy in COPIES:
        yield Draft("copy_value", (source.replace(node, copy.format(code)),))
    if not isinstance(node, ast.Call):
        for index in ("[::-1]", "[1:]", "[:-1]"):
            yield Draft("slice_wrap", (source.replace(node, code + index),))


def reuse_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """An expression of the same function in place of this one, or added to it."""
    if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.BinOp | ast.Call | ast.Constant):
        return
    parent = source.parents.get(node)
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del) or isinstance(
        parent, ast.Expr | ast.JoinedStr | ast.FormattedValue
    ):
        return
    if (isinstance(parent, ast.Call) and parent.func is node) or isinstance(parent, ast.Attribute):
        return
    own = source.code(node)
    for text in scope.expressions[:30]:
        if text != own:
            yield Draft("expression_elsewhere", (source.replace(node, wrapped(source, node, text)),))
    if isinstance(node, ast.Constant):
        for name in scope.names:
            yield Draft("other_name", (source.replace(node, name),))
    elif isinstance(parent, ast.Return | ast.Assign | ast.Compare | ast.Subscript):
        for name in scope.names[:6]:
            for operator in ("+", "-", "*"):
                text = f"{as_operand(source, node)} {operator} {name}"
                yield Draft("expression_combine", (source.replace(node, text),))


VALUE_EDITS = (comprehension_edits, result_edits, wrap_edits, reuse_edits)
