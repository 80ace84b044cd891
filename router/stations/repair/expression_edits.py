"""Changes to calls, names and slices. Pure: each function looks at one node and yields drafts."""

import ast
import difflib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from router.stations.repair.operator_edits import Draft, as_operand, wrapped
from router.stations.repair.prior import (
    FUNCTION_FAMILIES,
    METHOD_FAMILIES,
    family_members,
)
from router.stations.repair.scope import Scope
from router.stations.repair.source import Source, Span
from router.stations.repair.value_edits import VALUE_EDITS


def call_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    if not isinstance(node, ast.Call):
        return
    args = node.args
    for first, second in pairwise(args):
        spans = (source.replace(first, source.code(second)), source.replace(second, source.code(first)))
        yield Draft("swap_arguments", spans)
    if len(args) == 3:
        yield Draft(
            "swap_arguments",
            (source.replace(args[0], source.code(args[2])), source.replace(args[2], source.code(args[0]))),
        )
    if len(args) == 1 and not isinstance(args[0], ast.Starred | ast.GeneratorExp):
        yield Draft("unwrap_call", (source.replace(node, wrapped(source, args[0], source.code(args[0]))),))
    if isinstance(node.func, ast.Attribute) and not isinstance(source.parents.get(node), ast.Expr):
        yield Draft("unwrap_call", (source.replace(node, source.code(node.func.value)),))
    if len(args) + len(node.keywords) > 1:
        everything = [*args, *(k.value for k in node.keywords)]
        for i in range(1, len(everything)):
            start = source.span(everything[i - 1])[1]
            yield Draft("drop_argument", (Span(start, source.span(everything[i])[1], ""),))
    name = (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )
    if name == "range":
        yield from _range_edits(source, node)
    if name in {"sorted", "sort", "max", "min"}:
        yield from _reverse_edits(source, node, name)
    if name == "get" and len(args) == 1:
        for default in ("0", "[]", '""', "False", "{}"):
            end = source.span(args[0])[1]
            yield Draft("get_default", (Span(end, end, f", {default}"),))


def _range_edits(source: Source, node: ast.Call) -> Iterator[Draft]:
    args = [source.code(arg) for arg in node.args]
    head = source.code(node.func)
    if len(args) == 1:
        choices = [f"1, {args[0]}", f"1, {args[0]} + 1", f"{args[0]} - 1, -1, -1"]
    elif len(args) == 2:
        choices = [args[1], f"{args[0]}, {args[1]}, 2", f"{args[0]}, {args[1]}, -1", f"{args[1]}, {args[0]}, -1"]
    else:
        choices = [", ".join(args[:2])] if len(args) == 3 else []
    for choice in choices:
        yield Draft("range_start", (source.replace(node, f"{head}({choice})"),))


def _reverse_edits(source: Source, node: ast.Call, name: str) -> Iterator[Draft]:
    if not any(k.arg == "reverse" for k in node.keywords) and name in {"sorted", "sort"}:
        end = source.span(node)[1] - 1
        comma = ", " if node.args or node.keywords else ""
        yield Draft("reverse_keyword", (Span(end, end, f"{comma}reverse=True"),))


def name_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        called = isinstance(parent := source.parents.get(node), ast.Call) and parent.func is node
        if called:
            near = [*family_members(node.id, FUNCTION_FAMILIES), *_similar(node.id, scope.functions)]
            for name in dict.fromkeys(near):
                yield Draft("near_function", (source.replace(node, name),))
            return
        for name in scope.names:
            if name != node.id and name not in {"self", "cls"} and node.id not in {"self", "cls"}:
                yield Draft("other_name", (source.replace(node, name),))
    elif isinstance(node, ast.Attribute):
        end = source.span(node)[1]
        start = end - len(node.attr)
        called = isinstance(parent := source.parents.get(node), ast.Call) and parent.func is node
        family = family_members(node.attr, METHOD_FAMILIES)
        for name in family:
            yield Draft("near_method" if called else "near_attribute", (Span(start, end, name),))
        for name in _similar(node.attr, scope.attributes):
            if name not in family:
                yield Draft("near_attribute", (Span(start, end, name),))


def _similar(name: str, others: Sequence[str]) -> list[str]:
    return difflib.get_close_matches(name, [o for o in others if o != name], n=5, cutoff=0.5)


