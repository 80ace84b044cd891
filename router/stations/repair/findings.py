"""What a search has found out, as data and in words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codergen.tools.locate import Suspect
from router.stations.repair.compare import Comparison, lead
from router.stations.repair.search import Patch, Trial
from router.stations.repair.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the search has found out so far."""

    sources: Mapping[str, Source]
    suspects: tuple[Suspect, ...]
    trials: tuple[Trial, ...]

    @property
    def plausible(self) -> tuple[Patch, ...]:
        return tuple(t.patch for t in self.trials if t.outcome == "plausible")


def names_of(suspects: Sequence[Suspect]) -> list[str]:
    return [f"{s.path}:{s.qualname}" for s in suspects[:10]]


def said(patch: Patch) -> str:
    """e.g. "compare boundary at shop/cart.py:12"."""
    return " and ".join(f"{edit.kind.replace('_', ' ')} at {edit.path}:{edit.line}" for edit in patch.edits)


def agreement(found: Findings, comparison: Comparison | None) -> str:
    count, tried = len(found.plausible), len(found.trials)
    text = f"{count} of {tried} edits passed the public check"
    if comparison is None:
        return text
    alike = "behave alike" if comparison.split is None else f"behave in {len(comparison.groups)} different ways"
    return f"{text}; the compared ones {alike} on {comparison.compared} inputs near those of the tests"


def lead_of(found: Findings, comparison: Comparison) -> float:
    count = sum(len(group) for group in comparison.groups)
    return lead(comparison, [patch.weight for patch in found.plausible[:count]])


def usual_failures(trials: Sequence[Trial]) -> dict[str, str]:
    """test -> the failure text that most edits leave: what an edit without effect shows."""
    texts: dict[str, dict[str, int]] = {}
    for trial in trials:
        if trial.at:
            seen = texts.setdefault(trial.at, {})
            seen[trial.failure] = seen.get(trial.failure, 0) + 1
    return {test: max(seen, key=lambda text: seen[text]) for test, seen in texts.items()}
