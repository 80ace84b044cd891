"""`check`: the public checks of the job, run as the line will run them."""

from collections.abc import Mapping, Sequence
from typing import Any

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.check import Check, CheckRun, Environment, describe, run_check
from codergen.tools.truncate import Cut, truncate

CUT = Cut(chars=8_000, lines=120)
SHOWN = 5
"""Failing tests whose text is shown."""


class CheckArguments(Arguments):
    pass


class RunChecks:
    """Stops at the first check that fails: what comes after it would say the same again."""

    name = "check"
    description = "Run the checks that decide whether the task is done, and show what fails."
    arguments = CheckArguments

    def __init__(self, checks: Sequence[Check], environment: Environment, cut: Cut = CUT) -> None:
        self._checks, self._environment, self._cut = tuple(checks), environment, cut

    def intent(self, _args: CheckArguments, /) -> Intent:
        return Intent(act="run")

    async def run(self, args: CheckArguments, context: ToolContext, /) -> ToolResult:
        runs: list[CheckRun] = []
        for check in self._checks:
            runs.append(await run_check(context.sandbox, check, self._environment))
            if not runs[-1].passed:
                break
        details = {"passed": bool(runs) and all(run.passed for run in runs), "runs": [facts(run) for run in runs]}
        text = "\n".join(told(run) for run in runs) or "This job has no check that can be run here."
        return ToolResult(content=truncate(text, self._cut).text, details=details)


def facts(run: CheckRun) -> Mapping[str, Any]:
    """A run as JSON values."""
    return {
        "command": run.check.command,
        "passed": run.passed,
        "explicit": run.explicit,
        "exit_code": run.exit_code,
        "problem": run.problem,
        "ms": run.duration_ms,
        "ran": len(run.tests),
        "failing": [{"id": test.id, "message": test.message} for test in run.failing],
        "output": "" if run.explicit and run.problem is None else run.output,
        "summary": describe(run),
    }


def told(run: CheckRun) -> str:
    """A run as a model reads it: one line, then the failing tests with their texts."""
    lines = [describe(run)]
    for test in run.failing[:SHOWN]:
        lines += [f"FAILED {test.id}", test.message]
    if len(run.failing) > SHOWN:
        lines.append(f"({len(run.failing) - SHOWN} more fail)")
    if not run.explicit or run.problem is not None:
        lines.append(run.output)
    return "\n".join(lines).rstrip()
