"""Values converted, cleaned, bounded, copied, filtered, or taken from elsewhere. Pure, like `expression_edits`."""

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

from router.stations.repair.operator_edits import Draft, as_operand, wrapped
from router.stations.repair.prior import WRAPPERS
from router.stations.repair.scope import Scope
from router.stations.repair.source import Source, Span


def comprehension_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    if not isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        return
    for loop in node.generators:
        end = source.span(loop.ifs[-1] if loop.ifs else loop.iter)[1]
        if not loop.ifs:
            for text in scope.conditions[:6]:
                yield Draft("condition_elsewhere", (Span(end, end, f" if {text}"),))
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


COPIES = ("list({})", "{}.copy()", "dict({})", "abs({})", "round({}, 2)", "max({}, 0)")
SORTS = ("sorted({})", "set({})")  # fmt: skip


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
    for text in SORTS:
        yield Draft("sort_value", (source.replace(node, text.format(source.code(node))),))
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


def prefix_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A string cleaned before its method is called; a sequence turned round before a loop."""
    parent = source.parents.get(node)
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        return
    if isinstance(parent, ast.For) and parent.iter is node:
        yield Draft("prefix_call", (source.replace(node, f"reversed({source.code(node)})"),))
    if not isinstance(parent, ast.Attribute) or not isinstance(around := source.parents.get(parent), ast.Call):
        return
    if around.func is parent and source.code(node) not in {"self", "cls", "re", "os", "json", "math"}:
        for suffix in (".strip()", ".lower()"):
            if parent.attr != suffix[1:-2]:
                yield Draft("prefix_call", (source.replace(node, as_operand(source, node) + suffix),))


_SIZES = ("abs({})", "int({})", "round({})", "round({}, 2)", "max(0, {})", "max(1, {})", "min(1, {})", "str({})")


def size_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A computed number without its sign, rounded, bounded; a division rounded up; parts of a whole."""
    if not isinstance(node, ast.BinOp) or isinstance(source.parents.get(node), ast.BinOp):
        return
    code = source.code(node)
    for form in _SIZES:
        yield Draft("sized_value", (source.replace(node, form.format(code)),))
    for factor in ("* 100", "/ 100", "* 60", "/ 60", "* 1000", "/ 1000"):
        yield Draft("scale", (source.replace(node, wrapped(source, node, f"({code}) {factor}")),))
    match node:
        case ast.BinOp(left=left, op=ast.FloorDiv(), right=right):
            text = f"-(-{as_operand(source, left)} // {as_operand(source, right)})"
            yield Draft("ceiling", (source.replace(node, text),))
        case ast.BinOp(left=ast.BinOp(left=left, op=ast.FloorDiv(), right=right), op=ast.Add()):
            text = f"-(-{as_operand(source, left)} // {as_operand(source, right)})"
            yield Draft("ceiling", (source.replace(node, text),))
        case _:
            return


def order_of_parts(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """Which of two mappings wins; key and value, or neighbours in a tuple or list, the wrong way round."""
    match node:
        case ast.Dict(keys=keys, values=values) if len(values) > 1 and any(key is None for key in keys):
            yield from _neighbours(source, "merge_order", values, keys)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            swapped = (source.replace(left, source.code(right)), source.replace(right, source.code(left)))
            yield Draft("merge_order", swapped)
        case ast.DictComp(key=key, value=value):
            spans = (source.replace(key, source.code(value)), source.replace(value, source.code(key)))
            yield Draft("swap_elements", spans)
        case ast.Tuple(elts=[_, _], ctx=ast.Store()) | ast.List(elts=[_, _], ctx=ast.Load()):
            yield from _neighbours(source, "swap_elements", node.elts, node.elts)
        case ast.Tuple(elts=[_, _, _, *_], ctx=ast.Load()) if len(node.elts) <= 5:
            yield from _neighbours(source, "swap_elements", node.elts, node.elts)
        case _:
            return


def _neighbours(
    source: Source, kind: str, values: Sequence[ast.expr], keys: Sequence[ast.expr | None]
) -> Iterator[Draft]:
    """`keys`: where a part begins; None for `**part` of a dictionary, whose stars stay."""
    for (first, a), (second, b) in pairwise(zip(values, keys, strict=True)):
        if (a is None) == (b is None):
            yield Draft(kind, (source.replace(first, source.code(second)), source.replace(second, source.code(first))))
            continue
        start_a, start_b = (
            source.span(key)[0] if key else source.span(v)[0] - 2 for v, key in ((first, a), (second, b))
        )
        end_a, end_b = source.span(first)[1], source.span(second)[1]
        text = source.text
        yield Draft(kind, (Span(start_a, end_a, text[start_b:end_b]), Span(start_b, end_b, text[start_a:end_a])))


_DEFAULTED = {"pop": 1, "next": 1, "getattr": 2, "setdefault": 1, "fromkeys": 1}


def default_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """What a call gives where there is nothing."""
    if not isinstance(node, ast.Call):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    end = source.span(node)[1] - 1
    if _DEFAULTED.get(name) == len(node.args) and not node.keywords:
        for text in ("None", "0", "[]", '""'):
            yield Draft("missing_default", (Span(end, end, f", {text}"),))
    if name in {"max", "min"} and len(node.args) == 1 and all(k.arg != "default" for k in node.keywords):
        for text in ("0", "None", "-1"):
            yield Draft("missing_default", (Span(end, end, f", default={text}"),))


def fallback_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """Something else for an empty value."""
    parent = source.parents.get(node)
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
        return
    if not isinstance(parent, ast.Assign | ast.For | ast.Return | ast.comprehension | ast.keyword):
        return
    if isinstance(getattr(node, "ctx", None), ast.Load | None):
        for text in ("[]", "0", '""', "{}", *scope.unused[:2]):
            yield Draft("or_default", (source.replace(node, f"{source.code(node)} or {text}"),))


def once_only(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A generator that is gone through twice becomes a list."""
    if isinstance(node, ast.GeneratorExp) and isinstance(source.parents.get(node), ast.Assign | ast.Return):
        start, end = source.span(node)
        yield Draft("copy_shared", (Span(start, start + 1, "["), Span(end - 1, end, "]")))


VALUE_EDITS = (
    comprehension_edits, result_edits, wrap_edits, reuse_edits, prefix_edits, size_edits, order_of_parts,
    default_edits, fallback_edits, once_only,
)  # fmt: skip
