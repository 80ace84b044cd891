"""The order of the search: tier of the kind first, then suspicion of the place, shared among equals. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from router.stations.repair.edits import Candidate
from router.stations.repair.prior import TIER_WEIGHT, TIERS

SUSPICION_POWER = 1.5
"""Files and functions differ more than edit kinds do once a check covers several of them."""
IMPORT_COST = 0.15
"""An edit at top level is rarer than one in a function and takes some thirty times as long to try."""


def ranked(candidates: Iterable[Candidate], *, limit: int) -> list[Candidate]:
    """The `limit` most promising candidates without repetitions, best first. Whether one compiles shows inside."""
    pool = list(candidates)
    peers = Counter((c.statement, c.kind) for c in pool)
    pool = [replace(c, weight=weight(c, peers[c.statement, c.kind])) for c in pool]
    pool.sort(key=lambda c: -c.weight)
    unique = {(c.path, c.spans): c for c in reversed(pool)}
    kept = set(map(id, unique.values()))
    return [c for c in pool if id(c) in kept][:limit]


def weight(candidate: Candidate, peers: int) -> float:
    """`peers`: how many candidates of this kind its statement has."""
    cost = IMPORT_COST if candidate.place is None and candidate.kind != "mutable_default" else 1.0
    return cost * TIER_WEIGHT[TIERS[candidate.kind]] * candidate.suspicion**SUSPICION_POWER / peers
