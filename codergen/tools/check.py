"""Checks: how a command is recognised as a test runner, run inside a sandbox, and read as data.

A check says what it knows *explicitly* (a test report with ids and outcomes), or only by its exit code, which is weak.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from codergen.sandbox.base import Mount

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
    """What a person would have seen, cut in the middle, undecodable bytes replaced."""
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
