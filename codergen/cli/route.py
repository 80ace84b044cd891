"""`codergen route show`: what recorded outcomes say of the stations, and the last decisions."""

import argparse
import json
import sys
import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from codergen.cli.nouns import Nouns
from codergen.cli.text import columns, dollars, printable
from codergen.settings import Settings
from router.outcomes.query import OutcomeQuery
from router.outcomes.store import OutcomeStore
from router.outcomes.summary import Cell, cells
from router.outcomes.values import Decision

NAME = 18
"""Characters of a station's name in the table; JSON has all of it."""


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
    """For people, 80 columns, one block for each class and language."""
    if not known and not decisions:
        return "no outcomes yet: `codergen run` and `codergen eval run` record them\n"
    head = ("station", "tried", "passed", "95 %", "median", "cost/try", "outages")
    blocks: list[str] = []
    for (task_class, language), group in groupby(known, key=lambda cell: (cell.task_class, cell.language)):
        rows = [_row(cell) for cell in group]
        blocks.append(f"{task_class} ({language})\n{columns((head, *rows), right=frozenset({1, 2, 4, 5, 6}))}")
    notes = _notes(known)
    if notes:
        blocks.append("".join(f"{note}\n" for note in notes))
    if decisions:
        blocks.append("last decisions\n" + "".join(_lines(decision) for decision in decisions))
    return "\n".join(blocks)


def _row(cell: Cell) -> tuple[str, ...]:
    interval = f"{cell.interval.low:.2f}-{cell.interval.high:.2f}" if cell.attempts else "-"
    seconds = f"{cell.median_seconds:.1f} s" if cell.median_seconds is not None else "-"
    return (
        _short(cell.version),
        str(cell.attempts),
        f"{cell.passed}{'*' if cell.weak else ''}",
        interval,
        seconds,
        f"{dollars(cell.mean_cost_usd)}{'+' if _partly_known(cell) else ''}",
        str(cell.infrastructure),
    )


def _notes(known: Sequence[Cell]) -> list[str]:
    weak = ["* some of these attempts were judged by an exit code only"] if any(c.weak for c in known) else []
    return weak + (["+ mean of the known costs; some are unknown"] if any(map(_partly_known, known)) else [])


def _partly_known(cell: Cell) -> bool:
    return 0 < cell.cost_known < cell.attempts


def _lines(decision: Decision) -> str:
    plan = " -> ".join(map(_short, decision.plan))
    what = textwrap.wrap(printable(f"{decision.job_id}  {decision.task_class}: {plan}"), 78)
    why = textwrap.wrap(printable(decision.reason), 76)
    return "".join([*(f"  {line}\n" for line in what), *(f"    {line}\n" for line in why)])


def _short(version: str) -> str:
    """Name and first digits of a version, so that two versions of one station can be told apart."""
    name, at, digits = version.rpartition("@")
    name = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
    return f"{name}@{digits[:7]}" if at else version[: NAME + 8]


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
