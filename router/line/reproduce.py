"""Does the fault exist? The checks run at base, in a clean checkout, before any station is called.

A no-op needs a check that *ran* and passed, twice. A check that could not run never says that there is nothing to do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    """The second round, run only when the first one passed throughout."""
    sandbox: StartRecord | None = None

    @property
    def failing(self) -> CheckRun | None:
        """The run that shows the fault."""
        return next((run for run in (*self.runs, *self.again) if run.problem is None and not run.passed), None)


async def reproduce(
    *,
    repo: Repo,
    checks: Sequence[Check],
    environment: Environment,
    sandbox_factory: SandboxFactory,
    work: Path,
    spec: Callable[[Path], SandboxSpec],
) -> Reproduction:
    """Run all checks at base; once more, in another clean checkout, when all of them passed."""
    runs, record = await _round(repo, checks, environment, sandbox_factory(), spec, work / "base")
    if not all(run.passed for run in runs):
        return Reproduction(runs=runs, sandbox=record)
    again, _ = await _round(repo, checks, environment, sandbox_factory(), spec, work / "base-again")
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
        return _weak(weak)
    if not must_fail:
        return None
    if found.again and found.failing is not None:
        why = f"`{found.failing.check.command}` passed once and failed once on the same commit; it is flaky"
        return Terminal(state="escalate", reason="weak_evidence", why=why)
    if found.failing is not None:
        return None
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
    return any(run.explicit and not (must_fail and run.passed) for run in found.runs)


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
