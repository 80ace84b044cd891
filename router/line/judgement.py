"""How a patch is judged from what was observed of it. Pure: `judge` over frozen facts.

Everything that is not clearly right is rejected, and everything that was not clearly observed is no acceptance.
"""

from collections.abc import Iterable, Sequence

from codergen.tools.check import PROBLEMS, CheckRun, TestResult, describe
from router.line.canary import Canary, function_name
from router.line.facts import Facts, Observed, ValueFact, fails_at_base, live_canaries, without_twins
from router.line.feedback import feedback, notes
from router.line.protected import Hit
from router.line.special_case import SpecialCase
from router.line.tamper import Finding
from router.line.verdict import CheckVerdict, Decision, Grade, Verdict

_UNUSABLE = frozenset({"not_found", "no_tests"})
_NOT_COUNTED = frozenset({"skipped", "xfailed", "xpassed"})

UNSHOWN = CheckVerdict(
    name="base",
    kind="public",
    grade="weak",
    explicit=True,
    why="every check and scenario holds without the change too, so nothing shows what it is for",
)


def judge(facts: Facts) -> Verdict:
    """The verdict over all facts. A screen's hit needs no run; a verifier that proves nothing is void, not a pass."""
    checks = [*map(_of_hit, facts.hits), *map(_of_finding, facts.findings)]
    reason = ""
    if not facts.settled:
        reason = void_reason(facts)
        for seen in facts.observed:
            checks.extend(_of_observed(seen))
        if facts.expect_change and not any(fails_at_base(seen) for seen in facts.observed):
            checks.append(UNSHOWN)
        checks.extend(_of_values(facts.values))
        checks.extend(_of_special_case(case, facts, checks) for case in facts.special_cases)
    explicit = _carried_by_tests(facts)
    decision = _decide(checks, reason, explicit=explicit or facts.accept_exit_code)
    new, old = _failures(facts.observed)
    return Verdict(
        decision=decision,
        checks=tuple(checks),
        explicit=explicit,
        feedback="" if decision in {"accepted", "void"} else feedback(checks, new=new),
        void_reason=reason,
        new_failures=new,
        base_failures=old,
        notes=tuple(notes(facts, explicit=explicit)),
    )


def _decide(checks: Sequence[CheckVerdict], void: str, *, explicit: bool) -> Decision:
    if void:
        return "void"
    if any(check.grade == "failed" for check in checks):
        return "rejected"
    if any(check.grade == "weak" for check in checks) or not explicit:
        return "weak"
    return "accepted"


def void_reason(facts: Facts) -> str:
    """Why no verdict can be made at all: nothing to run, or the untouched base does not behave as it must."""
    public = [seen for seen in facts.observed if seen.kind == "public"]
    if not facts.observed:
        return "there is no check to run"
    for seen in public:
        if seen.base.problem is not None:
            return f"{seen.name} does not run at base: {PROBLEMS[seen.base.problem]}"
    for seen in facts.observed:
        if seen.base.problem in _UNUSABLE and seen.after.problem == seen.base.problem:
            return f"{seen.name} does not run, with the patch or without: {PROBLEMS[seen.base.problem]}"
    if facts.expect_base_fails and not any(fails_at_base(seen) for seen in public or facts.observed):
        return "no check fails at base, so passing now proves nothing"
    return ""


def _carried_by_tests(facts: Facts) -> bool:
    """Some test report is evidence: it ran, and where base must fail it is one that failed there."""
    return any(
        seen.after.explicit and seen.after.problem is None and (not facts.expect_base_fails or fails_at_base(seen))
        for seen in facts.observed
    )


def _of_hit(hit: Hit) -> CheckVerdict:
    return CheckVerdict(name=hit.path or "patch", kind=hit.kind, grade="failed", explicit=True, why=hit.why)


def _of_finding(finding: Finding) -> CheckVerdict:
    grade: Grade = "failed" if finding.severity == "rejected" else "weak"
    why = f"line {finding.line}: {finding.what} ({finding.why})"
    return CheckVerdict(name=finding.path, kind="tamper", grade=grade, explicit=False, why=why)


def _of_special_case(case: SpecialCase, facts: Facts, checks: Sequence[CheckVerdict]) -> CheckVerdict:
    """A held-out check that passed says more than the look of the code; without one it stays weak."""
    held_out = any(check.kind == "scenario" and check.passed for check in checks)
    return CheckVerdict(
        name=case.path,
        kind="tamper",
        grade="passed" if held_out else "weak",
        explicit=False,
        why=f"line {case.line}: answers a public test's input {case.asked} with its expected {case.answer}",
    )