def subscript_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    if not isinstance(node, ast.Subscript):
        return
    if isinstance(node.slice, ast.Slice):
        yield from _slice_edits(source, node, node.slice)
    elif isinstance(node.ctx, ast.Load):
        value, index = source.code(node.value), source.code(node.slice)
        yield from (
            Draft("get_default", (source.replace(node, f"{value}.get({index}{default})"),))
            for default in ("", ", 0", ", []", ', ""')
        )


def _slice_edits(source: Source, node: ast.Subscript, part: ast.Slice) -> Iterator[Draft]:
    value = source.code(node.value)
    lower, upper = (source.code(bound) if bound else "" for bound in (part.lower, part.upper))
    step = f":{source.code(part.step)}" if part.step else ""
    choices = [f"{lower}:{step}" if upper else "", f":{upper}{step}" if lower else "", f"{upper}:{lower}{step}"]
    if lower:
        choices += [f"{lower} + 1:{upper}{step}", f"{lower} - 1:{upper}{step}", f":-{lower}{step}"]
    else:
        choices += [f"1:{upper}{step}"]
    if upper:
        choices += [f"{lower}:{upper} + 1{step}", f"{lower}:{upper} - 1{step}", f"{lower}:-{upper}{step}"]
        choices += [f"{lower}:{lower} + {upper}{step}"] if lower else [f"{upper.lstrip('-')}:{step}"]
    else:
        choices += [f"{lower}:-1{step}"]
    choices.append(f"{lower}:{upper}" if step else f"{lower}:{upper}:-1")
    own = f"{lower}:{upper}{step}"
    for choice in dict.fromkeys(choices):
        if choice and choice != own:
            yield Draft("slice_bound", (source.replace(node, f"{value}[{choice}]"),))
    if isinstance(node.ctx, ast.Load):
        yield Draft("slice_bound", (source.replace(node, value),))


def shift_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """The value one more or one less, where a number may stand."""
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.BinOp):
        return
    if not isinstance(getattr(node, "ctx", None), ast.Load | None) or not _may_be_number(source, node):
        return
    code = source.code(node)
    for text in (f"{code} + 1", f"{code} - 1"):
        yield Draft("expression_shift", (source.replace(node, wrapped(source, node, text)),))
    yield Draft("negate", (source.replace(node, wrapped(source, node, f"-{as_operand(source, node)}")),))
    for text in (
        f"{as_operand(source, node)} * 2",
        f"{as_operand(source, node)} // 2",
        f"{as_operand(source, node)} / 2",
        f"{as_operand(source, node)} % 10",
    ):
        yield Draft("scale", (source.replace(node, wrapped(source, node, text)),))


def _may_be_number(source: Source, node: ast.expr) -> bool:
    parent = source.parents.get(node)
    match parent:
        case ast.Call():
            return parent.func is not node
        case ast.Subscript():
            return parent.slice is node
        case ast.Slice() | ast.Compare() | ast.BinOp() | ast.Return() | ast.Assign() | ast.AugAssign() | ast.IfExp():
            return True
        case ast.Tuple() | ast.List() | ast.comprehension() | ast.ListComp() | ast.GeneratorExp() | ast.UnaryOp():
            return not isinstance(parent, ast.comprehension)
        case _:
            return False


def literal_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    match node:
        case ast.IfExp():
            spans = (
                source.replace(node.body, source.code(node.orelse)),
                source.replace(node.orelse, source.code(node.body)),
            )
            yield Draft("swap_branches", spans)
            yield Draft("unwrap_call", (source.replace(node, source.code(node.body)),))
        case ast.Tuple(elts=[first, second], ctx=ast.Load()):
            spans = (source.replace(first, source.code(second)), source.replace(second, source.code(first)))
            yield Draft("swap_elements", spans)
        case ast.BinOp(
            left=ast.List(elts=[ast.BinOp(left=ast.List()) | ast.List() as row]), op=ast.Mult(), right=count
        ):
            text = f"[{source.code(row)} for _ in range({source.code(count)})]"
            yield Draft("shared_rows", (source.replace(node, text),))
        case ast.Dict(keys=[], values=[]):
            yield Draft("other_constant", (source.replace(node, "set()"),))
        case _:
            return


EXPRESSION_EDITS = (
    call_edits, name_edits, subscript_edits, shift_edits, literal_edits, *VALUE_EDITS,
)  # fmt: skip
