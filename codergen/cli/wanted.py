"""What a job is to run with, kept in its folder so that a resumed job goes on as it began."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from codergen.errors import UsageError
from router.line.job import Job
from router.outcomes.values import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asked for; the rest is found."""

    stations: tuple[str, ...] = ()
    """Ids in order; empty takes every station that can work here."""
    sandbox: str = "auto"
    python: Path | None = None
    source: Source = "job"


_WANTED = TypeAdapter(Wanted)
_OF_THE_PACKET: Mapping[str, tuple[str, object]] = {
    "repo": ("--repo", Path()),
    "base": ("--base", "HEAD"),
    "check": ("--check", []),
    "scenario": ("--scenario", []),
    "task_class": ("--class", "bugfix"),
    "accept_exit_code": ("--accept-exit-code", False),
    "timeout": ("--timeout", None),
}
"""Name in the parsed options -> (option, its value when it was not given)."""


def wanted_of(args: argparse.Namespace) -> Wanted:
    """What the options of `codergen run` ask for."""
    python = args.python.absolute() if args.python else None
    return Wanted(stations=tuple(args.station), sandbox=args.sandbox or "auto", python=python)


def keep(job: Job, wanted: Wanted) -> None:
    """Write it into the folder of a new job."""
    job.wanted_file.write_bytes(_WANTED.dump_json(wanted, indent=1) + b"\n")


def kept(job: Job, args: argparse.Namespace) -> Wanted:
    """What the job began with. Raises UsageError for options that contradict it, or that only a new job can have."""
    for name, (option, absent) in _OF_THE_PACKET.items():
        if getattr(args, name) != absent:
            raise UsageError(f"{option} belongs to the packet, and job {job.id} has its own", remedy=_WAY_OUT)
    asked = wanted_of(args)
    if not job.wanted_file.exists():
        return asked
    began = _WANTED.validate_json(job.wanted_file.read_bytes())
    pairs = (
        ("--station", args.station, " --station ".join(asked.stations), " --station ".join(began.stations)),
        ("--sandbox", args.sandbox, asked.sandbox, began.sandbox),
        ("--python", args.python, str(asked.python), str(began.python or "")),
    )
    for option, given, now, then in pairs:
        if given and now != then:
            before = f"with {option} {then}" if then else f"without {option}"
            raise UsageError(f"job {job.id} began {before}, not with {option} {now}", remedy=_WAY_OUT)
    return began


_WAY_OUT = "leave the option out to go on, or start a new job with it"
