"""Which variable a name means: shared between instances, late or never bound, of an outer function. Pure."""

import ast
from collections.abc import Iterator

from router.stations.repair.layout import lines_of, owns_its_lines
from router.stations.repair.operator_edits import Draft
from router.stations.repair.scope import Scope
from router.stations.repair.source import Function, Source, Span, first_statement


def instance_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """A list or the like on the class becomes each instance's own; what the base class does is done too."""
    owner = source.parents.get(node)
    if not isinstance(node, Function) or not isinstance(owner, ast.ClassDef):
        return
    first = first_statement(node)
    if not owns_its_lines(source, first):
        return
    at, indent = source.line_start(first.lineno), source.indent(first)
    for held in owner.body if node.name == "__init__" else []:
        match held:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if isinstance(
                value, ast.List | ast.Dict | ast.Set | ast.Call
            ):
                yield Draft("own_instance", (Span(at, at, f"{indent}self.{name} = {source.code(value)}\n"),))
            case _:
                continue
    if owner.bases and "super()" not in source.code(node):
        names = [a.arg for a in node.args.args[1:]]
        for arguments in dict.fromkeys((", ".join(names), "")):
            text = f"{indent}super().{node.name}({arguments})\n"
            end = lines_of(source, node)[1]
            yield Draft("call_base", (Span(at, at, text),))
            if source.text[:end].endswith("\n") and not isinstance(node.body[-1], ast.Return):
                yield Draft("call_base", (Span(end, end, text),))


def outer_name_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """A name that a function sets although it means the one around it."""
    if not isinstance(node, Function):
        return
    inner = [n for n in ast.walk(node) if isinstance(n, Function)]
    for function in inner:
        first = first_statement(function)
        if not owns_its_lines(source, first):
            continue
        own = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
        stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} - own
        at, indent = source.line_start(first.lineno), source.indent(first)
        outer = set(scope.names) if function is not node else set[str]()
        for name in sorted(stored):
            if name in scope.globals:
                yield Draft("outer_name", (Span(at, at, f"{indent}global {name}\n"),))
            elif name in outer and _set_outside(node, function, name):
                yield Draft("outer_name", (Span(at, at, f"{indent}nonlocal {name}\n"),))


def _set_outside(node: ast.AST, function: ast.AST, name: str) -> bool:
    within = {*ast.walk(function)}
    outside = [n for n in ast.walk(node) if n not in within]
    stored = {n.id for n in outside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return name in stored | {n.arg for n in outside if isinstance(n, ast.arg)}


def late_binding_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """A function made in a loop keeps the loop's value of that turn."""
    if not isinstance(node, ast.For):
        return
    targets = [n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)]
    for made in (n for statement in node.body for n in ast.walk(statement)):
        if not isinstance(made, ast.Lambda | ast.FunctionDef) or made.args.vararg or made.args.kwarg:
            continue
        reads = {n.id for n in ast.walk(made) if isinstance(n, ast.Name)} - {a.arg for a in made.args.args}
        for name in [target for target in targets if target in reads]:
            last = (made.args.defaults or made.args.args or [None])[-1]
            if last is not None:
                end = source.span(last)[1]
                yield Draft("late_binding", (Span(end, end, f", {name}={name}"),))
            elif isinstance(made, ast.Lambda):
                start = source.span(made)[0] + len("lambda")
                yield Draft("late_binding", (Span(start, start, f" {name}={name}"),))
            else:
                start = source.text.index("(", source.span(made)[0]) + 1
                yield Draft("late_binding", (Span(start, start, f"{name}={name}"),))


def initial_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """A first value for a variable that had none when a test came there."""
    if not isinstance(node, Function):
        return
    names = [name for name in scope.hints.unbound if any(_is_name(n, name) for n in ast.walk(node))]
    first = first_statement(node)
    places = [first, *(n for n in ast.walk(node) if isinstance(n, ast.For | ast.While) and n is not first)]
    for place in places[:3] if names else []:
        if owns_its_lines(source, place):
            at, indent = source.line_start(place.lineno), source.indent(place)
            for value in ("0", "[]", "{}", '""', "None", "set()", "1", "False", "0.0", "True"):
                yield Draft("missing_initial", (Span(at, at, f"{indent}{names[0]} = {value}\n"),))


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


BINDING_EDITS = (initial_edits, instance_edits, outer_name_edits, late_binding_edits)
