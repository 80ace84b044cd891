"""Values compared outside: what a test expects is taken out, the rest runs elsewhere, the answer is compared here.

A process that holds the judged code never sees the expected value, so it can forge a report but not an answer. Only
tests of a plain shape are used: no fixtures, names from imports or the test itself, equality with a literal. Pure.
"""

import ast
import builtins
import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isclose
from typing import Literal, cast

from router.line.literals import is_approx, is_literal
from router.line.twins import TestNode, parametrize_table

MAX_CASES = 40
CASE_SECONDS = 5.0
EVALUATION_SECONDS = 120.0
_FIXTURE_WORDS = ("autouse", "setup_module", "setup_function", "setUpModule", "usefixtures", "monkeypatch")
_SELF_SET_UP = frozenset({"setUp", "setUpClass", "asyncSetUp", "setup_method", "setup_class"})
_TOOLS = frozenset({"pytest", "unittest", "mock", "hypothesis"})
_RECORD = "record__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one recorded value must be. The literal stays on this side."""

    source: str
    approx: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test function, or one row of it, without what it expects."""

    id: str
    """Ours: path, function and row."""
    path: str
    function: str
    source: str
    expected: tuple[Expected, ...]
    scenario: str = ""
    """Name of the scenario it is from; "" for a public test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a case gave in its own process."""

    values: tuple[str, ...]
    error: str


Match = Literal["equal", "differs", "opaque"]


def cases_of(path: str, source: str, scenario: str = "") -> tuple[Case, ...]:
    """The cases of one trusted test file; empty when nothing in it has the plain shape."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    if any(word in source for word in _FIXTURE_WORDS):
        return ()
    module = _module_names(tree)
    found: list[Case] = []
    for node in _plain_tests(tree):
        for row, bound in enumerate(_rows(node)):
            case = _case(f"{path}:{node.name}:{row}", path, node, bound, module)
            if case is not None:
                found.append(replace(case, id=f"{scenario}:{case.id}", scenario=scenario))
    return tuple(found)


def choose(cases: Iterable[Case], first: frozenset[str]) -> tuple[Case, ...]:
    """At most `MAX_CASES`, those of functions named in `first` before others."""
    return tuple(sorted(cases, key=lambda case: case.function not in first)[:MAX_CASES])


def compare(case: Case, answer: Answer) -> Match:
    """Whether what was recorded is what the test expects. Reads literals, never runs anything."""
    if answer.error or len(answer.values) != len(case.expected):
        return "differs"
    results = [_compare_one(e, v) for e, v in zip(case.expected, answer.values, strict=True)]
    if "differs" in results:
        return "differs"
    return "opaque" if "opaque" in results else "equal"


def _compare_one(expected: Expected, value: str) -> Match:
    if value.startswith("opaque "):
        return "opaque"
    wanted = ast.literal_eval(expected.source)
    try:
        got = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return "differs"
    if expected.approx and isinstance(wanted, int | float) and isinstance(got, int | float):
        return "equal" if isclose(got, wanted, rel_tol=1e-6, abs_tol=1e-12) else "differs"
    return "equal" if got == wanted else "differs"


def read_answers(stdout: bytes) -> Mapping[str, Answer]:
    """What `codergen/inside/eval_values.py` printed. A case answered twice is answered by nobody."""
    answers: dict[str, Answer] = {}
    seen: set[str] = set()
    for line in stdout.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if not isinstance(record, dict):
            continue
        fields = cast(Mapping[str, object], record)
        case_id, values, error = fields.get("id"), fields.get("values"), fields.get("error")
        if not (isinstance(case_id, str) and isinstance(values, list) and isinstance(error, str)):
            continue
        if case_id in seen:
            answers.pop(case_id, None)
            continue
        seen.add(case_id)
        answers[case_id] = Answer(values=tuple(str(v) for v in cast(list[object], values)), error=error)
    return answers


def _module_names(tree: ast.Module) -> Mapping[str, ast.stmt]:
    """Names that a case may use from its module: imports and literal constants."""
    names: dict[str, ast.stmt] = {}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name.split(".", 1)[0]] = node
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and is_literal(node.value):
            names.update({n.id: node for n in node.targets if isinstance(n, ast.Name)})
    return names


def _plain_tests(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield node
        elif isinstance(node, ast.ClassDef) and not node.decorator_list:
            methods = [n for n in node.body if isinstance(n, TestNode)]
            if not any(m.name in _SELF_SET_UP for m in methods) and all(_known_base(b) for b in node.bases):
                yield from (m for m in methods if isinstance(m, ast.FunctionDef) and m.name.startswith("test"))


def _known_base(base: ast.expr) -> bool:
    return ast.unparse(base) in {"unittest.TestCase", "TestCase", "object"}


def _rows(node: ast.FunctionDef) -> list[Mapping[str, ast.expr]]:
    """Bindings of a test's arguments: one empty row without decorators, those of one literal `parametrize`, or none."""
    arguments = [a.arg for a in node.args.args if a.arg != "self"]
    if not node.decorator_list:
        return [{}] if not arguments else []
    table = parametrize_table(node.decorator_list[0]) if len(node.decorator_list) == 1 else None
    if table is None or set(table[0]) != set(arguments):
        return []
    names, rows = table
    bound: list[Mapping[str, ast.expr]] = []
    for row in rows:
        cells = row.elts if len(names) > 1 and isinstance(row, ast.Tuple | ast.List) else [row]
        if len(cells) == len(names) and all(is_literal(cell) for cell in cells):
            bound.append(dict(zip(names, cells, strict=True)))
    return bound


def _case(
    case_id: str, path: str, node: ast.FunctionDef, bound: Mapping[str, ast.expr], module: Mapping[str, ast.stmt]
) -> Case | None:
    body: list[ast.stmt] = []
    expected: list[Expected] = []
    constants = _constants(node, bound, module)
    for statement in node.body:
        taken = _take(statement, constants)
        if taken is None:
            return None
        kept, wanted = taken
        body.extend(kept)
        expected.extend(wanted)
    if not expected:
        return None
    inputs: list[ast.stmt] = [
        ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=value) for name, value in bound.items()
    ]
    body = _only_used([*inputs, *body])
    needed = _needed(body)
    if needed is None or not needed <= {*module, *dir(builtins), _RECORD}:
        return None
    imports = list(dict.fromkeys(module[name] for name in sorted(needed) if name in module))
    if any(_is_tool(statement) for statement in imports):
        return None
    program = ast.fix_missing_locations(ast.Module(body=[*imports, *body], type_ignores=[]))
    return Case(id=case_id, path=path, function=node.name, source=ast.unparse(program), expected=tuple(expected))


