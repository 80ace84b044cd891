"""How much thinking to ask for, when a model has only some of the steps. Pure."""

from collections.abc import Sequence
from typing import get_args

from providers.types import Effort

STEPS: tuple[Effort, ...] = get_args(Effort)


def nearest(wanted: Effort, known: Sequence[Effort]) -> Effort:
    """The step of `known` that is closest to `wanted`, the cheaper one of two; `wanted` itself when none is known."""
    at = STEPS.index(wanted)

    def distance(step: Effort) -> tuple[int, int]:
        return abs(STEPS.index(step) - at), STEPS.index(step)

    return min(known, key=distance) if known else wanted
