"""Counting outcomes: intervals, unknown costs, infrastructure apart."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.outcomes.summary import Cell, Interval, cells, wilson
from router.outcomes.values import Outcome, StationRef

AT = datetime(2026, 11, 22, tzinfo=UTC)


def outcome(number: int, *, passed: bool, cost: str | None = None, infra: bool = False, station: str = "a") -> Outcome:
    return Outcome(
        task_id=f"t{number}", job_id="j", attempt=number, task_class="bugfix", language="python",
        station=StationRef(id=f"{station}@1", station=station), passed=passed, explicit=number != 1,
        terminal_state="retryable_failure" if infra else "pr_ready" if passed else "escalate", reason="",
        cost_usd=None if cost is None else Decimal(cost), seconds=float(number), usage=None, verifier="v",
        source="eval", infrastructure=infra, at=AT,
    )  # fmt: skip


def test_infrastructure_endings_and_unknown_costs_stay_apart() -> None:
    found = cells(
        [
            outcome(1, passed=True, cost="0.10"),
            outcome(2, passed=False),
            outcome(9, passed=True, cost="0.20"),
            outcome(50, passed=False, infra=True, cost="7"),
            outcome(51, passed=False, infra=True, station="b"),
        ]
    )
    assert found == (
        Cell(
            task_class="bugfix", language="python", station="a", version="a@1", attempts=3, passed=2,
            interval=wilson(2, 3), weak=1, median_seconds=2.0, cost_usd=Decimal("0.30"), cost_known=2, infrastructure=1,
        ),
        Cell(
            task_class="bugfix", language="python", station="b", version="b@1", attempts=0, passed=0,
            interval=Interval(low=0, high=1), weak=0, median_seconds=None, cost_usd=Decimal(0), cost_known=0,
            infrastructure=1,
        ),
    )  # fmt: skip
    assert (found[0].mean_cost_usd, found[1].mean_cost_usd) == (Decimal("0.15"), None)
    assert (found[0].share, found[1].share) == (2 / 3, None)


@pytest.mark.parametrize(
    ("passed", "attempts", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_gives_the_published_numbers(passed: int, attempts: int, low: float, high: float) -> None:
    interval = wilson(passed, attempts)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    passed, attempts = counts
    interval, mirrored = wilson(passed, attempts), wilson(attempts - passed, attempts)
    assert 0 <= interval.low <= passed / attempts <= interval.high <= 1
    assert interval.low == pytest.approx(1 - mirrored.high, abs=1e-12)