def _constants(
    node: ast.FunctionDef, bound: Mapping[str, ast.expr], module: Mapping[str, ast.stmt]
) -> Mapping[str, ast.expr]:
    """Names that stand for a literal all through the test: rows, module constants, locals assigned once."""
    constants = {n: s.value for n, s in module.items() if isinstance(s, ast.Assign)}
    stored = [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    for statement in node.body:
        if isinstance(statement, ast.Assign) and is_literal(statement.value) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and stored.count(target.id) == 1:
                constants[target.id] = statement.value
    return {**{n: v for n, v in constants.items() if stored.count(n) <= 1}, **bound}


def _take(statement: ast.stmt, constants: Mapping[str, ast.expr]) -> tuple[list[ast.stmt], list[Expected]] | None:
    """A statement without its expectation, and the expectation; None for a shape that is not understood."""
    match statement:
        case ast.Assert(test=test):
            return _take_truth(test, constants, wanted=True)
        case ast.Expr(value=ast.Constant()):
            return [], []
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=attr), args=args, keywords=[])):
            return _take_method(attr, args, constants)
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Expr():
            return [copy.deepcopy(statement)], []
        case _:
            return None


def _take_method(
    attr: str, args: list[ast.expr], constants: Mapping[str, ast.expr]
) -> tuple[list[ast.stmt], list[Expected]] | None:
    match attr, args:
        case (("assertEqual" | "assertListEqual" | "assertDictEqual" | "assertTupleEqual"), [left, right]):
            return _take_equal(left, right, constants)
        case "assertTrue", [test]:
            return _take_truth(test, constants, wanted=True)
        case "assertFalse", [test]:
            return _take_truth(test, constants, wanted=False)
        case "assertIsNone", [test]:
            return _recorded(test), [Expected(source="None")]
        case _:
            return None


def _take_truth(
    test: ast.expr, constants: Mapping[str, ast.expr], *, wanted: bool
) -> tuple[list[ast.stmt], list[Expected]]:
    match test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]) if wanted:
            return _take_equal(left, right, constants)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _take_truth(operand, constants, wanted=not wanted)
        case _:
            truth = ast.Call(func=ast.Name(id="bool", ctx=ast.Load()), args=[test], keywords=[])
            return _recorded(truth), [Expected(source=repr(wanted))]


def _take_equal(
    left: ast.expr, right: ast.expr, constants: Mapping[str, ast.expr]
) -> tuple[list[ast.stmt], list[Expected]]:
    for asked, wanted in ((left, right), (right, left)):
        value = _resolved(wanted, constants)
        if is_approx(value):
            return _recorded(asked), [Expected(source=ast.unparse(value.args[0]), approx=True)]
        if is_literal(value):
            return _recorded(asked), [Expected(source=ast.unparse(value))]
    both = ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])
    truth = ast.Call(func=ast.Name(id="bool", ctx=ast.Load()), args=[both], keywords=[])
    return _recorded(truth), [Expected(source="True")]


def _resolved(node: ast.expr, constants: Mapping[str, ast.expr]) -> ast.expr:
    """A name's literal, also within a call of one argument (`approx(wanted)`)."""
    match node:
        case ast.Name(id=name):
            return constants.get(name, node)
        case ast.Call(args=[ast.Name(id=name)]) if name in constants:
            return ast.Call(func=node.func, args=[constants[name]], keywords=node.keywords)
        case _:
            return node


def _recorded(value: ast.expr) -> list[ast.stmt]:
    call = ast.Call(func=ast.Name(id=_RECORD, ctx=ast.Load()), args=[copy.deepcopy(value)], keywords=[])
    return [ast.Expr(value=call)]


def _only_used(body: list[ast.stmt]) -> list[ast.stmt]:
    """Without literal assignments that nothing reads: they would carry an expected value along."""
    read = {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return [
        s
        for s in body
        if not (isinstance(s, ast.Assign) and is_literal(s.value) and isinstance(s.targets[0], ast.Name)
                and s.targets[0].id not in read)
    ]  # fmt: skip


def _needed(body: list[ast.stmt]) -> set[str] | None:
    """Names that the body reads and does not set; None when it uses `self`."""
    names = [n for s in body for n in ast.walk(s) if isinstance(n, ast.Name)]
    inner = {a.arg for s in body for n in ast.walk(s) if isinstance(n, ast.Lambda) for a in n.args.args}
    stored = {n.id for n in names if isinstance(n.ctx, ast.Store)} | inner
    read = {n.id for n in names if isinstance(n.ctx, ast.Load)}
    return None if "self" in read else read - stored


def _is_tool(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import(names=names):
            return any(alias.name.split(".", 1)[0] in _TOOLS for alias in names)
        case ast.ImportFrom(module=module, level=level):
            return level > 0 or (module or "").split(".", 1)[0] in _TOOLS
        case _:
            return False
