"""Where statements stand in the text of a file: blocks, lines, depth. Pure."""

import ast
import textwrap
from collections.abc import Iterator, Sequence

from router.stations.repair.source import Function, Source

LEAVES = ast.Return | ast.Raise | ast.Break | ast.Continue
Block = Sequence[ast.stmt]


def blocks_of(node: ast.AST) -> Iterator[Block]:
    """The lists of statements that a node holds directly."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block


def owns_its_lines(source: Source, node: ast.stmt) -> bool:
    """Nothing else stands on the statement's lines, so that whole lines can be moved."""
    start, end = source.span(node)
    before = source.text[source.line_start(node.lineno) : start]
    after = source.text[end : source.line_start((node.end_lineno or node.lineno) + 1)]
    return not before.strip() and (not after.strip() or after.strip().startswith("#"))


def lines_of(source: Source, node: ast.stmt) -> tuple[int, int]:
    return source.line_start(node.lineno), source.line_start((node.end_lineno or node.lineno) + 1)


def dedented(source: Source, outer: ast.stmt, statement: ast.stmt) -> str:
    text = source.text[slice(*lines_of(source, statement))]
    return textwrap.indent(textwrap.dedent(text), source.indent(outer))


def in_loop(source: Source, node: ast.AST) -> bool:
    parent = source.parents.get(node)
    while parent is not None and not isinstance(parent, Function | ast.Lambda):
        if isinstance(parent, ast.For | ast.AsyncFor | ast.While):
            return True
        parent = source.parents.get(parent)
    return False
