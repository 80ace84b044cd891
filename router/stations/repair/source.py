"""One Python file as text and tree, with exact spans. Pure."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from codergen.tools.locate import first_line, parse

Function = ast.FunctionDef | ast.AsyncFunctionDef
_LINE_END = re.compile(r"\r\n|\r|\n")


class Span(NamedTuple):
    """Characters [start, end) of a file's text, to be replaced."""

    start: int
    end: int
    text: str


class Place(NamedTuple):
    """The outermost function that an edit lies in, as its code object names it."""

    line: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A parsed file."""

    path: str
    text: str
    tree: ast.Module
    starts: tuple[int, ...]
    """Offset of each line's first character."""
    parents: dict[ast.AST, ast.AST]

    def offset(self, line: int, column: int) -> int:
        """Character offset of an AST position (1-based line, UTF-8 column)."""
        start = self.starts[line - 1]
        chunk = self.text[start : start + column]
        if chunk.isascii():
            return start + column
        return start + len(self.text[start:].encode()[:column].decode(errors="replace"))

    def span(self, node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )

    def code(self, node: ast.expr | ast.stmt) -> str:
        start, end = self.span(node)
        return self.text[start:end]

    def replace(self, node: ast.expr | ast.stmt, text: str) -> Span:
        return Span(*self.span(node), text)

    def line_start(self, line: int) -> int:
        return self.starts[line - 1] if line <= len(self.starts) else len(self.text)

    def indent(self, node: ast.stmt) -> str:
        """White space before a statement that starts its line."""
        start = self.starts[node.lineno - 1]
        return self.text[start : self.offset(node.lineno, node.col_offset)]


def open_source(path: str, text: str) -> Source | None:
    """None when it does not parse."""
    tree = parse(text)
    if tree is None:
        return None
    starts = (0, *(match.end() for match in _LINE_END.finditer(text)))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return Source(path=path, text=text, tree=tree, starts=starts, parents=parents)


def top_level(source: Source) -> Iterator[ast.stmt]:
    """Statements that run at import: those of the module and of its classes."""
    pending: list[ast.stmt] = list(source.tree.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.ClassDef):
            pending = [*node.body, *pending]
        elif not isinstance(node, Function | ast.Import | ast.ImportFrom):
            yield node


def place_of(node: Function) -> Place:
    return Place(line=first_line(node), name=node.name)


def first_statement(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    """The first statement after the docstring."""
    first = node.body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return node.body[1] if documented and len(node.body) > 1 else first
