"""What both sides of a verification run, and what their runs say together. Pure: commands and sources in, facts out."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from codergen.tools.check import Check, CheckRun, TestResult
from codergen.tools.invocation import parse_command
from router.line.canary import Canary, PlantedFile, function_name
from router.line.facts import Observed, ValueFact
from router.line.scenario import Scenario
from router.line.values import Answer, Case, compare

_NO_ANSWER = Answer(values=(), error="no answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The same for base and for base + patch."""

    checks: tuple[Check, ...]
    """As asked for."""
    commands: tuple[Check, ...]
    """The same, made to run planted tests too and not to stop at their failures."""
    planted: tuple[PlantedFile, ...]
    scenarios: tuple[tuple[Scenario, tuple[PlantedFile, ...]], ...]
    cases: tuple[Case, ...]

    def planted_for(self, command: Check) -> tuple[PlantedFile, ...]:
        return self.planted if is_structured(command) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """What a patch is asked after its public checks: scenarios, and values in processes of their own."""

    scenarios: tuple[CheckRun, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict[str, Answer])


def is_structured(check: Check) -> bool:
    """Planted tests only go where failures are told by test; a unittest that stops at the first one is left alone."""
    call = parse_command(check.command)
    return call.runner == "pytest" or (call.runner == "unittest" and not {"-f", "--failfast"} & set(call.args))


def run_all(check: Check) -> Check:
    """pytest told not to stop early, whatever its configuration says."""
    pytest = parse_command(check.command).runner == "pytest"
    return replace(check, command=f"{check.command} --maxfail=0") if pytest else check


def name_twins(check: Check, planted: Iterable[PlantedFile]) -> Check:
    """Where a command names single tests, name their twins too."""
    words = [word for word in parse_command(check.command).args if "::" in word or "/" not in word]
    extra: list[str] = []
    for canary in (canary for file in planted for canary in file.canaries):
        for word in words:
            name = word.split("[", 1)[0]
            if function_name(name) == canary.original and name != canary.original:
                extra.append(name.removesuffix(canary.original) + canary.name)
    return replace(check, command=f"{check.command} {shlex.join(dict.fromkeys(extra))}") if extra else check


def files_of(ids: Iterable[str], files: list[str]) -> list[str]:
    """The trusted files that these test ids come from."""
    prefixes = {test_id.split("::", 1)[0] if "::" in test_id else test_id for test_id in ids}
    found: list[str] = []
    for path in files:
        dotted = path.removesuffix(".py").replace("/", ".")
        stem = dotted.rpartition(".")[2]
        for prefix in prefixes:
            if path == prefix or path.endswith(f"/{prefix}") or prefix.startswith((f"{dotted}.", f"{stem}.")):
                found.append(path)
                break
    return found


def python_path(check: Check) -> Iterable[str]:
    """What a command puts on the module path by PYTHONPATH."""
    for name, value in parse_command(check.command).env:
        if name == "PYTHONPATH":
            yield from (entry for entry in value.split(":") if entry)


def observe_checks(trial: Trial, base: Iterable[CheckRun], after: Iterable[CheckRun]) -> tuple[Observed, ...]:
    """Both sides of every public check."""
    return tuple(
        Observed(name=check.command, kind="public", base=b, after=a, canaries=_canaries(trial.planted_for(command)))
        for check, command, b, a in zip(trial.checks, trial.commands, base, after, strict=True)
    )


def observe_scenarios(trial: Trial, base: HeldOut, after: HeldOut) -> tuple[Observed, ...]:
    """Both sides of every scenario."""
    return tuple(
        Observed(name=scenario.name, kind="scenario", base=b, after=a, canaries=_canaries(files))
        for (scenario, files), b, a in zip(trial.scenarios, base.scenarios, after.scenarios, strict=True)
    )


def _canaries(files: Iterable[PlantedFile]) -> tuple[Canary, ...]:
    return tuple(canary for file in files for canary in file.canaries)


def compare_values(trial: Trial, observed: Iterable[Observed], base: HeldOut, after: HeldOut) -> tuple[ValueFact, ...]:
    """For each case, what the processes apart say beside the report of the run.

    A case counts only where the test passed after the patch, and is void where trusted code at base shows that it
    cannot be evaluated apart: it passes there as a test and does not give its expected value alone.
    """
    seen = tuple(observed)
    return tuple(
        ValueFact(
            name=f"{case.path}::{case.function}",
            held_out=bool(case.scenario),
            verdict=_verdict_of(
                case,
                [r for o in seen if _covers(o, case) for r in _results(o.base, case)],
                [r for o in seen if _covers(o, case) for r in _results(o.after, case)],
                base.answers.get(case.id),
                after.answers.get(case.id, _NO_ANSWER),
            ),
        )
        for case in trial.cases
    )


def _covers(seen: Observed, case: Case) -> bool:
    return seen.name == case.scenario if case.scenario else seen.kind == "public"


def _results(run: CheckRun, case: Case) -> list[TestResult]:
    """The case's function in a run; ids without a path in them (unittest) are told by name."""
    return [
        test
        for test in run.tests
        if function_name(test.id) == case.function
        and ("::" not in test.id or case.path.endswith(test.id.split("::", 1)[0]))
    ]


def _verdict_of(
    case: Case, base: list[TestResult], after: list[TestResult], base_answer: Answer | None, after_answer: Answer
) -> Literal["equal", "differs", "opaque", "void"]:
    if base_answer is None or not after or any(test.outcome != "passed" for test in after):
        return "void"
    if base and base_answer.error.startswith(("ImportError", "ModuleNotFoundError")):
        return "void"
    if base and all(test.outcome == "passed" for test in base) and compare(case, base_answer) != "equal":
        return "void"
    verdict = compare(case, after_answer)
    plain_before = not base_answer.error and not any(value.startswith("opaque ") for value in base_answer.values)
    return "void" if verdict == "opaque" and not plain_before else verdict
