"""The order of the search: tier of the kind first, then suspicion of the place, shared among equals. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from router.stations.repair.edits import Candidate, apply
from router.stations.repair.prior import TIER_WEIGHT, TIERS

SUSPICION_POWER = 1.5
"""Files and functions differ more than edit kinds do once a check covers several of them."""
IMPORT_COST = 0.3
"""An edit at top level is rarer than one in a function and takes longer to try."""

MANY_FORMS = {
    "regex",
    "format_spec",
    "string_text",
    "repeat_statement",
    "sort_key_part",
    "error_guard",
    "expected_text",
}
"""Kinds with so many edits of one place that an equal share each would put them behind everything."""
MOST_SHARES = 12


def ranked(candidates: Iterable[Candidate], *, limit: int, texts: Mapping[str, str] | None = None) -> list[Candidate]:
    """The `limit` most promising candidates without repetitions, best first. Whether one compiles shows inside.

    With the files' `texts`, edits that come to the same are repetitions too, however they are written.
    """
    pool = list(candidates)
    peers = Counter((c.statement, c.kind) for c in pool)
    pool = [replace(c, weight=weight(c, peers[c.statement, c.kind])) for c in pool]
    pool.sort(key=lambda c: -c.weight)
    unique: dict[object, Candidate] = {}
    for candidate in pool:
        unique.setdefault(_essence(candidate, (texts or {}).get(candidate.path, "")), candidate)
        if len(unique) == limit:
            break
    return list(unique.values())


def _essence(candidate: Candidate, text: str) -> object:
    """What an edit comes to: the whole text after it, where the text before is known."""
    if not text:
        return candidate.path, candidate.spans
    return candidate.path, apply(text, candidate.spans)


def weight(candidate: Candidate, peers: int) -> float:
    """`peers`: how many candidates of this kind its statement has."""
    cost = IMPORT_COST if candidate.place is None and candidate.kind != "mutable_default" else 1.0
    shares = min(peers, MOST_SHARES) if candidate.kind in MANY_FORMS else peers
    return cost * TIER_WEIGHT[TIERS[candidate.kind]] * candidate.suspicion**SUSPICION_POWER / shares
