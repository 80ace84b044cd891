"""Literals changed by what a failing test shows: the difference between what came and what was expected. Pure."""

import ast
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from router.stations.repair.operator_edits import Draft
from router.stations.repair.scope import Scope
from router.stations.repair.source import Source, Span

_BODY = re.compile(r"([rRuUfFbB]*)('''|\"\"\"|'|\")(.*)\2", re.DOTALL)
LONGEST = 40


def text_differences(scope: Scope) -> tuple[tuple[str, str], ...]:
    """(piece, the other piece) in both directions, the bare difference first, then with a character around it."""
    found: list[tuple[str, str]] = []
    for pair in scope.hints.texts:
        for left, right in (pair, pair[::-1]):
            changes = [c for c in SequenceMatcher(None, left, right, autojunk=False).get_opcodes() if c[0] != "equal"]
            for _, a, b, c, d in changes[:3]:
                for before, after in ((0, 0), (1, 0), (0, 1)):
                    low, high = max(a - before, 0), min(b + after, len(left))
                    new = left[low:a] + right[c:d] + left[b:high]
                    found.append((left[low:high], new))
    return tuple(dict.fromkeys((old, new) for old, new in found if old and len(old) <= LONGEST and len(new) <= LONGEST))


def expected_text(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A piece of a string literal as the expected text has it."""
    if not scope.hints.texts or not isinstance(node, ast.Constant | ast.JoinedStr):
        return
    if isinstance(node, ast.Constant) and not isinstance(node.value, str):
        return
    if isinstance(source.parents.get(node), ast.Expr | ast.JoinedStr | ast.FormattedValue):
        return
    match = _BODY.fullmatch(source.code(node))
    if match is None:
        return
    start, body, quote = source.span(node)[0] + match.start(3), match[3], match[2][0]
    for old, new in text_differences(scope):
        written = new.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        if quote in written or written.endswith("\\\\") or "{" in written:
            continue
        for place in [found.start() for found in re.finditer(re.escape(old), body)][:3]:
            yield Draft("expected_text", (Span(start + place, start + place + len(old), written),))


def expected_number(source: Source, scope: Scope, node: ast.expr) -> Iterator[Draft]:
    """A number moved by the difference, or scaled by the ratio, between what came and what was expected."""
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        return
    value = node.value
    assert isinstance(value, int | float)
    found: list[float] = []
    for pair in scope.hints.numbers:
        for left, right in (pair, pair[::-1]):
            found.append(value + right - left)
            if left and value:
                found.append(value * right / left)
    for number in dict.fromkeys(found):
        whole = isinstance(value, int) and number == int(number)
        text = str(int(number)) if whole else f"{round(number, 6):g}"
        if float(text) != value and len(text) <= 12 and (whole or isinstance(value, float)):
            yield Draft("expected_number", (source.replace(node, text),))


EVIDENCE_EDITS = (expected_text, expected_number)
