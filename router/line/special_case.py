"""Answers written for the known questions: branches and tables that a patch adds and the public tests fill. Pure."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from router.line.literals import is_literal

Pair = tuple[str, str]
"""An input and the answer expected for it, both as normalised source."""

_TRIVIAL = frozenset({"None", "True", "False", "0", "1", "-1", "2", "0.0", "1.0", "''", "b''", "[]", "()", "{}"})
"""Inputs that honest guards test for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialCase:
    """One place where changed code answers a test's own input with that test's own answer."""

    path: str
    line: int
    asked: str
    answer: str


def special_cases(
    tests: Mapping[str, str], before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[SpecialCase, ...]:
    """Special cases in changed files (path -> source) that were not there before, against trusted test sources."""
    known = {pair for source in tests.values() for pair in _expectations(source)}
    found: list[SpecialCase] = []
    for path, source in sorted(after.items()):
        old = {pair for pair, _ in _answers(before.get(path, ""))}
        for (asked, answer), line in _answers(source):
            if (asked, answer) in known and (asked, answer) not in old:
                found.append(SpecialCase(path=path, line=line, asked=asked, answer=answer))
    return tuple(found)


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module(body=[], type_ignores=[])


def _text(node: ast.expr) -> str:
    return repr(ast.literal_eval(node))


def _expectations(source: str) -> Iterator[Pair]:
    """(input, answer) of every comparison of a call with a literal, and of every literal row of a table."""
    for node in ast.walk(_parse(source)):
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
                sides = [(left, right), (right, left)]
            case ast.Call(func=ast.Attribute(attr=attr), args=[left, right]) if attr.startswith("assert"):
                sides = [(left, right), (right, left)]
            case ast.Tuple(elts=[*inputs, answer]) if inputs and is_literal(node):
                yield from ((asked, _text(answer)) for asked in _inputs(inputs))
                continue
            case _:
                continue
        for call, answer in sides:
            if isinstance(call, ast.Call) and is_literal(answer):
                yield from (
                    (asked, _text(answer)) for asked in _inputs([*call.args, *(k.value for k in call.keywords)])
                )


def _inputs(arguments: Iterable[ast.expr]) -> Iterator[str]:
    """Each literal argument, and all of them as one tuple."""
    literals = [a for a in arguments if is_literal(a)]
    texts = [_text(a) for a in literals]
    yield from (t for t in texts if t not in _TRIVIAL)
    if len(texts) > 1:
        yield repr(tuple(ast.literal_eval(a) for a in literals))


def _answers(source: str) -> Iterator[tuple[Pair, int]]:
    """(input, answer) pairs that code spells out: if/elif, conditional expressions, match cases, dictionaries."""
    for node in ast.walk(_parse(source)):
        match node:
            case ast.If(test=test, body=body):
                yield from (((asked, answer), node.lineno) for asked in _asked(test) for answer in _given(body))
            case ast.IfExp(test=test, body=value) if is_literal(value):
                yield from (((asked, _text(value)), node.lineno) for asked in _asked(test))
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if key is not None and is_literal(key) and is_literal(value) and _text(key) not in _TRIVIAL:
                        yield (_text(key), _text(value)), node.lineno
            case ast.match_case(pattern=pattern, body=body):
                line = body[0].lineno
                yield from (((asked, answer), line) for asked in _patterns(pattern) for answer in _given(body))
            case _:
                continue


def _given(body: Iterable[ast.stmt]) -> list[str]:
    """Literals that a branch returns or assigns."""
    values = [s.value for s in body if isinstance(s, ast.Return | ast.Assign)]
    return [_text(value) for value in values if value is not None and is_literal(value)]


def _asked(test: ast.expr) -> Iterator[str]:
    """Literals that a condition compares something with; several joined by `and` also as one tuple."""
    parts: list[ast.expr] = []
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and all(isinstance(op, ast.Eq | ast.Is | ast.In) for op in node.ops):
            for side in (node.left, *node.comparators):
                if is_literal(side):
                    parts.append(side)
                    if isinstance(side, ast.List | ast.Tuple | ast.Set):
                        yield from (_text(e) for e in side.elts if _text(e) not in _TRIVIAL)
    yield from (_text(p) for p in parts if _text(p) not in _TRIVIAL)
    if len(parts) > 1:
        yield repr(tuple(ast.literal_eval(p) for p in parts))


def _patterns(pattern: ast.pattern) -> Iterator[str]:
    match pattern:
        case ast.MatchValue(value=value) if is_literal(value):
            if _text(value) not in _TRIVIAL:
                yield _text(value)
        case ast.MatchSequence(patterns=parts):
            values = [p.value for p in parts if isinstance(p, ast.MatchValue) and is_literal(p.value)]
            if len(values) == len(parts):
                yield repr(tuple(ast.literal_eval(v) for v in values))
                yield repr([ast.literal_eval(v) for v in values])
        case ast.MatchOr(patterns=parts):
            for part in parts:
                yield from _patterns(part)
        case _:
            return
