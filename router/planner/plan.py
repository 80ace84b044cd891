"""The order in which stations try. Pure; recorded before the first attempt.

The policy of this slice is a fixed order: a machine without a model first (seconds, no money), then our own loop.
Planning from recorded outcomes takes its place behind the same value.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from router.station import StationVersion

POLICY = "fixed-order/1"
_RANK = {"repair": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Ordered attempts, and why."""

    versions: tuple[StationVersion, ...]
    reason: str
    policy: str = POLICY
    seed: int = 0


def make_plan(available: Sequence[StationVersion], *, pinned: bool = False) -> Plan:
    """Who tries first. `pinned`: a person named the stations, so their order stays."""
    if pinned:
        return Plan(versions=tuple(available), reason="named on the command line")
    ordered = sorted(available, key=lambda version: _RANK.get(version.station, 1))
    reason = "fixed order: no outcomes are weighed yet; the station without a model costs nothing and tries first"
    return Plan(versions=tuple(ordered), reason=reason)
