"""Small changes to single statements: assignments, ways out, branches, functions. Pure, like `expression_edits`."""

import ast
import re
from collections.abc import Iterator

from router.stations.repair.layout import Block, blocks_of, dedented, in_loop, lines_of, owns_its_lines
from router.stations.repair.operator_edits import BINARY, NEAR_OPERATORS, Draft
from router.stations.repair.scope import Scope
from router.stations.repair.source import Function, Source, Span, first_statement


def assignment_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    match node:
        case ast.Assign(targets=[target]):
            gap_start, gap_end = source.span(target)[1], source.span(node.value)[0]
            gap = source.text[gap_start:gap_end]
            if gap.count("=") == 1 and isinstance(target, ast.Name | ast.Attribute | ast.Subscript):
                for new in ("+=", "-="):
                    yield Draft("assign_augment", (Span(gap_start, gap_end, gap.replace("=", new)),))
            yield from _other_targets(source, scope, target)
        case ast.AugAssign():
            start, end = source.span(node.target)[1], source.span(node.value)[0]
            gap, old = source.text[start:end], BINARY.get(type(node.op), "")
            if f"{old}=" in gap:
                yield Draft("assign_augment", (Span(start, end, gap.replace(f"{old}=", "=")),))
                for new in NEAR_OPERATORS.get(old, ()):
                    yield Draft("augmented_operator", (Span(start, end, gap.replace(f"{old}=", f"{new}=")),))
            yield from _other_targets(source, scope, node.target)
        case _:
            return


def _other_targets(source: Source, scope: Scope, target: ast.expr) -> Iterator[Draft]:
    if isinstance(target, ast.Name):
        for name in scope.names:
            if name not in {target.id, "self", "cls"}:
                yield Draft("other_name", (source.replace(target, name),))


def flow_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    match node:
        case ast.Break():
            yield Draft("break_continue", (source.replace(node, "continue"),))
        case ast.Pass() if in_loop(source, node):
            for word in ("continue", "break", "return"):
                yield Draft("break_continue", (source.replace(node, word),))
        case ast.Continue():
            yield Draft("break_continue", (source.replace(node, "break"),))
            yield Draft("break_continue", (source.replace(node, "pass"),))
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Expr():
            start = source.span(node)[0]
            yield Draft("missing_return", (Span(start, start, "return "),))
        case ast.Return(value=ast.expr() as value):
            yield Draft("return_name", (source.replace(value, "None"),))
            for text in (*scope.names, "True", "False", "0", "[]"):
                if text not in {source.code(value), "self", "cls"}:
                    yield Draft("return_name", (source.replace(value, text),))
        case _:
            return


def branch_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    if not isinstance(node, ast.If):
        return
    start = source.span(node)[0]
    if source.text.startswith("elif", start):
        yield Draft("elif_if", (Span(start, start + 4, "if"),))
    elif node.orelse and owns_its_lines(source, node) and not _is_elif(source, node):
        first, second = _block_text(source, node.body), _block_text(source, node.orelse)
        if first and second:
            yield Draft("swap_bodies", (Span(*first[0], second[1]), Span(*second[0], first[1])))
    if not node.orelse and owns_its_lines(source, node) and not source.text.startswith("elif", start):
        kept = "".join(dedented(source, node, statement) for statement in node.body)
        yield Draft("remove_if", (Span(*lines_of(source, node), kept),))
    for name in scope.names[:8]:
        end = source.span(node.test)[1]
        for text in (f" and {name}", f" or not {name}"):
            yield Draft("extend_condition", (Span(end, end, text),))


def _is_elif(source: Source, node: ast.If) -> bool:
    first = node.orelse[0]
    return isinstance(first, ast.If) and source.text.startswith("elif", source.span(first)[0])


def _block_text(source: Source, block: Block) -> tuple[tuple[int, int], str] | None:
    if not all(owns_its_lines(source, statement) for statement in block):
        return None
    span = source.line_start(block[0].lineno), source.span(block[-1])[1]
    return span, source.text[slice(*span)]


def function_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """What concerns a whole function: shared defaults, a missing result, a missing guard."""
    if not isinstance(node, Function) or not owns_its_lines(source, node.body[0]):
        return
    first = first_statement(node)
    indent, at = source.indent(first), source.line_start(first.lineno)
    yield from _fresh_defaults(source, node, indent, at)
    parameters = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in {"self", "cls"}]
    for name in parameters[:4]:
        for result in ("0", "None", "[]", '""', "False", "True", name):
            yield Draft("guard", (Span(at, at, f"{indent}if not {name}:\n{indent}    return {result}\n"),))
        for text in (
            f"{name} = list({name})",
            f"{name} = {name}.copy()",
            f"{name} = dict({name})",
            f"{name} = sorted({name})",
        ):
            yield Draft("insert_copy", (Span(at, at, f"{indent}{text}\n"),))
    if not any(isinstance(inner, ast.Return | ast.Yield | ast.YieldFrom) for inner in ast.walk(node)):
        end = lines_of(source, node)[1]
        newline = "" if source.text[:end].endswith("\n") else "\n"
        for name in scope.names:
            yield Draft("missing_return", (Span(end, end, f"{newline}{indent}return {name}\n"),))


def _fresh_defaults(
    source: Source, node: ast.FunctionDef | ast.AsyncFunctionDef, indent: str, at: int
) -> Iterator[Draft]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    with_defaults = positional[len(positional) - len(arguments.defaults) :]
    pairs = [
        *zip(with_defaults, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        if isinstance(default, ast.List | ast.Dict | ast.Set | ast.Call):
            guard = f"{indent}if {argument.arg} is None:\n{indent}    {argument.arg} = {source.code(default)}\n"
            yield Draft("mutable_default", (source.replace(default, "None"), Span(at, at, guard)))


def insert_edits(source: Source, scope: Scope, node: ast.stmt) -> Iterator[Draft]:
    """A statement repeated or added after this one: a forgotten append, increment or hand-over."""
    parent = source.parents.get(node)
    if not owns_its_lines(source, node) or isinstance(
        node, Function | ast.ClassDef | ast.Return | ast.Raise | ast.Break
    ):
        return
    last_of_loop = isinstance(parent, ast.For | ast.While) and parent.body[-1] is node
    last = any(block[-1] is node or block[-2:][0] is node for block in blocks_of(parent)) if parent else False
    if not (last_of_loop or last):
        return
    at = lines_of(source, node)[1]
    if not source.text[:at].endswith("\n"):
        return
    indent = re.match(r"[ \t]*", source.text[source.line_start(node.lineno) :])
    for text in _additions(scope):
        yield Draft("insert_append", (Span(at, at, f"{indent[0] if indent else ''}{text}\n"),))


def _additions(scope: Scope) -> Iterator[str]:
    names = [n for n in dict.fromkeys((*scope.unused, *scope.names)) if n not in {"self", "cls"}][:6]
    for name in names:
        yield f"{name} += 1"
        for other in names:
            if other != name:
                yield f"{name}.append({other})"
                yield f"{name}.add({other})"


STATEMENT_EDITS = (
    assignment_edits, flow_edits, branch_edits, function_edits, insert_edits,
)  # fmt: skip
