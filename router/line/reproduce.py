"""Does the fault exist? The checks run at base, in a clean checkout, before any station is called.

A no-op needs a check that *ran* and passed, twice; a fault one that failed, twice where a second run is cheap. A check
that could not run never says that there is nothing to do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codergen.sandbox.base import Sandbox, SandboxSpec, StartRecord
from codergen.tools.check import PROBLEMS, Check, CheckRun, Environment, Problem, run_check
from router.line.terminal import Terminal
from router.line.workspace import Repo

SandboxFactory = Callable[[], Sandbox]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """What the checks gave at base."""

    runs: tuple[CheckRun, ...]
    """One per public check, in their order."""
    again: tuple[CheckRun, ...] = ()
    """The second round: every check when all passed, else those that failed, unless that would take too long."""
    sandbox: StartRecord | None = None

    @property
    def flaky(self) -> tuple[str, ...]:
        """Tests that failed in one round and not in the other; the command where it names no such test."""
        second = self._second
        names = (n for run in self.runs if run.check in second for n in _differing(run, second[run.check]))
        return tuple(dict.fromkeys(names))

    @property
    def shown(self) -> tuple[CheckRun, ...]:
        """The runs that show the fault, without flaky tests: they failed each time that they ran."""
        second = self._second
        flaky = frozenset(self.flaky)
        failed = (run for run in self.runs if run.problem is None and not run.passed)
        return tuple(
            replace(run, tests=tuple(test for test in run.tests if test.id not in flaky))
            for run in failed
            if run.check not in second or _fails_twice(run, second[run.check])
        )

    @property
    def failing(self) -> CheckRun | None:
        """The first run that shows the fault."""
        return next(iter(self.shown), None)

    @property
    def _second(self) -> Mapping[Check, CheckRun]:
        return {run.check: run for run in self.again}


def _differing(first: CheckRun, second: CheckRun) -> Sequence[str]:
    if first.problem is not None or second.problem is not None:
        return ()
    bad = {test.id for test in first.failing}, {test.id for test in second.failing}
    both = {test.id for test in first.tests} & {test.id for test in second.tests}
    names = [test.id for test in first.tests if test.id in both and (test.id in bad[0]) != (test.id in bad[1])]
    return names or ([first.check.command] if first.passed != second.passed else ())


def _fails_twice(first: CheckRun, second: CheckRun) -> bool:
    """The same test failed in both, or the command itself did where neither names a test that failed."""
    if second.problem is not None or second.passed:
        return False
    bad = {test.id for test in first.failing}, {test.id for test in second.failing}
    return bool(bad[0] & bad[1]) or not (bad[0] or bad[1])


SECOND_RUN_S = 60.0
"""Checks that failed are run again when together they took no longer."""


async def reproduce(
    *,
    repo: Repo,
    checks: Sequence[Check],
    environment: Environment,
    sandbox_factory: SandboxFactory,
    work: Path,
    spec: Callable[[Path], SandboxSpec],
    second_run_s: float = SECOND_RUN_S,
) -> Reproduction:
    """Run all checks at base, then once more in another clean checkout: all when all passed, else those that failed.

    Nothing is run again where a check could not run, or where those that failed took more than `second_run_s`.
    """
    runs, record = await _round(repo, checks, environment, sandbox_factory(), spec, work / "base")
    failed = [run for run in runs if not run.passed]
    slow = sum(run.duration_ms for run in failed) > second_run_s * 1000
    if slow or any(run.problem is not None for run in failed):
        return Reproduction(runs=runs, sandbox=record)
    repeated = [run.check for run in failed] or checks
    again, _ = await _round(repo, repeated, environment, sandbox_factory(), spec, work / "base-again")
    return Reproduction(runs=runs, again=again, sandbox=record)


async def _round(
    repo: Repo,
    checks: Sequence[Check],
    environment: Environment,
    sandbox: Sandbox,
    spec: Callable[[Path], SandboxSpec],
    folder: Path,
) -> tuple[tuple[CheckRun, ...], StartRecord]:
    await repo.checkout(folder)
    record = await sandbox.start(spec(folder))
    try:
        runs = [await run_check(sandbox, check, environment) for check in checks]
    finally:
        await sandbox.stop()
    return tuple(runs), record


_UNRUN: dict[Problem, tuple[str, str]] = {
    "not_found": ("retryable_failure", "environment"),
    "timeout": ("retryable_failure", "timeout"),
    "no_tests": ("escalate", "missing_context"),
    "collection_error": ("escalate", "missing_context"),
    "died": ("escalate", "missing_context"),
}


def ending(
    found: Reproduction, *, must_fail: bool, accept_exit_code: bool, no_op_rules: Sequence[str]
) -> Terminal | None:
    """The terminal state that the base alone decides, or None when there is work to do. Pure.

    `must_fail`: the class has a reproduction, so a check has to fail at base.
    """
    for run in (*found.runs, *found.again):
        if run.problem is not None:
            return _unrun(run)
    weak = next((run for run in found.runs if not run.explicit), None)
    if weak is not None and not accept_exit_code and not _carried_by_tests(found, must_fail=must_fail):
        return _unsteady(found) if must_fail and found.flaky else _weak(weak)
    if not must_fail or found.shown:
        return None
    if not all(run.passed for run in (*found.runs, *found.again)):
        return _unsteady(found)
    counted = sum(len(run.tests) for run in found.runs)
    why = f"every check ran at base and passed, twice ({counted} tests each time)"
    if "not_reproducible" in no_op_rules:
        return Terminal(state="no_op", reason="not_reproducible", why=why)
    return Terminal(
        state="escalate",
        reason="missing_context",
        why=f"{why}, and the packet's no_op_rules do not allow not_reproducible",
        question="Which command shows the fault?",
    )


def _carried_by_tests(found: Reproduction, *, must_fail: bool) -> bool:
    """A check that reports tests shows the fault (or runs, where none is needed); others are asked beside it."""
    return any(run.explicit for run in (found.shown if must_fail else found.runs))


def how_often(found: Reproduction) -> str:
    """How sure it is that the fault is there, for the evidence of one that was shown. Pure."""
    if not found.again:
        told = f"it ran once: a second run is not made of checks that take more than {SECOND_RUN_S:.0f} s"
    else:
        told = "it failed in two clean checkouts"
    return f"{told}; flaky and not counted: {', '.join(found.flaky)}" if found.flaky else told


def _unsteady(found: Reproduction) -> Terminal:
    if found.flaky:
        why = f"flaky, failed once and passed once on the same commit: {', '.join(found.flaky[:5])}"
    else:
        why = "the checks failed in both runs on the same commit, but no test failed in both"
    question = "Which test fails every time because of this fault?"
    return Terminal(state="escalate", reason="missing_context", why=why, question=question)


def _unrun(run: CheckRun) -> Terminal:
    assert run.problem is not None
    state, reason = _UNRUN[run.problem]
    tail = run.output.strip().splitlines()[-1:] or [""]
    why = f"`{run.check.command}` at base: {PROBLEMS[run.problem]}" + (f" ({tail[0].strip()})" if tail[0] else "")
    if state == "escalate":
        question = "Which command runs the tests that show the fault?"
        return Terminal(state="escalate", reason=reason, why=why, question=question)
    return Terminal(state="retryable_failure", reason=reason, why=why)


def _weak(run: CheckRun) -> Terminal:
    outcome = "passes" if run.passed else "fails"
    return Terminal(
        state="escalate",
        reason="weak_evidence",
        why=f"`{run.check.command}` {outcome} at base by its exit code alone; no test says what it looked at",
        question="Name a pytest or unittest command, let the command write JUnit XML (`junit`), "
        "or accept exit codes with validation.accept_exit_code = true.",
    )
