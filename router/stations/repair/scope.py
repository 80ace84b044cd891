"""What the functions of a file can refer to: names, literals, small pieces of code for use elsewhere. Pure."""

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from codergen.tools.locate import parse
from router.stations.repair.hints import Hints
from router.stations.repair.source import Function, Source

REPEATS = 24
"""Statements that are tried elsewhere, at most."""
CONDITIONS = 12
GUARDS = 8
WRAPPERS = 5
_SPEC = re.compile(r"\{[^{}:'\"\n]+:([^{}:'\"\n]{1,8})\}")


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
    unused: tuple[str, ...] = ()
    """Parameters and variables that nothing reads: something seems to be missing."""
    stars: Mapping[str, str] = field(default_factory=dict[str, str])
    """`*` or `**` before the parameters that collect what is left."""
    conditions: tuple[str, ...] = ()
    """Conditions of the class, else of the file, whose names are all known in the function."""
    guards: tuple[str, ...] = ()
    """Likewise, short `if` statements that leave the function or the loop."""
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Code before a dot (`self`, a class of the file) -> data attributes that it is known to have."""
    methods: tuple[str, ...] = ()
    """Of the class around the function."""
    globals: tuple[str, ...] = ()
    """Constants of the file's top level."""
    wrappers: tuple[str, ...] = ()
    """What can be called with one value: `clean`, `self._key`; those that nothing calls first."""
    specs: tuple[str, ...] = ()
    """Format specifications of the file."""
    hints: Hints = field(default_factory=Hints)


def scope_of(source: Source, function: ast.AST, hints: Hints | None = None) -> Scope:
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
        unused=_unread(nodes, names),
        stars=_stars(nodes),
        conditions=() if function is source.tree else _conditions(source, function, names),
        guards=() if function is source.tree else _guards(source, function, names),
        members=_members(whole, source),
        methods=_methods(source, function),
        globals=_constants_of(source.tree),
        wrappers=_wrappers(source, function, whole),
        specs=_unique(_SPEC.findall(source.text))[:8],
        hints=hints or Hints(),
    )


def _repeats(source: Source, function: ast.AST, names: list[str]) -> tuple[str, ...]:
    """Updates of attributes and the like."""
    found: list[str] = []
    for node in _surroundings(source, function):
        if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.Delete) and _changes_something(node):
            found.append(source.code(node))
    short = [text for text in found if len(text) <= 70 and "\n" not in text]
    return _in_own_names(source, short, names)[:REPEATS]


