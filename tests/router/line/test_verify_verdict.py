"""The pure judgement over what was observed."""

from dataclasses import replace

import pytest

from codergen.tools.check import Check, CheckRun, Outcome, Problem, Runner, TestResult
from router.line.canary import Canary
from router.line.facts import Facts, Observed, ValueFact, without_twins
from router.line.feedback import HELD_OUT, UNTRUSTED
from router.line.judgement import judge
from router.line.protected import Hit
from router.line.special_case import SpecialCase
from router.line.tamper import Finding

CHECK = Check(command="pytest")
TWIN = Canary(path="t.py", original="test_a", name="test_a_again", kind="constant")


def run(
    *tests: tuple[str, Outcome] | tuple[str, Outcome, str],
    code: int | None = None,
    runner: Runner = "pytest",
    problem: Problem | None = None,
) -> CheckRun:
    results = tuple(TestResult(id=f"t.py::{t[0]}", outcome=t[1], message=t[2] if len(t) > 2 else "") for t in tests)
    bad = any(r.outcome in {"failed", "error"} for r in results)
    return CheckRun(
        check=CHECK,
        runner=runner,
        exit_code=int(bad) if code is None else code,
        tests=results,
        output="",
        problem=problem,
        duration_ms=1,
    )


FAILS = run(("test_a", "failed"), ("test_b", "passed"))
PASSES = run(("test_a", "passed"), ("test_b", "passed"))


def public(base: CheckRun = FAILS, after: CheckRun = PASSES, *canaries: Canary) -> Observed:
    return Observed(name="pytest", kind="public", base=base, after=after, canaries=canaries)


def facts(*observed: Observed, **changes) -> Facts:
    return replace(Facts(expect_base_fails=True, accept_exit_code=False, observed=observed), **changes)


def test_a_check_that_failed_and_passes_now_is_accepted() -> None:
    verdict = judge(facts(public()))
    assert (verdict.decision, verdict.passed, verdict.explicit, verdict.feedback) == ("accepted", True, True, "")
    assert "there was no held-out check" in verdict.notes


@pytest.mark.parametrize(
    "after",
    [
        run(("test_a", "failed"), ("test_b", "passed")),
        run(("test_a", "passed"), ("test_b", "failed")),
        run(("test_a", "passed")),
        run(("test_a", "passed"), ("test_b", "skipped")),
        run(("test_a", "xpassed"), ("test_b", "passed")),
        run(("test_a", "passed"), ("test_a", "passed"), ("test_b", "passed")),
        run(("test_a", "passed"), ("test_b", "passed"), ("test_c", "failed")),
        run(("test_a", "passed"), ("test_b", "passed"), code=3),
        run(problem="no_tests", code=5),
        run(("test_a", "passed"), ("test_b", "passed"), problem="died", code=0),
        run(("test_a", "passed"), ("test_b", "passed"), problem="timeout"),
    ],
)
def test_anything_less_than_all_expected_tests_passing_is_rejected(after: CheckRun) -> None:
    assert judge(facts(public(after=after))).decision == "rejected"


def test_what_was_skipped_at_base_may_stay_so() -> None:
    base = run(("test_a", "failed"), ("test_b", "skipped"), ("test_c", "xfailed"))
    after = run(("test_a", "passed"), ("test_b", "skipped"), ("test_c", "xfailed"))
    assert judge(facts(public(base, after))).passed


def test_failures_are_told_apart_by_whether_they_are_new() -> None:
    verdict = judge(facts(public(after=run(("test_a", "failed", "old one"), ("test_b", "failed", "new one")))))
    assert (verdict.new_failures, verdict.base_failures) == (("t.py::test_b",), ("t.py::test_a",))
    assert "t.py::test_b passed before this change and fails now:\nnew one" in verdict.feedback


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (facts(), "there is no check to run"),
        (facts(public(base=PASSES)), "no check fails at base"),
        (facts(public(base=run(problem="collection_error", code=2))), "does not run at base"),
        (facts(public(base=PASSES), Observed(name="s", kind="scenario", base=FAILS, after=PASSES)), "no check fails"),
        (
            facts(
                public(),
                Observed(name="s", kind="scenario", base=run(problem="no_tests"), after=run(problem="no_tests")),
            ),
            "with the patch or without",
        ),
    ],
)
def test_a_verifier_that_proves_nothing_is_void(given: Facts, reason: str) -> None:
    verdict = judge(given)
    assert verdict.decision == "void"
    assert reason in verdict.void_reason


def test_base_may_pass_where_nothing_is_reproduced() -> None:
    verdict = judge(facts(public(base=PASSES), expect_base_fails=False))
    assert verdict.passed
    assert "the base was not required to fail first" in verdict.notes


def exit_code(code: int) -> CheckRun:
    return run(code=code, runner="exit_code")


def test_an_exit_code_alone_is_weak_unless_accepted_and_then_marked() -> None:
    weak = facts(public(exit_code(1), exit_code(0)))
    assert judge(weak).decision == "weak"
    accepted = judge(replace(weak, accept_exit_code=True))
    assert (accepted.decision, accepted.explicit) == ("accepted", False)
    assert judge(facts(public(exit_code(1), exit_code(2)), accept_exit_code=True)).decision == "rejected"
    assert judge(facts(public(exit_code(0), exit_code(0)))).decision == "void"
    test_that_always_passed = Observed(name="t", kind="public", base=PASSES, after=PASSES)
    assert judge(facts(public(exit_code(1), exit_code(0)), test_that_always_passed)).decision == "weak"


