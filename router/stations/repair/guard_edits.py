"""Ways out that are missing: guards as they stand elsewhere, and for errors that a test waits for. Pure."""

import ast
import textwrap
from collections.abc import Iterator
from itertools import pairwise, permutations

from router.stations.repair.layout import blocks_of, in_loop, owns_its_lines
from router.stations.repair.operator_edits import Draft
from router.stations.repair.scope import Scope
from router.stations.repair.source import Function, Source, Span


def guard_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """At the start of a function or loop, and where a variable has just got its value."""
    if isinstance(node, Function | ast.ClassDef) or not owns_its_lines(source, node):
        return
    parent = source.parents.get(node)
    block = next((b for b in blocks_of(parent) if node in b), None) if parent else None
    if parent is None or block is None:
        return
    before = block[block.index(node) - 1] if block[0] is not node else None
    starts = isinstance(parent, Function | ast.For | ast.While) and (before is None or _is_text(before))
    if not starts and not isinstance(before, ast.Assign):
        return
    looping = in_loop(source, node)
    for text in scope.guards:
        if looping or not text.endswith(("continue", "break")):
            yield _before(source, node, "guard_elsewhere", text)
    if starts and isinstance(parent, Function):
        for text in _error_guards(scope, parent):
            yield _before(source, node, "error_guard", text)
    if starts and isinstance(parent, ast.For):
        for text in _loop_guards(scope, parent):
            yield _before(source, node, "loop_guard", text)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _before(source: Source, node: ast.stmt, kind: str, text: str) -> Draft:
    at = source.line_start(node.lineno)
    return Draft(kind, (Span(at, at, textwrap.indent(text, source.indent(node)) + "\n"),))


def _error_guards(scope: Scope, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The exceptions that tests waited for in vain, for what callers hand in."""
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    names = [name for name in names if name not in {"self", "cls"}][:4]
    held = [f"self.{name}" for name in scope.members.get("self", ())][:5] if "self" in scope.names else []
    for error in scope.hints.missing_errors[:2]:
        for name in names:
            tests = [f"{name} {test}" for test in ("< 0", "<= 0", "is None")] + [f"not {name}"]
            tests += [f"{name} {word} {other}" for other in held for word in ("not in", "in", ">", "<")]
            for test in tests:
                yield f'if {test}:\n    raise {error}(f"invalid {name}: {{{name}!r}}")'
        for first, second in permutations(names[:3], 2):
            yield f'if {first} > {second}:\n    raise {error}(f"invalid {first}: {{{first}!r}}")'


def _loop_guards(scope: Scope, loop: ast.For) -> Iterator[str]:
    targets = [n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)]
    for name in targets[:2]:
        yield f"if not {name}:\n    continue"
        yield f"if {name} is None:\n    continue"
        for other in [n for n in scope.names if n not in {*targets, "self", "cls"}][:5]:
            yield f"if {name} in {other}:\n    continue"
            yield f"if {name} == {other}:\n    continue"


def keyword_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """`if` and `while` mistaken for each other, or `if` for `elif`."""
    if not isinstance(node, ast.If | ast.While) or node.orelse:
        return
    start = source.span(node)[0]
    if isinstance(node, ast.While):
        yield Draft("if_while", (Span(start, start + 5, "if"),))
        return
    if source.text.startswith("elif", start):
        return
    yield Draft("if_while", (Span(start, start + 2, "while"),))


def else_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """An `if` right after another one's body is its `elif`."""
    for block in blocks_of(node):
        for first, second in pairwise(block):
            if isinstance(first, ast.If) and isinstance(second, ast.If) and _open_ended(first):
                start = source.span(second)[0]
                yield Draft("elif_if", (Span(start, start, "el"),))


def _open_ended(node: ast.If) -> bool:
    while node.orelse:
        last = node.orelse[0]
        if len(node.orelse) > 1 or not isinstance(last, ast.If) or last.col_offset != node.col_offset:
            return False
        node = last
    return True


GUARD_EDITS = (guard_edits, keyword_edits, else_edits)
