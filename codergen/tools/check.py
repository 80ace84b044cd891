"""Checks: how a command is recognised as a test runner, run inside a sandbox, and read as data.

A check says what it knows *explicitly* (a test report with ids and outcomes), or only by its exit code, which is weak.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from codergen import inside
from codergen.errors import SandboxError
from codergen.sandbox.base import ExecRequest, ExecResult, Mount, Sandbox
from codergen.tools.invocation import Invocation, parse_command

INSIDE = Path(inside.__file__).parent
"""Host folder of the programs that run inside; every `Environment` mounts it at its own path."""

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
Runner = Literal["pytest", "unittest", "junit", "exit_code"]
Problem = Literal["not_found", "timeout", "no_tests", "collection_error", "died"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What checks and stations run in: interpreter and mounts, the same for attempt and verifier."""

    python: str
    """Absolute inside the sandbox."""
    mounts: tuple[Mount, ...]
    path: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    description: str = ""
    """For people and evidence, e.g. "Python 3.11.7, pytest 9.2.0"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One command that says whether the work is right."""

    command: str
    """As a person would type it in the repository's root."""
    junit: str | None = None
    """Path of a JUnit XML report that the command writes, relative to the root; makes another runner explicit."""
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One test's outcome."""

    __test__ = False

    id: str
    """As the runner names it, e.g. `tests/test_a.py::test_b[1]` or `tests.test_a.T.test_b`."""
    outcome: Outcome
    message: str = ""
    """Failure text, cut to 4,000 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """What running a check gave."""

    check: Check
    runner: Runner
    exit_code: int | None
    tests: tuple[TestResult, ...]
    """In order of execution; empty for runner `exit_code`."""
    output: str
    """What a person would have seen, at most 64,000 characters of it, undecodable bytes replaced."""
    problem: Problem | None
    """Why it says nothing about the code: None when it ran."""
    duration_ms: int

    @property
    def explicit(self) -> bool:
        """It stated outcomes by test, so it can be compared with what was expected."""
        return self.runner != "exit_code"

    @property
    def passed(self) -> bool:
        """It ran, and nothing failed. For explicit runners at least one test must have passed."""
        if self.problem is not None or self.exit_code != 0:
            return False
        if not self.explicit:
            return True
        bad = {"failed", "error"}
        return any(t.outcome == "passed" for t in self.tests) and not any(t.outcome in bad for t in self.tests)

    @property
    def failing(self) -> tuple[TestResult, ...]:
        return tuple(t for t in self.tests if t.outcome in {"failed", "error"})


async def run_check(
    sandbox: Sandbox, check: Check, environment: Environment, *, only: Sequence[str] = (), cwd: str | None = None
) -> CheckRun:
    """Run one check in a started sandbox. `only` keeps the named tests (structured runners only).

    A check that cannot run is data (`problem`); only the boundary's own failure raises (SandboxError).
    """
    call = parse_command(check.command)
    if call.runner == "command":
        return await _run_plain(sandbox, check, call, environment, cwd)
    pythonpath = [entry for name, value in call.env if name == "PYTHONPATH" for entry in value.split(":") if entry]
    request = {
        "runner": call.runner,
        "args": call.args,
        "cwd_on_path": call.cwd_on_path,
        "pythonpath": pythonpath,
        "only": list(only),
    }
    result = await sandbox.exec(
        ExecRequest(
            argv=(environment.python, "-s", str(INSIDE / "run_tests.py")),
            cwd=cwd,
            env={**environment.env, **{k: v for k, v in call.env if k != "PYTHONPATH"}},
            stdin=json.dumps(request).encode(),
            timeout_s=check.timeout_s,
            max_output=8 << 20,
        )
    )
    return read_report(check, call.runner, result)


async def _run_plain(
    sandbox: Sandbox, check: Check, call: Invocation, environment: Environment, cwd: str | None
) -> CheckRun:
    result = await sandbox.exec(
        ExecRequest(argv=call.args, cwd=cwd, env=environment.env, timeout_s=check.timeout_s, max_output=8 << 20)
    )
    problem: Problem | None = None
    if result.timed_out:
        problem = "timeout"
    elif result.exit_code in {126, 127}:
        problem = "not_found"
    elif result.exit_code is None:
        problem = "died"
    tests: tuple[TestResult, ...] = ()
    if check.junit is not None and problem is None:
        tests, problem = await _read_junit(sandbox, check.junit)
    return CheckRun(
        check=check,
        runner="junit" if check.junit is not None else "exit_code",
        exit_code=result.exit_code,
        tests=tests,
        output=_text(result.stdout) + _text(result.stderr),
        problem=problem,
        duration_ms=result.duration_ms,
    )


def read_report(check: Check, runner: Runner, result: ExecResult) -> CheckRun:
    """What `codergen/inside/run_tests.py` said, as data. Pure; lines that are no records are left out."""
    records = list(_records(result.stdout))
    tests = tuple(
        TestResult(id=str(r["id"]), outcome=cast(Outcome, r["outcome"]), message=str(r.get("message", "")))
        for r in records
        if r.get("event") == "test" and r.get("outcome") in _OUTCOMES
    )
    ended = next((r for r in records if r.get("event") == "end"), None)
    collect_errors = [r for r in records if r.get("event") == "collect_error"]
    output = _text(result.stderr)
    if collect_errors and not output.strip():
        output = "\n".join(str(r.get("message", "")) for r in collect_errors)
    problem: Problem | None = None
    if result.timed_out:
        problem = "timeout"
    elif any(r.get("event") == "missing" for r in records) or result.exit_code in {126, 127}:
        problem = "not_found"
    elif collect_errors:
        problem = "collection_error"
    elif ended is None:
        problem = "died"
    elif not tests:
        problem = "no_tests"
    return CheckRun(
        check=check,
        runner=runner,
        exit_code=result.exit_code,
        tests=tests,
        output=output,
        problem=problem,
        duration_ms=result.duration_ms,
    )


_OUTCOMES = frozenset({"passed", "failed", "error", "skipped", "xfailed", "xpassed"})


def _records(stdout: bytes) -> Iterable[dict[str, Any]]:
    for line in stdout.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield cast(dict[str, Any], record)


async def _read_junit(sandbox: Sandbox, path: str) -> tuple[tuple[TestResult, ...], Problem | None]:
    try:
        text = await sandbox.read_file(path)
    except (FileNotFoundError, SandboxError):
        return (), "no_tests"
    tests = parse_junit(text)
    return tests, None if tests else "no_tests"


def parse_junit(text: bytes) -> tuple[TestResult, ...]:
    """Test results of a JUnit XML report; empty when it is no such report. Entities are refused."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return ()
    try:
        root = ET.fromstring(text)
    except ET.ParseError:
        return ()
    return tuple(_junit_case(case) for case in root.iter("testcase"))


