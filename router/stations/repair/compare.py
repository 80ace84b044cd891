"""Do several patches that all pass the public check mean the same? And if not, which question tells them apart."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from pydantic import BaseModel, TypeAdapter, ValidationError

from codergen.sandbox.base import MIB, ExecRequest, Sandbox
from codergen.tools.check import INSIDE, Check, Environment
from codergen.tools.locate import TEST_GLOBS, suite_environment, suite_request
from router.stations.repair.search import Patch

GRACE_SECONDS = 70.0


class SplittingInput(BaseModel):
    """One call on which the patches differ."""

    call: str
    """As a person would write it."""
    recorded: bool
    """A test makes this very call."""
    outcomes: list[str]
    """One for each patch, in their order."""


class _Table(BaseModel):
    inputs: list[SplittingInput]
    compared: int


_TABLE = TypeAdapter(_Table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How several patches relate."""

    groups: tuple[tuple[int, ...], ...]
    """Indices of patches that behave alike, in order of their first."""
    split: SplittingInput | None
    """The input that tells most of the groups apart; None when there is one group."""
    compared: int
    """Inputs that were run."""


async def compare(
    sandbox: Sandbox, check: Check, environment: Environment, patches: Sequence[Patch], *, seconds: float
) -> Comparison:
    """Run all patches on inputs near those of the tests. Raises SandboxError; nothing in the workspace changes."""
    edited = {(c.path, *c.place) for patch in patches for c in patch.edits if c.place is not None}
    request = {
        **(suite_request(check) or {}),
        "tests": TEST_GLOBS,
        "seconds": seconds,
        "edited": sorted(edited),
        "variants": [patch.wire for patch in patches],
    }
    result = await sandbox.exec(
        ExecRequest(
            argv=(environment.python, "-s", str(INSIDE / "compare_worker.py")),
            env=suite_environment(check, environment),
            stdin=json.dumps(request).encode(),
            timeout_s=seconds + GRACE_SECONDS,
            max_output=32 * MIB,
        )
    )
    try:
        table = _TABLE.validate_json(result.stdout)
    except ValidationError:
        table = _Table(inputs=[], compared=0)
    return group(table.inputs, len(patches), table.compared)


def group(inputs: Sequence[SplittingInput], count: int, compared: int) -> Comparison:
    """Pure: patches with the same outcome on every input are one group."""
    behaviours: dict[tuple[str, ...], list[int]] = {}
    for index in range(count):
        behaviours.setdefault(tuple(i.outcomes[index] for i in inputs), []).append(index)
    return Comparison(
        groups=tuple(tuple(members) for members in behaviours.values()),
        split=max(inputs, key=_worth, default=None) if len(behaviours) > 1 else None,
        compared=compared,
    )


def lead(comparison: Comparison, weights: Sequence[float]) -> float:
    """How much of the prior weight the first group has; for people, it decides nothing."""
    total = sum(weights) or 1.0
    return sum(weights[index] for index in comparison.groups[0]) / total


def _worth(candidate: SplittingInput) -> tuple[float, int, int]:
    """How evenly an input splits the patches; then few crashes, then a short text, for the person who answers."""
    counts = Counter(candidate.outcomes)
    total = sum(counts.values())
    evenness = -sum(n / total * log(n / total) for n in counts.values())
    crashes = sum(n for outcome, n in counts.items() if outcome.startswith(("raises ", "does not end")))
    return (round(evenness, 6), -crashes, -len(candidate.call))
