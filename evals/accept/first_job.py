"""Prints the figures that the first-job issue asks for: suite by station, cheats, a killed job, a bare machine.

`ACCEPT=repair,model,cheats,kill,bare` chooses parts, all of these by default; `model` needs `codergen local install`.
`line` is the suite with the plan that a job gets, repair and then the model: an hour, only when it is named.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from codergen.settings import load
from evals import demo
from evals.accept import parts
from evals.accept.parts import say

SUITE = Path(__file__).parent.parent / "suites" / "repairs"
CODERGEN = (sys.executable, "-I", "-m", "codergen")


def main() -> int:
    """Every part that was chosen; 1 when a part found something that must not be."""
    return parts.run(PARTS, default=DEFAULT)


def repair() -> bool:
    """The suite with the station that has no model."""
    return suite(("repair",))


def model() -> bool:
    """The suite with our loop and the embedded model."""
    status = subprocess.run([*CODERGEN, "local", "status", "--json"], capture_output=True, text=True, check=False)
    if status.returncode != 0 or not json.loads(status.stdout)["installed"]:
        say("codergen/plain: skipped, the embedded model is not installed (codergen local install)")
        return True
    return suite(("codergen/plain",))


def line() -> bool:
    """The suite with the plan a job gets."""
    return suite(())


def suite(stations: Sequence[str]) -> bool:
    """The table of one plan; false when an accepted patch fails its scenario."""
    say(f"20 one-bug repositories: {', '.join(stations) or 'the whole plan'}")
    options = [f"--station={','.join(stations)}"] if stations else []
    command = [*CODERGEN, "eval", "run", str(SUITE), "--json", *options]
    rows: list[dict[str, Any]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for text in process.stdout:
            row = json.loads(text)
            rows.append(row)
            print(_row(row), flush=True)
    for label, part in (("all", rows), ("one edit", [r for r in rows if r["one_edit"]])):
        print(f"{label}: {_totals(part)}")
    return process.returncode == 0 and not any(row["false_accept"] for row in rows)


def _row(row: Mapping[str, Any]) -> str:
    found = "yes" if row["located"] is not None and row["located"] <= 3 else "no"
    one = "1 edit" if row["one_edit"] else "more"
    fixed = "FALSE ACCEPT" if row["false_accept"] else "fixed" if row["fixed"] else "-"
    ending = row["terminal"] + (" (scenario caught a wrong fix)" if row["scenario_caught"] else "")
    return (
        f"  {row['task']:<16} {row['kind']:<20.20} {row['lines']:>3} {one:<6} top3 {found:<3} "
        f"{sum(row['station_seconds']):>6.1f}s of {row['seconds']:>6.1f}s  {fixed:<7} {ending}"
    )


def _totals(rows: Sequence[Mapping[str, Any]]) -> str:
    fixed = [row for row in rows if row["fixed"]]
    top3 = sum(row["located"] is not None and row["located"] <= 3 for row in rows)
    station = median([sum(row["station_seconds"]) for row in rows]) if rows else 0
    when_fixed = median([sum(row["station_seconds"]) for row in fixed]) if fixed else 0
    return (
        f"fixed {len(fixed)} of {len(rows)}, right function in top 3: {top3}, station seconds median {station:.1f} "
        f"(of those fixed {when_fixed:.1f}), accepted patches that fail their scenario: "
        f"{sum(row['false_accept'] for row in rows)}, wrong fixes caught by a scenario: "
        f"{sum(row['scenario_caught'] for row in rows)}"
    )


def cheats() -> bool:
    """The corpus of cheating patches through the verifier."""
    say("cheating patches through the verifier")
    return subprocess.run([sys.executable, "-I", "-m", "evals.cheat"], check=False).returncode == 0


def kill() -> bool:
    """kill -9 in mid-job, at several moments; the journal stays readable and the job goes on to the same end."""
    say("kill -9 in mid-job, then codergen run --resume")
    good = True
    for after in ("step.done:repository", "reproduce.start", "attempt.start", "verify.start"):
        with tempfile.TemporaryDirectory(prefix="codergen-kill-") as folder:
            good &= _killed_at(after, Path(folder))
    return good


def _killed_at(moment: str, folder: Path) -> bool:
    packet = demo.make(demo.SHOWS[0], folder / "demo")
    env = {**load().environ, "CODERGEN_HOME": str(folder / "home")}
    command = [*CODERGEN, "run", "--packet", str(packet), "--station", "repair", "--output", "json", "-q"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    journal = _wait_for(moment, folder / "home" / "jobs")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
    if journal is None:
        print(f"  {moment:<22} the job ended before it came there")
        return False
    lines = journal.read_bytes().count(b"\n")
    resume = [*CODERGEN, "run", "--resume", journal.parent.name, "--station", "repair", "--output", "json", "-q"]
    done = subprocess.run(resume, env=env, capture_output=True, text=True, check=False)
    ending = json.loads(done.stdout)["terminal_state"] if done.stdout else done.stderr.strip()
    intact = subprocess.run(
        [*CODERGEN, "evidence", "verify", journal.parent.name], env=env, capture_output=True, check=False
    )
    print(
        f"  killed at {moment:<22} journal of {lines} lines readable, resumed: {ending}, "
        f"evidence {'intact' if intact.returncode == 0 else 'NOT intact'}"
    )
    return ending == "pr_ready" and intact.returncode == 0


def _wait_for(moment: str, jobs: Path, patience: float = 60.0) -> Path | None:
    """The journal that holds a line of that kind (`KIND` or `step.done:NAME`), as soon as it does."""
    kind, _, name = moment.partition(":")
    wanted = [f'"kind":"{kind}"'.encode(), *([f'"name":"{name}"'.encode()] if name else [])]
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        for journal in jobs.glob("*/journal.jsonl"):
            if any(all(word in text for word in wanted) for text in journal.read_bytes().splitlines()):
                return journal
        time.sleep(0.005)
    return None


def bare() -> bool:
    """The two commands on a bare Debian 12, and on this machine with an empty home."""
    say("fresh clones")
    return (
        subprocess.run([sys.executable, "-I", "-m", "evals.accept.bare_debian", "--here"], check=False).returncode == 0
    )


PARTS: Mapping[str, Callable[[], bool]] = {
    "repair": repair,
    "model": model,
    "line": line,
    "cheats": cheats,
    "kill": kill,
    "bare": bare,
}

DEFAULT = "repair,model,cheats,kill,bare"


if __name__ == "__main__":
    sys.exit(main())
