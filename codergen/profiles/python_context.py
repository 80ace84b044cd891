"""What of a file a model must see to rewrite one of its functions: the things the function names. Pure."""

import ast
from collections.abc import Iterator

from codergen.profiles.python_functions import Def, Function, first_line, parse

WHOLE = 12
"""An `__init__` of at most this many lines is shown whole: it says what `self` holds."""


def surroundings(text: str, function: Function, *, chars: int) -> str:
    """Imports, constants, signatures and fields that the function uses, as code, within `chars`."""
    tree = parse(text)
    used = _names(tree, function)
    out: list[str] = []
    room = chars
    for piece in _pieces(tree, text.replace("\r\n", "\n").split("\n"), function, used):
        if len(piece) + 1 <= room:
            out.append(piece)
            room -= len(piece) + 1
    return "\n".join(out)


def _names(tree: ast.Module, function: Function) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if not function.start <= getattr(node, "lineno", 0) <= function.end:
            continue
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                names.add(name)
            case _:
                pass
    return frozenset(names)


def _pieces(tree: ast.Module, lines: list[str], function: Function, used: frozenset[str]) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.Import() | ast.ImportFrom():
                if any((alias.asname or alias.name.partition(".")[0]) in used for alias in node.names):
                    yield _source(lines, node)
            case ast.Assign() | ast.AnnAssign():
                if _assigned(node) & used and node.lineno == node.end_lineno:
                    yield _source(lines, node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if node.name in used and node.name != function.qualname:
                    yield _signature(lines, node)
            case ast.ClassDef():
                if function.qualname.startswith(f"{node.name}."):
                    yield from _members(lines, node, function, used)
                elif node.name in used:
                    yield f"{lines[node.lineno - 1].rstrip()} ..."
            case _:
                pass


def _members(lines: list[str], owner: ast.ClassDef, function: Function, used: frozenset[str]) -> Iterator[str]:
    """The class around a method: its line, its fields, its `__init__`, and the methods that are called."""
    yield lines[owner.lineno - 1].rstrip()
    for node in owner.body:
        match node:
            case ast.Assign() | ast.AnnAssign() if node.lineno == node.end_lineno:
                yield lines[node.lineno - 1].rstrip()
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name != function.name:
                long = (node.end_lineno or node.lineno) - node.lineno >= WHOLE
                if node.name == "__init__" and not long:
                    yield "\n".join(lines[first_line(node) - 1 : node.end_lineno])
                elif node.name in used or node.name == "__init__":
                    yield _signature(lines, node)
            case _:
                pass


def _assigned(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {child.id for target in targets for child in ast.walk(target) if isinstance(child, ast.Name)}


def _signature(lines: list[str], node: Def) -> str:
    """The signature with what its docstring's first line says."""
    stop = max(node.lineno, node.body[0].lineno - 1)
    head = " ".join(line.strip() for line in lines[node.lineno - 1 : stop])
    indent = " " * node.col_offset
    said = (ast.get_docstring(node) or "").partition("\n")[0]
    if node.body[0].lineno == node.lineno:
        return f"{indent}{head}"
    return f"{indent}{head} ...{f'  # {said}' if said else ''}"


def _source(lines: list[str], node: ast.stmt) -> str:
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])
