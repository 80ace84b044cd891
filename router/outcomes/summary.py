"""What recorded outcomes say of a station on a class of work, with its uncertainty. Pure counting, no planning."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from statistics import median

from router.outcomes.values import Outcome

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One station version on one task class and language."""

    task_class: str
    language: str
    station: str
    version: str
    attempts: int
    """That say something of the station: infrastructure endings are not among them."""
    passed: int
    interval: Interval
    """95 % for the share that passes."""
    weak: int
    """Of `attempts`, how many were judged without an explicit verdict."""
    median_seconds: float | None
    """None without attempts."""
    cost_usd: Decimal
    """Sum over the attempts whose cost is known."""
    cost_known: int
    """How many those are; 0 means that the cost is unknown, not zero."""
    infrastructure: int
    """Ended by outages and the like; kept apart."""

    @property
    def share(self) -> float | None:
        """None without attempts: no evidence is not 0 %."""
        return self.passed / self.attempts if self.attempts else None

    @property
    def mean_cost_usd(self) -> Decimal | None:
        return self.cost_usd / self.cost_known if self.cost_known else None


def wilson(passed: int, attempts: int, *, z: float = Z95) -> Interval:
    """Wilson's score interval; all of [0, 1] when nothing was tried."""
    if attempts == 0:
        return Interval(low=0.0, high=1.0)
    share, square = passed / attempts, z * z
    centre = share + square / (2 * attempts)
    spread = z * sqrt(share * (1 - share) / attempts + square / (4 * attempts * attempts))
    scale = 1 + square / attempts
    return Interval(
        low=0.0 if passed == 0 else max(0.0, (centre - spread) / scale),
        high=1.0 if passed == attempts else min(1.0, (centre + spread) / scale),
    )


def cells(outcomes: Iterable[Outcome]) -> tuple[Cell, ...]:
    """One per class, language and station version, sorted by those."""
    groups: defaultdict[tuple[str, str, str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[(outcome.task_class, outcome.language, outcome.station.station, outcome.station.id)].append(outcome)
    return tuple(_cell(key, groups[key]) for key in sorted(groups))


def _cell(key: tuple[str, str, str, str], group: list[Outcome]) -> Cell:
    counted = [o for o in group if not o.infrastructure]
    passed = sum(o.passed for o in counted)
    costs = [o.cost_usd for o in counted if o.cost_usd is not None]
    task_class, language, station, version = key
    return Cell(
        task_class=task_class,
        language=language,
        station=station,
        version=version,
        attempts=len(counted),
        passed=passed,
        interval=wilson(passed, len(counted)),
        weak=sum(not o.explicit for o in counted),
        median_seconds=median(o.seconds for o in counted) if counted else None,
        cost_usd=sum(costs, Decimal(0)),
        cost_known=len(costs),
        infrastructure=len(group) - len(counted),
    )
