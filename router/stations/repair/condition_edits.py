"""Conditions: one more part from elsewhere, other brackets, other types. Pure, like `expression_edits`."""

import ast
from collections.abc import Iterator

from router.stations.repair.operator_edits import Draft
from router.stations.repair.scope import Scope
from router.stations.repair.source import Source

_TYPES = ("list", "tuple", "set", "dict", "str", "int", "float", "bool")


def added_condition(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """What is tested elsewhere in the class or file, tested here too."""
    if not isinstance(node, ast.expr) or not _decides(source, node):
        return
    code = source.code(node)
    inner = f"({code})" if isinstance(node, ast.BoolOp | ast.IfExp | ast.Lambda) else code
    for name in scope.unused[:2]:
        for word in ("and", "or", "and not", "or not"):
            yield Draft("unused_name", (source.replace(node, f"{inner} {word} {name}"),))
    for text in scope.conditions:
        if text not in code:
            part = f"({text})" if " or " in text or " and " in text or " if " in text else text
            yield Draft("condition_elsewhere", (source.replace(node, f"{inner} and {part}"),))
            yield Draft("condition_elsewhere", (source.replace(node, f"{inner} or {part}"),))
            yield Draft("condition_elsewhere", (source.replace(node, text),))


def _decides(source: Source, node: ast.expr) -> bool:
    match source.parents.get(node):
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            return test is node
        case ast.comprehension(ifs=tests):
            return node in tests
        case ast.Return():
            return isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp)
        case _:
            return False


def bracket_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """`a or b and c`, `not a and b`, `a + b if c else d`, with the brackets elsewhere; `x == 1 or 2` spelt out."""
    match node:
        case ast.BoolOp(values=[*_, ast.BoolOp() as inner]) | ast.BoolOp(values=[ast.BoolOp() as inner, *_]):
            yield from _regrouped(source, node, inner)
        case ast.BoolOp(values=[ast.UnaryOp(op=ast.Not()) as first, *_]):
            rest = source.text[source.span(first)[1] : source.span(node)[1]]
            yield Draft("brackets", (source.replace(node, f"not ({source.code(first.operand)}{rest})"),))
        case ast.UnaryOp(op=ast.Not(), operand=ast.BoolOp() as inner):
            yield Draft("brackets", (source.replace(node, f"not {source.code(inner)}"),))
        case ast.IfExp(body=ast.BinOp() as body):
            rest = source.text[source.span(body.right)[0] : source.span(node)[1]]
            head = source.text[source.span(node)[0] : source.span(body.right)[0]]
            yield Draft("brackets", (source.replace(node, f"{head}({rest})"),))
        case ast.BoolOp(op=ast.Or(), values=[ast.Compare(ops=[ast.Eq()], comparators=[first]) as test, *more]):
            if all(isinstance(value, ast.Constant) for value in more):
                values = ", ".join(source.code(value) for value in (first, *more))
                yield Draft("brackets", (source.replace(node, f"{source.code(test.left)} in ({values})"),))
        case _:
            return


def _regrouped(source: Source, node: ast.BoolOp, inner: ast.BoolOp) -> Iterator[Draft]:
    outer_word, inner_word = (" and ", " or ") if isinstance(node.op, ast.And) else (" or ", " and ")
    parts = [source.code(value) for value in node.values]
    at = node.values.index(inner)
    own = [source.code(value) for value in inner.values]
    if at > 0:
        grouped = f"({parts[at - 1]}{outer_word}{own[0]}){inner_word}{inner_word.join(own[1:])}"
        text = outer_word.join([*parts[: at - 1], grouped, *parts[at + 1 :]])
    else:
        grouped = f"{inner_word.join(own[:-1])}{inner_word}({own[-1]}{outer_word}{parts[1]})"
        text = outer_word.join([grouped, *parts[2:]])
    yield Draft("brackets", (source.replace(node, text),))
    yield Draft("brackets", (source.replace(node, outer_word.join([*parts[:at], *own, *parts[at + 1 :]])),))
    bare = inner_word.join(own)
    yield Draft("brackets", (source.replace(node, outer_word.join([*parts[:at], bare, *parts[at + 1 :]])),))


def type_edits(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """The types that `isinstance` takes: one more, one less, another."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, kinds]):
            held = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
        case _:
            return
    names = [source.code(kind) for kind in held]
    for name in _TYPES:
        if name not in names:
            yield Draft("other_type", (source.replace(kinds, f"({', '.join([*names, name])})"),))
            if len(names) == 1:
                yield Draft("other_type", (source.replace(kinds, name),))
    for name in names if len(names) > 1 else ():
        rest = [other for other in names if other != name]
        yield Draft("other_type", (source.replace(kinds, rest[0] if len(rest) == 1 else f"({', '.join(rest)})"),))


CONDITION_EDITS = (added_condition, bracket_edits, type_edits)
