"""What the functions of a file can refer to: names, literals, small pieces of code for use elsewhere. Pure."""

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass

from router.stations.repair.source import Function, Source

REPEATS = 24
"""Statements that are tried elsewhere, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Names that an edit inside one function may use, in order of first appearance."""

    names: tuple[str, ...]
    """Parameters and local variables."""
    attributes: tuple[str, ...]
    """Attribute names used anywhere in the file."""
    functions: tuple[str, ...]
    """Functions of the file."""
    constants: tuple[str, ...]
    """Literals (as source) in the function, then in the file."""
    expressions: tuple[str, ...]
    """Small expressions of the function, for re-use elsewhere in it."""
    repeats: tuple[str, ...] = ()
    """Short statements of its class, else of the file, whose names are all known in the function."""
    exceptions: tuple[str, ...] = ()
    """Exceptions that the file defines or imports, as far as their names tell."""


def scope_of(source: Source, function: ast.AST) -> Scope:
    """`function` may be the whole module, for edits at its top level."""
    nodes = [*_in_order(function)]
    whole = nodes if function is source.tree else [*_in_order(source.tree)]
    names = [n.arg for n in nodes if isinstance(n, ast.arg)]
    names += [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    constants = [source.code(n) for n in (*nodes, *whole) if isinstance(n, ast.Constant) and _plain(source, n)]
    sized = [
        source.code(n)
        for n in nodes
        if isinstance(n, ast.Attribute | ast.Subscript | ast.BinOp | ast.Call)
        and not isinstance(getattr(n, "ctx", None), ast.Store)
    ]
    return Scope(
        names=_unique(names),
        attributes=_unique([n.attr for n in whole if isinstance(n, ast.Attribute)]),
        functions=_unique([n.name for n in whole if isinstance(n, Function)]),
        constants=_unique(constants),
        expressions=_unique([text for text in sized if len(text) <= 30 and "\n" not in text]),
        repeats=() if function is source.tree else _repeats(source, function, names),
        exceptions=_unique([n for n in _bound(source.tree) if n.endswith(("Error", "Exception", "Warning"))]),
    )


def _repeats(source: Source, function: ast.AST, names: list[str]) -> tuple[str, ...]:
    """Updates of attributes and the like; a single unknown name becomes one of the function's own."""
    owner = source.parents.get(function)
    known = {*names, *_bound(source.tree), *dir(builtins)}
    own = [n for n in dict.fromkeys(names) if n not in {"self", "cls"}][:4]
    found: list[str] = []
    for statement in _in_order(owner if isinstance(owner, ast.ClassDef) else function):
        if not isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign | ast.Delete):
            continue
        text = source.code(statement)
        if len(text) > 70 or "\n" in text or not _changes_something(statement):
            continue
        strange = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} - known
        if not strange:
            found.append(text)
        elif len(strange) == 1:
            found.extend(re.sub(rf"\b{strange.copy().pop()}\b", name, text) for name in own)
    return _unique(found)[:REPEATS]


def _changes_something(statement: ast.stmt) -> bool:
    """An attribute, an item, or a call for its effect; a name set again is rarely what was forgotten."""
    match statement:
        case ast.Assign(targets=[ast.Name()]):
            return False
        case ast.Expr(value=ast.Call(func=ast.Attribute())):
            return True
        case _:
            return not isinstance(statement, ast.Expr)


def _bound(tree: ast.Module) -> list[str]:
    """Names that a file's top level defines or imports."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names += [(alias.asname or alias.name).split(".")[0] for alias in node.names]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names += [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return names


def _plain(source: Source, node: ast.Constant) -> bool:
    """A literal whose span is its own: not a docstring, not a piece of an f-string."""
    parent = source.parents.get(node)
    if isinstance(parent, ast.Expr | ast.JoinedStr | ast.FormattedValue):
        return False
    return node.value is not Ellipsis and len(source.code(node)) <= 40


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)


def _unique(items: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
