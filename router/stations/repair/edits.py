"""All single edits of the places that coverage points at, as candidates with exact spans. Pure: text in, values out."""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar, cast

from codergen.tools.locate import Suspect, outer_functions
from router.stations.repair.binding_edits import BINDING_EDITS
from router.stations.repair.block_edits import BLOCK_EDITS
from router.stations.repair.call_edits import CALL_EDITS
from router.stations.repair.condition_edits import CONDITION_EDITS
from router.stations.repair.evidence_edits import EVIDENCE_EDITS
from router.stations.repair.expression_edits import EXPRESSION_EDITS
from router.stations.repair.guard_edits import GUARD_EDITS
from router.stations.repair.hints import Hints
from router.stations.repair.member_edits import MEMBER_EDITS
from router.stations.repair.operator_edits import OPERATOR_EDITS, Draft
from router.stations.repair.repeat_edits import REPEAT_EDITS
from router.stations.repair.scope import Scope, scope_of
from router.stations.repair.source import Function, Place, Source, Span, place_of, top_level
from router.stations.repair.statement_edits import STATEMENT_EDITS
from router.stations.repair.text_edits import TEXT_EDITS

EDITS_OF_EXPRESSIONS = (
    *OPERATOR_EDITS, *EXPRESSION_EDITS, *CALL_EDITS, *TEXT_EDITS, *MEMBER_EDITS, *EVIDENCE_EDITS,
    *CONDITION_EDITS,
)  # fmt: skip
EDITS_OF_STATEMENTS = (*STATEMENT_EDITS, *BLOCK_EDITS, *REPEAT_EDITS, *GUARD_EDITS, *BINDING_EDITS)
UNSEEN = 0.1
"""Of the least suspicious line: for statements that no failing test executed."""
Node = TypeVar("Node", ast.expr, ast.stmt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One edit of one file."""

    path: str
    spans: tuple[Span, ...]
    kind: str
    line: int
    """Of the statement that it changes."""
    suspicion: float
    place: Place | None
    """None where modules must be imported anew: top level, decorators, defaults."""
    weight: float = 0.0
    """How likely it is the repair, before any test; set by `rank`."""

    @property
    def statement(self) -> str:
        return f"{self.path}:{self.line}"


def candidates_in(source: Source, suspect: Suspect, hints: Hints | None = None) -> Iterator[Candidate]:
    """Every edit of a suspect function, defaults included, statement by statement, or of a file's top level."""
    if suspect.qualname == "<module>":
        scope = scope_of(source, source.tree, hints)
        read = dict(suspect.lines)
        for statement in top_level(source):
            yield from _in_statement(source, scope, statement, read.get(statement.lineno, suspect.score), None)
        return
    node = next(
        (n for name, n in outer_functions(source.tree) if name == suspect.qualname and _starts(n, suspect)), None
    )
    if node is None:
        return
    lines = dict(suspect.lines)
    base = min(lines.values()) * UNSEEN if lines else suspect.score * 0.5
    scope = scope_of(source, node, hints)
    for draft in _drafts(source, scope, node, EDITS_OF_STATEMENTS):
        yield _candidate(source, draft, node, suspect.score, place_of(node))
    yield from _in_header(source, scope, node, suspect.score)
    for statement in ast.walk(node):
        if isinstance(statement, ast.stmt) and statement is not node:
            suspicion = max((lines[n] for n in _own_lines(statement) if n in lines), default=base)
            yield from _in_statement(source, scope, statement, suspicion, place_of(node))


def _starts(node: ast.FunctionDef | ast.AsyncFunctionDef, suspect: Suspect) -> bool:
    return suspect.start <= node.lineno <= suspect.end


def _in_statement(
    source: Source, scope: Scope, statement: ast.stmt, suspicion: float, place: Place | None
) -> Iterator[Candidate]:
    for draft in _drafts(source, scope, statement, EDITS_OF_STATEMENTS):
        yield _candidate(source, draft, statement, suspicion, place)
    for expression in own_expressions(statement):
        for draft in _drafts(source, scope, expression, EDITS_OF_EXPRESSIONS):
            yield _candidate(source, draft, statement, suspicion, place)


def _in_header(source: Source, scope: Scope, node: Function, suspicion: float) -> Iterator[Candidate]:
    """Default values: as suspicious as the function that takes them."""
    defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
    for expression in (e for default in defaults for e in _expressions_under(default)):
        for draft in _drafts(source, scope, expression, EDITS_OF_EXPRESSIONS):
            yield _candidate(source, draft, node, suspicion, None)


def _drafts(
    source: Source, scope: Scope, node: Node, table: Iterable[Callable[[Source, Scope, Node], Iterator[Draft]]]
) -> Iterator[Draft]:
    for make in table:
        yield from make(source, scope, node)


def _candidate(source: Source, draft: Draft, statement: ast.stmt, suspicion: float, place: Place | None) -> Candidate:
    return Candidate(
        path=source.path,
        spans=draft.spans,
        kind=draft.kind,
        line=statement.lineno,
        suspicion=suspicion,
        place=None if draft.kind == "mutable_default" else place,
    )


def _own_lines(statement: ast.stmt) -> range:
    """Lines of a statement without those of the statements inside it."""
    inner = [child.lineno for child in ast.walk(statement) if isinstance(child, ast.stmt) and child is not statement]
    end = min(inner) - 1 if inner else (statement.end_lineno or statement.lineno)
    return range(statement.lineno, max(end, statement.lineno) + 1)


def own_expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """Expressions of a statement, without those of statements inside it; patterns and annotations are left out."""
    for field, value in ast.iter_fields(statement):
        if field in {"annotation", "returns", "decorator_list", "args", "type_params", "cases"}:
            continue
        for item in _as_list(value):
            if isinstance(item, ast.expr):
                yield from _expressions_under(item)
            elif isinstance(item, ast.withitem):
                yield from _expressions_under(item.context_expr)


def _as_list(value: object) -> list[object]:
    return list(cast(list[object], value)) if isinstance(value, list) else [value]


def _expressions_under(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.expr):
        yield node
    if isinstance(node, ast.JoinedStr):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr | ast.comprehension | ast.keyword | ast.arguments):
            yield from _expressions_under(child)


def apply(text: str, spans: Iterable[Span]) -> str:
    """The text with every span replaced."""
    for span in sorted(spans, reverse=True):
        text = text[: span.start] + span.text + text[span.end :]
    return text
