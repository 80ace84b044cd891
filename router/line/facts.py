"""What was observed of a patch, and what single runs among it say. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from codergen.tools.check import CheckRun
from router.line.canary import Canary, function_name
from router.line.protected import Hit
from router.line.special_case import SpecialCase
from router.line.tamper import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One check or scenario as it ran at base and after the patch, twins included in both."""

    name: str
    kind: Literal["public", "scenario"]
    base: CheckRun
    after: CheckRun
    canaries: tuple[Canary, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueFact:
    """One case evaluated in a process of its own: what it says beside the report of the process that ran the test."""

    name: str
    verdict: Literal["equal", "differs", "opaque", "void"]
    held_out: bool = False
    """It is from a scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a verdict is made from."""

    expect_base_fails: bool
    accept_exit_code: bool
    expect_change: bool = False
    """Something that runs must fail at base and hold after, or nothing shows that the work was done."""
    hits: tuple[Hit, ...] = ()
    findings: tuple[Finding, ...] = ()
    special_cases: tuple[SpecialCase, ...] = ()
    observed: tuple[Observed, ...] = ()
    values: tuple[ValueFact, ...] = ()

    @property
    def settled(self) -> bool:
        """The patch is rejected already; nothing of it needs to run."""
        return bool(self.hits) or any(f.severity == "rejected" for f in self.findings)


def fails_at_base(seen: Observed) -> bool:
    """It ran at base and failed there, planted tests aside."""
    run = without_twins(seen.base, seen.canaries)
    return run.problem is None and not run.passed


def without_twins(run: CheckRun, canaries: Iterable[Canary]) -> CheckRun:
    """The run as it would have been without planted tests; a twin's failure is no failure."""
    twins = {canary.name for canary in canaries}
    if not twins:
        return run
    tests = tuple(test for test in run.tests if function_name(test.id) not in twins)
    clean = not any(test.outcome in {"failed", "error"} for test in tests)
    code = 0 if run.exit_code == 1 and clean and len(tests) < len(run.tests) else run.exit_code
    note = f"({len(run.tests) - len(tests)} tests in this output were planted by the verifier and must fail)\n"
    return replace(run, tests=tests, exit_code=code, output=note + run.output)


def live_canaries(seen: Observed) -> dict[str, tuple[Canary, frozenset[str]]]:
    """Twins that did fail at base, by name, with the ids they ran under; the others are void and not used."""
    live: dict[str, tuple[Canary, frozenset[str]]] = {}
    for canary in seen.canaries:
        results = [test for test in seen.base.tests if function_name(test.id) == canary.name]
        if results and all(test.outcome in {"failed", "error"} for test in results):
            live[canary.name] = (canary, frozenset(test.id for test in results))
    return live
