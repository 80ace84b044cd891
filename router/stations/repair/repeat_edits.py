"""Statements that stand elsewhere, repeated: a forgotten update, a missing way out of a branch. Pure."""

import ast
from collections.abc import Iterable, Iterator

from router.stations.repair.layout import LEAVES, blocks_of, in_loop, lines_of, owns_its_lines
from router.stations.repair.operator_edits import Draft
from router.stations.repair.prior import EXCEPTIONS
from router.stations.repair.scope import Scope
from router.stations.repair.source import Function, Source, Span


def repeat_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """A short statement of the class or file before or after this one."""
    if isinstance(node, Function | ast.ClassDef) or not owns_its_lines(source, node) or not scope.repeats:
        return
    parent = source.parents.get(node)
    block = next((b for b in blocks_of(parent) if node in b), None) if parent else None
    if block is None:
        return
    indent, at = source.indent(node), source.line_start(node.lineno)
    end = lines_of(source, node)[1]
    neighbours = {source.code(statement) for statement in block}
    for text in scope.repeats:
        if text in neighbours:
            continue
        if node is block[0] or isinstance(node, LEAVES):
            yield Draft("repeat_statement", (Span(at, at, f"{indent}{text}\n"),))
        if not isinstance(node, LEAVES) and source.text[:end].endswith("\n"):
            yield Draft("repeat_statement", (Span(end, end, f"{indent}{text}\n"),))


def leave_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """The branch ends its loop or function, or no longer does."""
    if isinstance(node, ast.Return):
        if in_loop(source, node) and node.value is None:
            yield Draft("leave_branch", (source.replace(node, "continue"),))
            yield Draft("leave_branch", (source.replace(node, "break"),))
        return
    if isinstance(node, ast.Break):
        yield Draft("leave_branch", (source.replace(node, "return"),))
        return
    if not isinstance(node, ast.If):
        return
    last = node.body[-1]
    if not isinstance(last, LEAVES) and owns_its_lines(source, last):
        end = lines_of(source, last)[1]
        words = ("continue", "break", "return") if in_loop(source, node) else ("return",)
        if source.text[:end].endswith("\n"):
            for word in words:
                yield Draft("leave_branch", (Span(end, end, f"{source.indent(last)}{word}\n"),))
    if len(node.body) == 1 and isinstance(last, ast.Pass) and in_loop(source, node):
        yield Draft("leave_branch", (source.replace(last, "continue"),))


def store_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """A count or sum per key that forgets what was there, or trips over what was not."""
    match node:
        case ast.Assign(targets=[ast.Subscript() as target], value=value):
            old = f"{source.code(target.value)}.get({source.code(target.slice)}, 0)"
            if ".get(" not in source.code(value):
                yield Draft("count_per_key", (source.replace(value, f"{old} + {source.code(value)}"),))
                yield Draft("count_per_key", (source.replace(value, f"max({old}, {source.code(value)})"),))
        case ast.AugAssign(target=ast.Subscript() as target, op=ast.Add(), value=value):
            place, held = source.code(target), source.code(target.value)
            text = f"{place} = {held}.get({source.code(target.slice)}, 0) + {source.code(value)}"
            yield Draft("count_per_key", (source.replace(node, text),))
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Subscript() as target, attr="append" | "add" as name))
        ):
            empty = "[]" if name == "append" else "set()"
            text = f"{source.code(target.value)}.setdefault({source.code(target.slice)}, {empty})"
            yield Draft("count_per_key", (source.replace(target, text),))
        case ast.Delete(targets=[ast.Subscript() as target]):
            text = f"{source.code(target.value)}.pop({source.code(target.slice)}, None)"
            yield Draft("count_per_key", (source.replace(node, text),))
        case _:
            return


def handler_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """What is caught: another, one more, one less; what is raised: another."""
    others = dict.fromkeys((*scope.exceptions, *scope.hints.missing_errors, *EXCEPTIONS))
    match node:
        case ast.Try():
            for handler in node.handlers:
                yield from _caught(source, handler, others)
        case ast.Raise(exc=ast.Call(func=ast.Name() as raised) | (ast.Name() as raised)):
            for name in others:
                if raised.id != name:
                    yield Draft("other_exception", (source.replace(raised, name),))
        case _:
            return


def _caught(source: Source, handler: ast.ExceptHandler, others: Iterable[str]) -> Iterator[Draft]:
    caught = handler.type
    if isinstance(caught, ast.Tuple):
        for element in caught.elts:
            yield Draft("other_exception", (source.replace(caught, source.code(element)),))
        end = source.span(caught.elts[-1])[1]
        for name in others:
            yield Draft("other_exception", (Span(end, end, f", {name}"),))
    elif caught is not None:
        for name in others:
            if name != source.code(caught):
                yield Draft("other_exception", (source.replace(caught, name),))
                yield Draft("caught_too", (source.replace(caught, f"({source.code(caught)}, {name})"),))


REPEAT_EDITS = (repeat_edits, leave_edits, store_edits, handler_edits)
