"""Drives the program inside that tries candidates: one `exec` a batch, answers read as they come."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter, ValidationError

from codergen.sandbox.base import MIB, ExecRequest, Sandbox
from codergen.tools.check import INSIDE, Check, Environment
from codergen.tools.locate import suite_environment, suite_request
from router.stations.repair.edits import Candidate, apply

Outcome = Literal["plausible", "failed", "hang", "died", "set_aside"]
GRACE_SECONDS = 40.0
"""For collecting the tests and measuring them, on top of a batch's own time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One edit, or two: what is tried and proposed."""

    edits: tuple[Candidate, ...]
    """The spans of a second one are those of the text after the first."""

    @property
    def weight(self) -> float:
        """The product, so that two edits never outweigh one of the same kinds."""
        return prod(edit.weight for edit in self.edits)

    def changed(self, texts: Mapping[str, str]) -> dict[str, str]:
        """path -> new text of the files that it touches."""
        result: dict[str, str] = {}
        for edit in self.edits:
            result[edit.path] = apply(result.get(edit.path, texts[edit.path]), edit.spans)
        return result

    @property
    def wire(self) -> dict[str, Any]:
        """As the programs inside read it."""
        places = [[c.path, *c.place] for c in self.edits if c.place is not None]
        return {
            "edits": [[c.path, *span, stage] for stage, c in enumerate(self.edits) for span in c.spans],
            "places": places if len(places) == len(self.edits) else [],
            "statement": self.edits[-1].statement,
        }


class _Answer(BaseModel):
    n: int
    outcome: Outcome
    fixed: int = 0
    failure: str = ""
    at: str = ""


class _Greeting(BaseModel):
    """The first line: collected and measured, or not."""

    problem: str = ""
    durations: list[tuple[str, str, float]] = []
    """(test, outcome, seconds) of the unchanged code."""


_ANSWER = TypeAdapter(_Answer | _Greeting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the public check said of one patch."""

    patch: Patch
    outcome: Outcome
    fixed: int
    """Failing tests that pass now."""
    failure: str
    """The first failure's text."""
    at: str
    """Id of the test that failed first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """For one batch."""

    seconds: float
    more_candidates: int
    """How many more to try after the first plausible one."""
    more_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one run of the worker gave."""

    trials: tuple[Trial, ...]
    problem: str = ""
    """Why nothing could be tried."""


async def try_patches(
    sandbox: Sandbox,
    check: Check,
    environment: Environment,
    patches: Sequence[Patch],
    *,
    failing: Sequence[str],
    budget: Budget,
    on_trial: Callable[[Trial], None] = lambda trial: None,
) -> Batch:
    """Try patches in their order within the budget. Raises SandboxError; the workspace is not changed."""
    request: dict[str, Any] = {
        **(suite_request(check) or {}),
        "failing": failing,
        "seconds": budget.seconds,
        "after_first": [budget.more_candidates, budget.more_seconds],
    }
    lines = [json.dumps(request), *(json.dumps({**p.wire, "n": n}) for n, p in enumerate(patches))]
    reader = _Reader(patches, on_trial)
    result = await sandbox.exec(
        ExecRequest(
            argv=(environment.python, "-s", str(INSIDE / "repair_worker.py")),
            env=suite_environment(check, environment),
            stdin="\n".join(lines).encode(),
            timeout_s=budget.seconds + GRACE_SECONDS,
            max_output=16 * MIB,
        ),
        reader,
    )
    problem = reader.problem
    if not problem and not reader.ended:
        how = "did not end in time" if result.timed_out else "ended early"
        problem = f"the worker {how}: {result.stderr.decode(errors='replace')[-1000:]}"
    return Batch(trials=tuple(reader.trials), problem=problem)


class _Reader:
    """An output sink that turns the worker's lines into trials as they come."""

    def __init__(self, patches: Sequence[Patch], on_trial: Callable[[Trial], None]) -> None:
        self._patches = patches
        self._on_trial = on_trial
        self._rest = b""
        self.trials: list[Trial] = []
        self.problem = ""
        self.ended = False

    def __call__(self, stream: Literal["out", "err"], data: bytes) -> None:
        if stream == "err":
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        if line == b'{"end": true}':
            self.ended = True
            return
        try:
            answer = _ANSWER.validate_json(line)
        except ValidationError:
            return
        if isinstance(answer, _Greeting):
            self.problem = answer.problem
        elif answer.n < len(self._patches):
            patch = self._patches[answer.n]
            trial = Trial(patch=patch, outcome=answer.outcome, fixed=answer.fixed, failure=answer.failure, at=answer.at)
            self.trials.append(trial)
            self._on_trial(trial)


def promising(trials: Sequence[Trial], failure: Mapping[str, str], *, limit: int) -> list[Trial]:
    """First edits to build a second one on: those that made failing tests pass, then those that moved the failure."""
    moved = [
        t for t in trials if t.outcome == "failed" and (t.fixed or (t.at in failure and t.failure != failure[t.at]))
    ]
    by_effect: dict[tuple[int, str, str], Trial] = {}
    for trial in moved:
        by_effect.setdefault((trial.fixed, trial.at, trial.failure), trial)
    return sorted(by_effect.values(), key=lambda t: -t.fixed)[:limit]