def _of_observed(seen: Observed) -> Iterable[CheckVerdict]:
    after = without_twins(seen.after, seen.canaries)
    base = without_twins(seen.base, seen.canaries)
    why = _why_not(base, after)
    grade: Grade = "failed" if why else "passed"
    yield CheckVerdict(
        name=seen.name,
        kind=seen.kind,
        grade=grade,
        explicit=after.explicit,
        why=why or describe(after, seen.name),
        run=after,
    )
    live = live_canaries(seen)
    if live and after.problem is None:
        broken = _broken_canary(seen, live)
        text = broken or f"{len(live)} planted tests failed as they must"
        yield CheckVerdict(
            name=seen.name, kind="canary", grade="failed" if broken else "passed", explicit=True, why=text
        )


def _why_not(base: CheckRun, after: CheckRun) -> str:
    """Why the run after the patch is no pass; empty when it is one."""
    if after.problem is not None:
        return f"did not run: {PROBLEMS[after.problem]}"
    if not after.explicit:
        return "" if after.exit_code == 0 else f"exit {after.exit_code}"
    ids = [test.id for test in after.tests]
    outcomes = {test.id: test.outcome for test in after.tests}
    if len(outcomes) != len(ids):
        return "a test reported more than once"
    if missing := sorted({test.id for test in base.tests} - outcomes.keys()):
        return f"expected tests did not run: {', '.join(missing[:5])}"
    excused = {test.id for test in base.tests if test.outcome in _NOT_COUNTED}
    bad = [t for t in after.tests if t.outcome != "passed" and not (t.outcome in _NOT_COUNTED and t.id in excused)]
    if bad:
        return f"{len(bad)} of {len(ids)} tests do not pass: " + ", ".join(f"{t.id} {t.outcome}" for t in bad[:5])
    if not after.passed:
        return f"the runner ended with {after.exit_code}"
    return ""


def _broken_canary(seen: Observed, live: dict[str, tuple[Canary, frozenset[str]]]) -> str:
    """What is wrong with the planted tests, if anything: each must run and fail the way it was built to."""
    if seen.after.exit_code == 0:
        return "the runner ended with 0 although planted tests must fail"
    passed = {function_name(t.id) for t in seen.after.tests if t.outcome == "passed"}
    for canary, ids in live.values():
        results = {t.id: t for t in seen.after.tests if function_name(t.id) == canary.name}
        for test_id in ids:
            result = results.get(test_id)
            if result is None:
                return f"a planted test that must fail did not report ({canary.kind})"
            if result.outcome not in {"failed", "error"}:
                return f"a planted test that must fail came out as {result.outcome} ({canary.kind})"
            if canary.original in passed and not _failed_as_built(canary, result):
                return f"a planted test failed in another way than it was built to ({canary.kind})"
    return ""


def _failed_as_built(canary: Canary, result: TestResult) -> bool:
    if canary.kind == "raised":
        return canary.token in result.message
    if canary.kind in {"constant", "rows"}:
        return "AssertionError" in result.message or "assert " in result.message
    return True


def _of_values(values: Sequence[ValueFact]) -> Iterable[CheckVerdict]:
    used = [fact for fact in values if fact.verdict != "void"]
    if not used:
        return
    differing = [fact.name for fact in used if fact.verdict == "differs"]
    opaque = [fact.name for fact in used if fact.verdict == "opaque"]
    grade: Grade = "failed" if differing else "weak" if opaque else "passed"
    why = f"{len(used)} expectations compared outside of the process that ran the code"
    if differing:
        why = f"the test passed, but evaluated apart its values are others: {', '.join(differing[:5])}"
    elif opaque:
        why = f"gives an object that only itself can compare, where base gave plain values: {', '.join(opaque[:5])}"
    yield CheckVerdict(name="values", kind="tamper", grade=grade, explicit=True, why=why)


def _failures(observed: Iterable[Observed]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of the public checks: tests that fail now, told apart by whether they failed at base."""
    new: list[str] = []
    old: list[str] = []
    for seen in observed:
        if seen.kind != "public":
            continue
        failed_before = {test.id for test in seen.base.failing}
        for test in without_twins(seen.after, seen.canaries).failing:
            (old if test.id in failed_before else new).append(test.id)
    return tuple(new), tuple(old)