def _conditions(source: Source, function: ast.AST, names: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for node in (*_in_order(function), *_surroundings(source, function)):
        tests = [node.test] if isinstance(node, ast.If | ast.While | ast.IfExp) else getattr(node, "ifs", [])
        for test in tests:
            parts = test.values if isinstance(test, ast.BoolOp) else [test]
            found.extend(source.code(part) for part in parts)
    return _in_own_names(source, [text for text in found if len(text) <= 50 and "\n" not in text], names)[:CONDITIONS]


def _guards(source: Source, function: ast.AST, names: list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for node in _surroundings(source, function):
        if not isinstance(node, ast.If) or len(node.body) != 1 or node.orelse:
            continue
        if isinstance(node.body[0], ast.Return | ast.Raise | ast.Continue | ast.Break):
            found.append(f"if {source.code(node.test)}:\n    {source.code(node.body[0])}")
    short = [text for text in found if len(text) <= 120 and text.count("\n") == 1]
    return _in_own_names(source, short, names)[:GUARDS]


def _surroundings(source: Source, function: ast.AST) -> list[ast.AST]:
    """Everything in the class around a function, or else in the file."""
    owner = source.parents.get(function)
    return [*_in_order(owner if isinstance(owner, ast.ClassDef) else source.tree)]


def _in_own_names(source: Source, texts: list[str], names: list[str]) -> tuple[str, ...]:
    """Code of which every name is known here; a single unknown name becomes one of the function's own."""
    known = {*names, *_bound(source.tree), *dir(builtins)}
    own = [n for n in dict.fromkeys(names) if n not in {"self", "cls"}][:4]
    found: list[str] = []
    for text in dict.fromkeys(texts):
        tree = parse(text) or parse(f"while True:\n    {text}".replace("\n", "\n    "))
        strange = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - known if tree else {"", " "}
        if not strange:
            found.append(text)
        elif len(strange) == 1:
            found.extend(re.sub(rf"\b{strange.copy().pop()}\b", name, text) for name in own)
    return _unique(found)


def _stars(nodes: list[ast.AST]) -> dict[str, str]:
    found: dict[str, str] = {}
    for arguments in (n for n in nodes if isinstance(n, ast.arguments)):
        found |= {arguments.vararg.arg: "*"} if arguments.vararg else {}
        found |= {arguments.kwarg.arg: "**"} if arguments.kwarg else {}
    return found


def _unread(nodes: list[ast.AST], names: list[str]) -> tuple[str, ...]:
    read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return _unique([n for n in names if n not in read and n not in {"self", "cls"} and not n.startswith("_")])


def _members(whole: list[ast.AST], source: Source) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for node in whole:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            parent = source.parents.get(node)
            if not (isinstance(parent, ast.Call) and parent.func is node):
                found.setdefault(node.value.id, []).append(node.attr)
        elif isinstance(node, ast.ClassDef):
            held = [n for n in node.body if isinstance(n, ast.Assign | ast.AnnAssign)]
            found.setdefault(node.name, []).extend(name for statement in held for name in _stored(statement))
    return {base: _unique(attributes) for base, attributes in found.items()}


def _methods(source: Source, function: ast.AST) -> tuple[str, ...]:
    owner = source.parents.get(function)
    body = owner.body if isinstance(owner, ast.ClassDef) else []
    return tuple(n.name for n in body if isinstance(n, Function) and not n.name.startswith("__"))


def _constants_of(tree: ast.Module) -> tuple[str, ...]:
    """Names that the top level assigns."""
    held = [n for n in tree.body if isinstance(n, ast.Assign | ast.AnnAssign)]
    return _unique([name for statement in held for name in _stored(statement)])


def _stored(node: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def _wrappers(source: Source, function: ast.AST, whole: list[ast.AST]) -> tuple[str, ...]:
    """Functions of the file and methods of the class that need one value."""
    heads: list[tuple[str, str]] = []
    owner = source.parents.get(function)
    for node in owner.body if isinstance(owner, ast.ClassDef) else []:
        if isinstance(node, Function) and node is not function and not node.name.startswith("__"):
            static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
            if _required(node) == (1 if static else 2) and (static or not node.decorator_list):
                heads.append((node.name, f"self.{node.name}"))
    for node in source.tree.body:
        if isinstance(node, Function) and node is not function and _required(node) == 1:
            heads.append((node.name, node.name))
    called = {n.attr if isinstance(n, ast.Attribute) else getattr(n, "id", "") for n in whole}
    return tuple(head for _, head in sorted(heads, key=lambda h: h[0] in called))[:WRAPPERS]


def _required(node: Function) -> int:
    return len(node.args.posonlyargs) + len(node.args.args) - len(node.args.defaults)


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
            names += _stored(node)
    return names


def _plain(source: Source, node: ast.Constant) -> bool:
    """A literal whose span is its own: not a docstring, not a piece of an f-string."""
    parent = source.parents.get(node)
    if isinstance(parent, ast.Expr | ast.JoinedStr | ast.FormattedValue):
        return False
    return node.value is not Ellipsis and len(source.code(node)) <= 40


@lru_cache(maxsize=8)
def _in_order(node: ast.AST) -> tuple[ast.AST, ...]:
    """A node and all below it as they stand in the text; kept, since every function of a file asks for the file's."""
    return tuple(_below(node))


def _below(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _below(child)


def _unique(items: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