def scenario(base: CheckRun = FAILS, after: CheckRun = PASSES) -> Observed:
    return Observed(name="secret", kind="scenario", base=base, after=after)


def test_a_scenario_decides_and_stays_unseen() -> None:
    failed = judge(facts(public(), scenario(after=run(("test_hidden", "failed", "hidden 42")))))
    assert failed.decision == "rejected"
    assert failed.feedback == HELD_OUT
    accepted = judge(facts(public(), scenario(base=PASSES)))
    assert accepted.passed
    assert any("secret does not fail at base" in note for note in accepted.notes)
    assert judge(facts(public(), scenario(exit_code(1), exit_code(0)))).passed


TWIN_FAILS = ("test_a_again", "failed", "E  AssertionError: assert 1 == 2")


def with_twin(*after: tuple[str, Outcome] | tuple[str, Outcome, str], code: int | None = None) -> Facts:
    base = run(("test_a", "failed"), ("test_a_again", "failed"), ("test_b", "passed"))
    return facts(public(base, run(("test_a", "passed"), ("test_b", "passed"), *after, code=code), TWIN))


def test_a_planted_test_that_fails_as_it_must_does_not_count() -> None:
    verdict = judge(with_twin(TWIN_FAILS))
    assert verdict.passed
    (check, canary) = verdict.checks
    assert check.run is not None and check.run.passed and len(check.run.tests) == 2
    assert (canary.kind, canary.passed) == ("canary", True)


@pytest.mark.parametrize(
    "given",
    [
        with_twin(("test_a_again", "passed"), code=0),
        with_twin(("test_a_again", "passed"), code=1),
        with_twin(("test_a_again", "skipped"), code=1),
        with_twin(code=1),
        with_twin(("test_a_again", "failed", "SystemExit: 0")),
        with_twin(TWIN_FAILS, code=0),
    ],
)
def test_a_planted_test_that_does_not_fail_as_built_is_a_forged_report(given: Facts) -> None:
    verdict = judge(given)
    assert verdict.decision == "rejected"
    assert any(check.kind == "canary" and not check.passed for check in verdict.checks)
    assert UNTRUSTED in verdict.feedback
    assert "again" not in verdict.feedback and "planted" not in verdict.feedback


def test_a_token_must_show_in_a_planted_failure() -> None:
    raised = replace(TWIN, kind="raised", token="inner 0a1b2c")
    for message, decision in (("AssertionError: inner 0a1b2c", "accepted"), ("AssertionError: x", "rejected")):
        given = with_twin(("test_a_again", "failed", message))
        observed = replace(given.observed[0], canaries=(raised,))
        assert judge(replace(given, observed=(observed,))).decision == decision


def test_a_planted_test_that_did_not_fail_at_base_is_not_used() -> None:
    base = run(("test_a", "failed"), ("test_a_again", "passed"), ("test_b", "passed"))
    after = run(("test_a", "passed"), ("test_a_again", "passed"), ("test_b", "passed"))
    verdict = judge(facts(public(base, after, TWIN)))
    assert verdict.passed
    assert any("taken on trust" in note for note in verdict.notes)


def test_a_run_without_its_twins_keeps_a_strange_exit_code() -> None:
    assert without_twins(run(("test_a_again", "failed")), (TWIN,)).exit_code == 0
    assert without_twins(run(("test_a_again", "failed"), code=2), (TWIN,)).exit_code == 2
    assert without_twins(run(("test_a", "failed"), ("test_a_again", "failed")), (TWIN,)).exit_code == 1


def test_hits_and_findings_settle_it_before_a_run() -> None:
    hit = judge(facts(hits=(Hit(kind="protected", path="tests/t.py", why="protected path touched"),)))
    assert (hit.decision, hit.feedback) == ("rejected", "tests/t.py: protected path touched")
    finding = Finding(path="a.py", what="os._exit", line=3, severity="rejected", why="ends the process")
    assert judge(facts(findings=(finding,))).decision == "rejected"
    assert judge(facts(public(), findings=(replace(finding, severity="weak"),))).decision == "weak"


def test_values_compared_outside_overrule_a_report() -> None:
    assert judge(facts(public(), values=(ValueFact(name="t::a", verdict="equal"),))).passed
    assert judge(facts(public(), values=(ValueFact(name="t::a", verdict="void"),))).passed
    assert judge(facts(public(), values=(ValueFact(name="t::a", verdict="differs"),))).decision == "rejected"
    assert judge(facts(public(), values=(ValueFact(name="t::a", verdict="opaque"),))).decision == "weak"


def test_special_cases_are_weak_unless_a_held_out_check_passed() -> None:
    case = SpecialCase(path="a.py", line=1, asked="7", answer="8")
    assert judge(facts(public(), special_cases=(case,))).decision == "weak"
    assert judge(facts(public(), scenario(), special_cases=(case,))).passed
