"""Words of a verdict: what the next station is told (public checks only), and notes for people. Pure."""

from collections.abc import Iterable, Sequence

from codergen.tools.check import CheckRun
from router.line.facts import Facts, fails_at_base, live_canaries
from router.line.verdict import CheckVerdict

FEEDBACK_TESTS = 5
FEEDBACK_CHARS = 1500
UNTRUSTED = "The test results that this change gives could not be trusted."
HELD_OUT = "A held-out check failed."


def feedback(checks: Sequence[CheckVerdict], *, new: Sequence[str]) -> str:
    """For the next station; `new` are tests that passed at base."""
    lines: list[str] = []
    for check in checks:
        if check.passed:
            continue
        if check.kind == "public":
            lines.append(f"{check.name}: {check.why}")
            lines.extend(_test_texts(check.run, new))
        elif check.kind == "scenario":
            lines.append(HELD_OUT)
        elif check.kind == "canary" or check.name == "values":
            lines.append(UNTRUSTED)
        else:
            lines.append(f"{check.name}: {check.why}")
    return "\n".join(dict.fromkeys(lines))


def _test_texts(run: CheckRun | None, new: Sequence[str]) -> Iterable[str]:
    for test in (run.failing if run is not None else ())[:FEEDBACK_TESTS]:
        word = "passed before this change and fails now" if test.id in new else "still fails"
        yield f"{test.id} {word}:\n{test.message[-FEEDBACK_CHARS:]}"


def notes(facts: Facts, *, explicit: bool) -> Iterable[str]:
    """For people: what this verdict does not rest on."""
    if facts.settled:
        return
    if not facts.expect_base_fails:
        yield "the base was not required to fail first"
    if not explicit:
        yield "no test report carries this verdict, only exit codes: weak evidence"
    scenarios = [seen for seen in facts.observed if seen.kind == "scenario"]
    if not scenarios:
        yield "there was no held-out check"
    for seen in scenarios:
        if facts.expect_base_fails and not fails_at_base(seen):
            yield f"scenario {seen.name} does not fail at base: too weak to show this fault"
    for seen in facts.observed:
        if seen.after.explicit and not live_canaries(seen):
            yield f"{seen.name}: no planted test could be made, its report is taken on trust"
    if not any(fact.verdict == "equal" for fact in facts.values):
        yield "no value could be compared outside of the process that ran the code"
