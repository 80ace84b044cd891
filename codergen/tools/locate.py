"""Where a failing check points: functions and lines ranked by what failing tests executed and passing ones did not.

The tests run inside the sandbox; sources are read as text and never imported here.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from pydantic import BaseModel, TypeAdapter, ValidationError

from codergen.errors import FileRefused, PathEscape
from codergen.sandbox.base import MIB, ExecRequest, Sandbox
from codergen.tools.check import INSIDE, Check, Environment
from codergen.tools.invocation import parse_command

TEST_GLOBS = (
    "tests/*", "test/*", "*/tests/*", "*/test/*", "test_*.py", "*/test_*.py", "*_test.py", "conftest.py",
    "*/conftest.py", "setup.py", "noxfile.py",
)  # fmt: skip
"""Files that are not the project's code, for fnmatch on the path relative to the workspace."""

FRAME_BONUS = 0.15
"""For the line that raised, where a failing test's traceback ends in the project."""
TRACE_BONUS = 0.05
"""For the other project lines of such a traceback."""
NAME_BONUS = 0.05
"""For a function whose name a failing test's id holds."""
FAILURE_CHARS = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A function (or the top level of a file) that failing tests executed."""

    path: str
    """Relative to the workspace."""
    qualname: str
    """e.g. `Stack.push`; a nested function counts as a part of the one around it. `<module>` for a file's top level."""
    start: int
    end: int
    """1-based, inclusive, decorators included."""
    score: float
    lines: tuple[tuple[int, float], ...]
    """Suspicion (Ochiai and traceback bonus) of each executed line, in order of lines. Of a top level: of the
    statements whose names suspicious lines of the file read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Localisation:
    """What the failing tests say about the place of the fault."""

    functions: tuple[Suspect, ...]
    """Most suspicious first."""
    modules: tuple[Suspect, ...] = ()
    """Top levels (constants, class attributes, defaults) of the loaded files, those with suspicious functions first."""
    tests: tuple[str, ...] = ()
    """Ids of failing tests."""
    failure: str = ""
    """Short failure text of the first failing tests: actual against expected."""
    problem: str = ""
    """Why there is nothing, e.g. the tests could not be collected under the tracer; empty when they ran."""


class _Test(BaseModel):
    id: str
    outcome: str
    message: str


class Trace(BaseModel):
    """What `codergen/inside/trace_tests.py` prints."""

    tests: list[_Test]
    errors: list[str]
    counts: dict[str, dict[int, tuple[int, int]]] = {}
    """path -> line -> (passed tests, failed tests) that executed it."""
    frames: list[list[tuple[str, int]]] = []
    """Project lines of each failing test's traceback, innermost last."""
    loaded: list[str] = []


_TRACE = TypeAdapter(Trace)


async def locate(sandbox: Sandbox, check: Check, environment: Environment, *, timeout_s: float = 60) -> Localisation:
    """Run the check once under a line tracer. Raises SandboxError; a check that cannot run is a `problem`."""
    request = suite_request(check)
    if request is None:
        return Localisation(functions=(), problem="the check is not a command of pytest or unittest")
    result = await sandbox.exec(
        ExecRequest(
            argv=(environment.python, "-s", str(INSIDE / "trace_tests.py")),
            env=suite_environment(check, environment),
            stdin=json.dumps({**request, "tests": TEST_GLOBS}).encode(),
            timeout_s=timeout_s,
            max_output=64 * MIB,
        )
    )
    if result.timed_out:
        return Localisation(functions=(), problem=f"the check took more than {timeout_s:g} s under the tracer")
    try:
        trace = _TRACE.validate_json(result.stdout)
    except ValidationError:
        text = result.stderr.decode(errors="replace")[-FAILURE_CHARS:]
        return Localisation(functions=(), problem=f"the tracer ended without a report: {text}")
    sources = {path: await read_source(sandbox, path) for path in {*trace.counts, *trace.loaded}}
    return rank({path: text for path, text in sources.items() if text is not None}, trace)


async def read_source(sandbox: Sandbox, path: str) -> str | None:
    """A Python file as text, exactly (line ends kept); None when it is gone, not UTF-8, or not an ordinary file."""
    try:
        return (await sandbox.read_file(path)).decode("utf-8")
    except (FileNotFoundError, FileRefused, PathEscape, UnicodeDecodeError):
        return None


