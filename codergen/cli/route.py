"""`codergen route show`: what recorded outcomes say of the stations, and the last decisions."""

import argparse
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from codergen.cli.nouns import Nouns
from codergen.cli.text import columns
from codergen.settings import Settings
from router.outcomes.query import OutcomeQuery
from router.outcomes.store import OutcomeStore
from router.outcomes.summary import Cell, cells
from router.outcomes.values import Decision


def add_parser(nouns: Nouns) -> None:
    """The options of `codergen route`."""
    parser = nouns.add_parser("route", help="which stations did how well", allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    show = verbs.add_parser(
        "show",
        help="stations by class, with what is known of them",
        description="Attempts, successes with a 95 %% interval, seconds and cost of every station, by task class.",
        allow_abbrev=False,
    )
    show.add_argument("--class", dest="task_class", metavar="SLUG", help="only this task class")
    show.add_argument("--last", type=int, default=5, metavar="N", help="decisions to show (default: 5)")
    show.add_argument("--json", action="store_true", help="one JSON document")
    show.set_defaults(handler=show_routes)


def show_routes(args: argparse.Namespace, settings: Settings) -> int:
    """Print the table; an empty database is said to be empty."""
    with OutcomeStore(settings.database) as store:
        known = cells(store.outcomes(OutcomeQuery(task_class=args.task_class)))
        last = store.last_decisions(args.last, task_class=args.task_class)
    if args.json:
        document = {"stations": [_cell(cell) for cell in known], "decisions": [_decision(d) for d in last]}
        sys.stdout.write(json.dumps(document) + "\n")
        return 0
    sys.stdout.write(table(known, last))
    return 0


def table(known: Sequence[Cell], decisions: Sequence[Decision]) -> str:
    """For people, 80 columns."""
    if not known:
        return "no outcomes yet: `codergen run` and `codergen eval run` record them\n"
    head = ("class", "station", "tried", "passed", "95 %", "median", "cost/try", "outages")
    rows = [_row(cell) for cell in known]
    text = columns((head, *rows), right=frozenset({2, 3, 5, 6, 7}))
    if decisions:
        text += "\nlast decisions\n"
        names = {cell.version: cell.station for cell in known}
        for decision in decisions:
            plan = " -> ".join(names.get(version, version) for version in decision.plan)
            text += f"  {decision.job_id}  {decision.task_class}: {plan}\n    {decision.reason}\n"
    return text


def _row(cell: Cell) -> tuple[str, ...]:
    interval = f"{cell.interval.low:.2f}-{cell.interval.high:.2f}" if cell.attempts else "-"
    seconds = f"{cell.median_seconds:.1f} s" if cell.median_seconds is not None else "-"
    return (
        cell.task_class,
        cell.station,
        str(cell.attempts),
        str(cell.passed),
        interval,
        seconds,
        _money(cell.mean_cost_usd),
        str(cell.infrastructure),
    )


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"${amount:.4f}".rstrip("0").rstrip(".")


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "class": cell.task_class,
        "language": cell.language,
        "station": cell.station,
        "version": cell.version,
        "attempts": cell.attempts,
        "passed": cell.passed,
        "interval95": [cell.interval.low, cell.interval.high],
        "weak": cell.weak,
        "median_seconds": cell.median_seconds,
        "cost_usd": str(cell.cost_usd) if cell.cost_known else None,
        "cost_known": cell.cost_known,
        "infrastructure": cell.infrastructure,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "job_id": decision.job_id,
        "class": decision.task_class,
        "plan": list(decision.plan),
        "candidates": [dict(candidate) for candidate in decision.candidates],
        "reason": decision.reason,
        "policy": decision.policy_version,
        "seed": decision.seed,
        "at": decision.at.isoformat(),
    }
