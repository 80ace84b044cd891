"""What `codergen eval run` does: a suite of tasks through named stations, by the line that jobs take."""

import argparse
import json
import sys
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from codergen.cli.compose import compose
from codergen.cli.signals import run_until_stopped
from codergen.cli.wanted import Wanted
from codergen.settings import Settings
from evals.run import TaskRun, run_task
from evals.task import Task, load_suite, load_task


def handle(args: argparse.Namespace, settings: Settings) -> int:
    """Run every task, one after the other; 0 when all could run."""
    single = (args.path / "task.toml").is_file()
    tasks = (load_task(args.path.absolute()),) if single else load_suite(args.path.absolute())
    chosen = [task for task in tasks if args.only in task.slug]
    stations = tuple(name for group in args.station for name in group.split(","))
    wanted = Wanted(stations=stations, sandbox=args.sandbox, source="eval")
    rows = run_until_stopped(_run(chosen, wanted, settings, as_json=args.json))
    if not args.json:
        sys.stdout.write(summary(rows))
    return 0


async def _run(tasks: list[Task], wanted: Wanted, settings: Settings, *, as_json: bool) -> list[TaskRun]:
    rows: list[TaskRun] = []
    if not as_json:
        sys.stdout.write(HEAD)
    for task in tasks:
        row = await run_task(task, partial(compose, settings, wanted), settings.jobs)
        rows.append(row)
        sys.stdout.write(json.dumps(document(row)) + "\n" if as_json else line(row))
        sys.stdout.flush()
    return rows


HEAD = f"{'task':<20} {'kind':<22} {'loc':>4} {'one':<3} {'top3':<4} {'seconds':>7}  ending\n"


def line(row: TaskRun) -> str:
    """One row of the table people read."""
    task = row.task
    found = "yes" if row.located is not None and row.located <= 3 else "no"
    one = "yes" if task.one_edit else "no"
    note = "  FALSE ACCEPT" if row.false_accept else "  (scenario caught a wrong fix)" if row.scenario_caught else ""
    facts = f"{task.slug:<20.20} {task.kind:<22.22} {task.lines:>4} {one:<3} {found:<4} {row.seconds:>7.1f}"
    return f"{facts}  {row.terminal}{note}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Totals over rows."""

    tasks: int
    fixed: int
    false_accepts: int
    caught: int
    top3: int
    median_seconds: float


def count(rows: list[TaskRun]) -> Counts:
    """Pure."""
    return Counts(
        tasks=len(rows),
        fixed=sum(row.fixed for row in rows),
        false_accepts=sum(row.false_accept for row in rows),
        caught=sum(row.scenario_caught for row in rows),
        top3=sum(row.located is not None and row.located <= 3 for row in rows),
        median_seconds=median([row.seconds for row in rows]) if rows else 0.0,
    )


def summary(rows: list[TaskRun]) -> str:
    """Totals, also for the tasks that one edit can fix."""
    text = ""
    for label, part in (("all", rows), ("one edit", [r for r in rows if r.task.one_edit])):
        c = count(part)
        text += (
            f"{label}: fixed {c.fixed} of {c.tasks}, right function in top 3 {c.top3}, median {c.median_seconds:.1f} s,"
            f" false accepts {c.false_accepts}, wrong fixes caught by a scenario {c.caught}\n"
        )
    return text


def document(row: TaskRun) -> dict[str, Any]:
    """One row for programs."""
    return {
        "task": row.task.slug,
        "kind": row.task.kind,
        "lines": row.task.lines,
        "one_edit": row.task.one_edit,
        "stations": list(row.stations),
        "terminal": row.terminal,
        "fixed": row.fixed,
        "false_accept": row.false_accept,
        "scenario_caught": row.scenario_caught,
        "located": row.located,
        "seconds": row.seconds,
        "station_seconds": list(row.station_seconds),
        "why": row.why,
    }
