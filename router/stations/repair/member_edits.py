"""Attributes, functions and constants mistaken for others of the same owner; arguments not handed on. Pure."""

import ast
from collections.abc import Iterator

from router.stations.repair.operator_edits import Draft, wrapped
from router.stations.repair.scope import Scope
from router.stations.repair.source import Source, Span

MOST = 8
"""Others that are tried in one place."""
OWN = {"self", "cls"}


def is_called(source: Source, node: ast.expr) -> bool:
    parent = source.parents.get(node)
    return isinstance(parent, ast.Call) and parent.func is node


def attribute_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """Another attribute of the same object; the object forgotten, or too much."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        base, end = node.value.id, source.span(node)[1]
        if is_called(source, node):
            others = scope.methods if base in OWN else ()
        else:
            others = scope.members.get(base, ())
            if base in OWN and node.attr in scope.names and isinstance(node.ctx, ast.Load):
                yield Draft("self_attribute", (source.replace(node, node.attr),))
        for name in [o for o in others if o != node.attr][:MOST]:
            yield Draft("other_attribute", (Span(end - len(node.attr), end, name),))
    elif isinstance(node, ast.Name) and not is_called(source, node) and "self" in scope.names:
        for name in {node.id}.intersection(scope.members.get("self", ())):
            yield Draft("self_attribute", (source.replace(node, f"self.{name}"),))


def global_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """Another function or constant of the file; a constant for a literal of its kind."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    if is_called(source, node):
        same = scope.hints.signatures.get(node.id)
        for name in [f for f in scope.functions if f != node.id and f not in scope.methods][:MOST]:
            other = scope.hints.signatures.get(name)
            if same is None or other is None or len(same) == len(other):
                yield Draft("other_function", (source.replace(node, name),))
    elif node.id in scope.globals:
        for name in [g for g in scope.globals if g != node.id][:MOST]:
            yield Draft("other_global", (source.replace(node, name),))


def argument_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A parameter of the called function that the call leaves out, though something of its name is at hand."""
    if not isinstance(node, ast.Call) or any(isinstance(a, ast.Starred) for a in node.args):
        return
    if any(k.arg is None for k in node.keywords):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    end = source.span(node)[1] - 1
    before = source.text[source.span(node.func)[1] + 1 : end].rstrip()
    comma = "" if not before or before.endswith(",") else ", "
    given = {k.arg for k in node.keywords}
    for parameter in scope.hints.signatures.get(name, ())[len(node.args) :]:
        if parameter not in given:
            for held in (parameter, f"self.{parameter}"):
                if held in scope.names or held.removeprefix("self.") in scope.members.get("self", ()):
                    yield Draft("pass_argument", (Span(end, end, f"{comma}{parameter}={held}"),))
    if not node.keywords:
        for unread in scope.unused[:2]:
            yield Draft("unused_name", (Span(end, end, f"{comma}{scope.stars.get(unread, '')}{unread}"),))


def wrapper_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A value not put through a function of the file: cleaned, checked, made a key."""
    parent = source.parents.get(node)
    if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call) or is_called(source, node):
        return
    if not isinstance(getattr(node, "ctx", None), ast.Load | None) or isinstance(parent, ast.Attribute | ast.Expr):
        return
    code = source.code(node)
    if code in OWN or (isinstance(parent, ast.Call) and source.code(parent.func) in scope.wrappers):
        return
    for head in scope.wrappers:
        if not code.startswith(f"{head}(") and (not head.startswith("self.") or "self" in scope.names):
            yield Draft("wrap_own", (source.replace(node, f"{head}({code})"),))


def unused_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A parameter or variable that nothing reads, in place of a value, as its bound or in addition."""
    if is_called(source, node) or not isinstance(
        node, ast.Name | ast.Constant | ast.Attribute | ast.Subscript | ast.Call
    ):
        return
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        return
    if isinstance(source.parents.get(node), ast.Expr | ast.JoinedStr | ast.FormattedValue | ast.Attribute):
        return
    for name in scope.unused[:3]:
        yield Draft("unused_name", (source.replace(node, name),))
    if not isinstance(source.parents.get(node), ast.Return | ast.Assign | ast.Call | ast.BinOp):
        return
    code = source.code(node)
    for name in scope.unused[:2]:
        for text in (
            f"{code} + {name}",
            f"{code} - {name}",
            f"{code} * {name}",
            f"max({code}, {name})",
            f"min({code}, {name})",
        ):
            yield Draft("unused_part", (source.replace(node, wrapped(source, node, text)),))


MEMBER_EDITS = (attribute_edits, global_edits, argument_edits, wrapper_edits, unused_edits)
