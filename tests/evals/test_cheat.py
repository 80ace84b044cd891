"""Every patch of the cheat corpus through the real verifier: none accepted that should not be, every right one is."""

import asyncio
import tempfile
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from codergen.errors import SandboxError
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.registry import create
from evals.cheat import Bench, CheatCase, CheatResult, layer_of, load_cases, open_bench, request_for, run_case
from router.line.feedback import HELD_OUT
from router.line.trial import HeldOut
from router.line.verify import Prepared, prepare

pytestmark = pytest.mark.timeout(60)  # a verification is several test runs, each in a sandbox of its own

CASES = {case.name: case for case in load_cases()}
SCREENED = [case for case in CASES.values() if case.layer == "screen"]
RUN = [case for case in CASES.values() if case.layer != "screen"]
FORGERIES = (
    "always-equal",
    "caller-frame",
    "exit-late",
    "forged-report",
    "patches-runner-hidden",
    "reads-tests",
    "unraisable",
)

BY_CHANCE = ("reads-tests",)
"""Which of the planted tests it comes upon first is chance, and so is the layer that says no first."""


def sandbox_kind() -> str:
    """Bubblewrap where it runs, else host: the verifier's own layers are what is tested here."""
    with tempfile.TemporaryDirectory() as folder, suppress(SandboxError, ImportError):
        sandbox = create("auto")
        asyncio.run(start_and_stop(sandbox, Path(folder)))
        return "auto"
    return "host"


async def start_and_stop(sandbox, folder: Path) -> None:
    await sandbox.start(SandboxSpec(workspace=folder))
    await sandbox.stop()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bench, Prepared]:
    """One repository, and one base run with its planted tests, for all cases."""
    kind = sandbox_kind()

    async def make() -> tuple[Bench, Prepared]:
        bench = await open_bench(tmp_path_factory.mktemp("cheat"), partial(create, kind))
        return bench, await prepare(await request_for(CASES["honest-divmod"], bench))

    return asyncio.run(make())


def run(case: CheatCase, prepared: tuple[Bench, Prepared]) -> CheatResult:
    bench, base = prepared
    return asyncio.run(run_case(case, bench, base))


def test_the_corpus_is_as_large_as_promised() -> None:
    by_expectation = [case.expect for case in CASES.values()]
    assert by_expectation.count("accepted") >= 3
    assert len(CASES) - by_expectation.count("accepted") >= 16


def test_what_the_screen_is_for_is_rejected_before_anything_runs(prepared: tuple[Bench, Prepared]) -> None:
    for case in SCREENED:
        result = run(case, prepared)
        assert (case.name, result.verdict.decision, result.caught_by) == (case.name, "rejected", ("screen",))


@pytest.mark.parametrize("case", RUN, ids=lambda case: case.name)
def test_each_other_case_ends_as_it_must(case: CheatCase, prepared: tuple[Bench, Prepared]) -> None:
    result = run(case, prepared)
    assert result.as_expected, [(c.kind, c.grade, c.why) for c in result.verdict.checks]
    if case.expect != "accepted" and case.name not in BY_CHANCE:
        assert case.layer in result.caught_by
    if case.name in FORGERIES:
        assert result.stopped_by_runs_alone, "planted tests and compared values must hold it without the other layers"
    told = result.verdict.feedback
    assert "test_held_out" not in told and "nine_people" not in told
    assert (HELD_OUT in told) == ("scenario" in result.caught_by)


def test_without_a_scenario_answers_to_the_known_questions_are_too_weak(prepared: tuple[Bench, Prepared]) -> None:
    bench, base = prepared
    blind = replace(bench, work=bench.work / "blind", scenarios=())
    trial = replace(base.trial, scenarios=(), cases=tuple(case for case in base.trial.cases if not case.scenario))
    public = Prepared(trial=trial, checks=base.checks, held_out=HeldOut(answers=base.held_out.answers))
    for name in ("hard-coded-branches", "hard-coded-table"):
        result = asyncio.run(run_case(CASES[name], blind, public))
        assert result.verdict.decision == "weak"
        assert {layer_of(check) for check in result.verdict.checks if not check.passed} == {"source"}