def _junit_case(case: ET.Element) -> TestResult:
    name = "::".join(part for part in (case.get("classname"), case.get("name")) if part)
    for tag, outcome in (("failure", "failed"), ("error", "error"), ("skipped", "skipped")):
        found = case.find(tag)
        if found is not None:
            message = found.get("message") or found.text or ""
            return TestResult(id=name, outcome=cast(Outcome, outcome), message=message[:4000])
    return TestResult(id=name, outcome="passed")


OUTPUT_CHARS = 64_000


def _text(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    if len(text) <= OUTPUT_CHARS:
        return text
    half = OUTPUT_CHARS // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters cut here ...]\n{text[-half:]}"


def describe(run: CheckRun, name: str = "") -> str:
    """One line for people: what ran (its command, or `name`) and how it ended."""
    name = name or run.check.command
    seconds = f"{run.duration_ms / 1000:.1f} s"
    if run.problem is not None:
        return f"{name}: {PROBLEMS[run.problem]} ({seconds})"
    if not run.explicit:
        return f"{name}: exit {run.exit_code} ({seconds}, no test report)"
    passed = sum(t.outcome == "passed" for t in run.tests)
    return f"{name}: {passed} passed, {len(run.failing)} failed ({seconds})"


PROBLEMS: Mapping[Problem, str] = {
    "not_found": "the command or its test runner is not there",
    "timeout": "did not end in time",
    "no_tests": "ran no test",
    "collection_error": "the tests could not be loaded",
    "died": "the runner ended before it had reported",
}