def rank(sources: Mapping[str, str], trace: Trace) -> Localisation:
    """Pure: line counts and tracebacks to ranked functions."""
    failing = [test for test in trace.tests if test.outcome in {"failed", "error"}]
    if not failing:
        problem = "; ".join(trace.errors)[:FAILURE_CHARS] or "no test failed under the tracer"
        return Localisation(functions=(), problem=problem)
    suspicion = {path: _ochiai(lines, len(failing)) for path, lines in trace.counts.items()}
    _add_frames(suspicion, trace.frames)
    words = _words(" ".join(test.id for test in failing))
    functions: list[Suspect] = []
    modules: list[Suspect] = []
    for path, text in sources.items():
        tree = parse(text)
        if tree is None:
            continue
        found = [s for s in _functions(path, tree, suspicion.get(path, {}), words) if s.score > 0]
        functions.extend(found)
        best = max((s.score for s in found), default=0.0)
        end = len(text.splitlines())
        read = _constants(tree, suspicion.get(path, {}))
        modules.append(Suspect(path=path, qualname="<module>", start=1, end=end, score=best / 2, lines=read))
    return Localisation(
        functions=tuple(sorted(functions, key=lambda s: (-s.score, -len(s.lines), s.path, s.start))),
        modules=tuple(sorted(modules, key=lambda s: (-s.score, s.path))),
        tests=tuple(test.id for test in failing),
        failure=_failure(failing),
    )


def parse(text: str) -> ast.Module | None:
    """The tree of a file that may be anything."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def outer_functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions and methods that are not inside another function, with their qualified names."""
    pending: list[tuple[str, ast.AST]] = [("", tree)]
    while pending:
        prefix, node = pending.pop()
        for child in ast.iter_child_nodes(node):
            match child:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield prefix + child.name, child
                case ast.ClassDef():
                    pending.append((f"{prefix}{child.name}.", child))
                case ast.stmt() | ast.excepthandler():
                    pending.append((prefix, child))
                case _:
                    pass


def first_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The first decorator's line, or that of `def`."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _ochiai(lines: Mapping[int, tuple[int, int]], failing: int) -> dict[int, float]:
    return {line: bad / sqrt(failing * (bad + good)) for line, (good, bad) in lines.items() if bad}


def _add_frames(suspicion: dict[str, dict[int, float]], tracebacks: Sequence[Sequence[tuple[str, int]]]) -> None:
    """Each line gets its bonus once, however many tracebacks name it."""
    last = {frames[-1] for frames in tracebacks if frames}
    others = {frame for frames in tracebacks for frame in frames[:-1]} - last
    for places, bonus in ((last, FRAME_BONUS), (others, TRACE_BONUS)):
        for path, line in places:
            lines = suspicion.setdefault(path, {})
            lines[line] = lines.get(line, 0.0) + bonus


def _functions(path: str, tree: ast.Module, suspicion: Mapping[int, float], words: frozenset[str]) -> Iterator[Suspect]:
    for qualname, node in outer_functions(tree):
        start, end = first_line(node), node.end_lineno or node.lineno
        body = range(node.body[0].lineno, end + 1)
        lines = tuple((line, suspicion[line]) for line in body if line in suspicion)
        score = max((value for _, value in lines), default=0.0)
        if score and _words(qualname) & words:
            score += NAME_BONUS
        yield Suspect(path=path, qualname=qualname, start=start, end=end, score=score, lines=lines)


def _constants(tree: ast.Module, suspicion: Mapping[int, float]) -> tuple[tuple[int, float], ...]:
    """First lines of top-level assignments, with the suspicion of the lines that read their names."""
    read: dict[str, float] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read[node.id] = max(read.get(node.id, 0.0), suspicion.get(node.lineno, 0.0))
    found: list[tuple[int, float]] = []
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            names = [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
            score = max((read.get(name, 0.0) for name in names), default=0.0)
            if score:
                found.append((statement.lineno, score))
    return tuple(found)


def _words(name: str) -> frozenset[str]:
    """The words of identifiers, whatever their case style."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return frozenset(part.lower() for part in parts if len(part) > 2) - {"test", "tests"}


def _failure(failing: Sequence[_Test]) -> str:
    texts = [f"{test.id}\n{test.message.strip()}" for test in failing[:3]]
    if len(failing) > 3:
        texts.append(f"and {len(failing) - 3} more")
    return "\n\n".join(text[:FAILURE_CHARS] for text in texts)


def suite_request(check: Check) -> dict[str, object] | None:
    """What the programs inside need to know of a check; None when it is no plain pytest or unittest command."""
    call = parse_command(check.command)
    if call.runner == "command":
        return None
    pythonpath = [entry for name, value in call.env if name == "PYTHONPATH" for entry in value.split(":") if entry]
    return {"runner": call.runner, "args": call.args, "cwd_on_path": call.cwd_on_path, "pythonpath": pythonpath}


def suite_environment(check: Check, environment: Environment) -> dict[str, str]:
    """Environment variables for the same programs."""
    own = {name: value for name, value in parse_command(check.command).env if name != "PYTHONPATH"}
    return {**environment.env, **own, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
