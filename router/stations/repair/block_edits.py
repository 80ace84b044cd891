"""Statements in another order or at another depth, or gone. Pure, like `expression_edits`."""

import ast
import textwrap
from collections.abc import Iterator
from itertools import pairwise

from router.stations.repair.layout import LEAVES, Block, blocks_of, dedented, lines_of, owns_its_lines
from router.stations.repair.operator_edits import Draft
from router.stations.repair.scope import Scope
from router.stations.repair.source import Function, Source, Span


def block_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """Changes to the statements inside a compound one: order, membership, depth."""
    for block in blocks_of(node):
        if not all(owns_its_lines(source, statement) for statement in block):
            continue
        for first, second in pairwise(block):
            yield from _swap(source, first, second)
            if isinstance(first, ast.If | ast.For | ast.While):
                yield from _indent_into(source, first, second)
        for statement in block:
            yield from _delete(source, block, statement)
        yield from _moves(source, block)
        if not isinstance(node, Function | ast.ClassDef):
            yield from _dedent_last(source, node, block)
            yield from _reset_moves(source, node, block)


def _swap(source: Source, first: ast.stmt, second: ast.stmt) -> Iterator[Draft]:
    a, b = source.code(first), source.code(second)
    if "\n" not in a and "\n" not in b:
        yield Draft("statement_swap", (source.replace(first, b), source.replace(second, a)))
    else:
        start, middle = lines_of(source, first)
        _, end = lines_of(source, second)
        text = source.text
        tail = text[source.line_start(second.lineno) : end]
        if tail.endswith("\n"):
            between = text[middle : source.line_start(second.lineno)]
            yield Draft("statement_swap", (Span(start, end, tail + between + text[start:middle]),))


def _moves(source: Source, block: Block) -> Iterator[Draft]:
    """A statement of one line further up or down in its block, past two others or three."""
    for at, statement in enumerate(block):
        if statement.lineno != statement.end_lineno or isinstance(statement, LEAVES):
            continue
        start, end = lines_of(source, statement)
        text = source.text[start:end]
        for target in (at - 2, at - 3, at + 2, at + 3):
            if not 0 <= target < len(block) or not text.endswith("\n") or isinstance(block[target], LEAVES):
                continue
            into = lines_of(source, block[target])[target > at]
            yield Draft("statement_move", (Span(start, end, ""), Span(into, into, text)))


def _delete(source: Source, block: Block, statement: ast.stmt) -> Iterator[Draft]:
    if (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)) or isinstance(
        statement, Function
    ):
        return
    if len(block) > 1:
        yield Draft("statement_delete", (Span(*lines_of(source, statement), ""),))
    else:
        yield Draft("statement_delete", (source.replace(statement, "pass"),))


def _dedent_last(source: Source, outer: ast.stmt, block: Block) -> Iterator[Draft]:
    """The last statement leaves its loop or branch: a `return` one level too deep."""
    last = block[-1]
    outer_end = lines_of(source, outer)[1]
    start, end = lines_of(source, last)
    moved = dedented(source, outer, last)
    if not moved.endswith("\n"):
        return
    if len(block) == 1:
        yield Draft("dedent_last", (source.replace(last, "pass"), Span(outer_end, outer_end, moved)))
    elif end == outer_end:
        yield Draft("dedent_last", (Span(start, end, moved),))
    else:
        yield Draft("dedent_last", (Span(start, end, ""), Span(outer_end, outer_end, moved)))


def _indent_into(source: Source, outer: ast.If | ast.For | ast.While, following: ast.stmt) -> Iterator[Draft]:
    """The statement after a loop or branch joins it."""
    body = (outer.orelse or outer.body) if isinstance(outer, ast.If) else outer.body
    last = body[-1]
    if not owns_its_lines(source, last) or (isinstance(outer, ast.For | ast.While) and outer.orelse):
        return
    text = textwrap.dedent(source.text[slice(*lines_of(source, following))])
    if text.endswith("\n"):
        start, end = lines_of(source, following)
        yield Draft("indent_next", (Span(start, end, textwrap.indent(text, source.indent(last))),))


def _reset_moves(source: Source, outer: ast.stmt, block: Block) -> Iterator[Draft]:
    """The assignment before a loop becomes the first statement in it: a total that is not started anew; or back."""
    siblings = next((b for b in blocks_of(source.parents[outer]) if outer in b), [outer])
    at = siblings.index(outer)
    if not isinstance(outer, ast.For | ast.While) or block is not outer.body:
        return
    for before in siblings[max(0, at - 2) : at]:
        if isinstance(before, ast.Assign) and owns_its_lines(source, before):
            text = textwrap.dedent(source.text[slice(*lines_of(source, before))])
            into = source.line_start(block[0].lineno)
            moved = Span(into, into, textwrap.indent(text, source.indent(block[0])))
            yield Draft("reset_move", (Span(*lines_of(source, before), ""), moved))
    first = block[0]
    if isinstance(first, ast.Assign) and len(block) > 1:
        into = source.line_start(outer.lineno)
        yield Draft(
            "reset_move", (Span(*lines_of(source, first), ""), Span(into, into, dedented(source, outer, first)))
        )


def block_moves(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """The first statement of a block leaves it upwards; the statement before a block joins it."""
    for block in blocks_of(node):
        first = block[0]
        if isinstance(node, Function | ast.ClassDef) or len(block) < 2 or not owns_its_lines(source, first):
            continue
        if block is not getattr(node, "body", None) or not owns_its_lines(source, block[1]):
            continue
        if not isinstance(node, ast.For | ast.While) or not isinstance(first, ast.Assign):
            text = textwrap.dedent(source.text[slice(*lines_of(source, first))])
            into = source.line_start(node.lineno)
            if not source.text[into:].lstrip().startswith("elif"):
                moved = Span(into, into, textwrap.indent(text, source.indent(node)))
                yield Draft("move_out", (Span(*lines_of(source, first), ""), moved))
    parent = source.parents.get(node)
    if not isinstance(node, ast.If | ast.With | ast.For | ast.While) or parent is None:
        return
    block = next((b for b in blocks_of(parent) if node in b), [node])
    at = block.index(node)
    before, inner = block[at - 1] if at else None, node.body[0]
    if before is None or not owns_its_lines(source, before) or not owns_its_lines(source, inner):
        return
    if isinstance(before, LEAVES | Function) or (isinstance(before, ast.Assign) and isinstance(node, ast.For)):
        return
    text = textwrap.dedent(source.text[slice(*lines_of(source, before))])
    into = source.line_start(inner.lineno)
    moved = Span(into, into, textwrap.indent(text, source.indent(inner)))
    yield Draft("move_in", (Span(*lines_of(source, before), ""), moved))


BLOCK_EDITS = (block_edits, block_moves)
