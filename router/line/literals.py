"""Literals in test code: telling them, and writing another one of the same kind that is not equal. Pure."""

import ast
from collections.abc import Sequence
from random import Random
from typing import TypeGuard

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"


def is_literal(node: ast.expr) -> bool:
    """Whether `ast.literal_eval` would read it. Nothing is evaluated that is not a literal."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def is_approx(node: ast.expr) -> TypeGuard[ast.Call]:
    """`approx(<literal>)` without a tolerance of its own."""
    if not (isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name == "approx" and is_literal(node.args[0])


def another(node: ast.expr, random: Random) -> ast.expr | None:
    """A literal of the same type with a value that is not equal; None where the type has no other (None, ...)."""
    match node:
        case ast.Constant(value=value):
            return _another_constant(value, random)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float())):
            value = ast.literal_eval(node)
            return _another_constant(value, random)
        case ast.List(elts=elements):
            return ast.List(elts=_another_elements(elements, random), ctx=ast.Load())
        case ast.Tuple(elts=elements):
            return ast.Tuple(elts=_another_elements(elements, random), ctx=ast.Load())
        case ast.Set(elts=elements):
            return ast.Set(elts=_another_elements(elements, random))
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return _another_dict(node, values, random)
        case _:
            return None


def _another_constant(value: object, random: Random) -> ast.expr | None:
    step = random.choice((-1, 1)) * random.randint(1, 9)
    match value:
        case bool():
            return ast.Constant(value=not value)
        case int():
            return _number(value + step)
        case float():
            return _number(round(value + step * (1 + abs(value)), 3))
        case str():
            return ast.Constant(value=_another_text(value, random))
        case bytes():
            return ast.Constant(value=_another_text(value.decode("latin-1"), random).encode("latin-1"))
        case _:
            return None


def _number(value: float) -> ast.expr:
    return ast.Constant(value=value) if value >= 0 else ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=-value))


def _another_text(text: str, random: Random) -> str:
    places = [at for at, char in enumerate(text) if char.isascii() and char.isalnum()]
    if not places:
        return text + random.choice(_LETTERS)
    at = random.choice(places)
    pool = _DIGITS if text[at].isdigit() else _LETTERS
    return text[:at] + random.choice(pool.replace(text[at].lower(), "")) + text[at + 1 :]


def _another_elements(elements: Sequence[ast.expr], random: Random) -> list[ast.expr]:
    for at in random.sample(range(len(elements)), len(elements)):
        if (changed := another(elements[at], random)) is not None:
            return [*elements[:at], changed, *elements[at + 1 :]]
    return [*elements, ast.Constant(value=random.randint(2, 99))]


def _another_dict(node: ast.Dict, values: Sequence[ast.expr], random: Random) -> ast.expr:
    for at in random.sample(range(len(values)), len(values)):
        if (changed := another(values[at], random)) is not None:
            return ast.Dict(keys=list(node.keys), values=[*values[:at], changed, *values[at + 1 :]])
    extra = ast.Constant(value=random.choice(_LETTERS))
    return ast.Dict(keys=[*node.keys, extra], values=[*values, ast.Constant(value=random.randint(2, 99))])
