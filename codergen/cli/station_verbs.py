"""`codergen station`: sets up, shows, tries and sets aside who takes jobs here. Only `test` calls a model."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from codergen.cli import main
from codergen.cli.stations import KNOWN, UNASKED, Place, make, named
from codergen.cli.text import columns, printable
from codergen.errors import SandboxError, UsageError
from codergen.sandbox.registry import create
from codergen.settings import Settings
from evals import demo
from providers.errors import ProviderError
from router import roster
from router.errors import CredentialRefused
from router.roster import Entry, Roster

ORDER = (
    "repair", "claude-code", "codex-cli", "gemini-cli", "codergen/claude", "codergen/codex", "codergen/gemini",
    "codergen/plain",
)  # fmt: skip
"""As `init` puts them: what costs nothing first, then the vendors' own tools, then our loop."""
OWN_MODEL = frozenset({"codergen/plain", "codergen/claude", "codergen/codex", "codergen/gemini"})
"""Kinds whose model is named as `PROVIDER:MODEL`."""


def init(args: argparse.Namespace, settings: Settings) -> int:
    """Adds what can work; says what was left out and why."""
    kept = roster.read(settings.stations) or Roster()
    rows: list[tuple[str, str, str]] = []
    for name in ORDER:
        entry = Entry(name=name, kind=name)
        if kept.find(name) is not None:
            rows.append((name, "kept", "was set up already"))
        elif why := asyncio.run(obstacle(settings, entry)):
            rows.append((name, "left out", why))
        else:
            kept = kept.put(entry)
            rows.append((name, "set up", ""))
    roster.write(settings.stations, kept)
    tried = ", ".join(entry.name for entry in kept.entries if entry.enabled) or "nobody"
    sys.stdout.write(f"{columns(rows)}jobs try: {tried}\n  kept in {settings.stations}\n")
    return 0


def show(args: argparse.Namespace, settings: Settings) -> int:
    """The roster, or what works without one."""
    kept = roster.read(settings.stations)
    entries = kept.entries if kept else tuple(Entry(name=name, kind=name, enabled=name in UNASKED) for name in ORDER)
    told = [(entry, asyncio.run(obstacle(settings, entry))) for entry in entries]
    if args.json:
        rows = [
            {
                "name": entry.name,
                "kind": entry.kind,
                "model": entry.model or None,
                "enabled": entry.enabled,
                "ready": not why,
                "obstacle": why or None,
            }
            for entry, why in told
        ]
        sys.stdout.write(json.dumps({"set_up": kept is not None, "stations": rows}) + "\n")
        return 0
    head = ("station", "kind", "model", "state")
    lines = [(e.name, e.kind, printable(e.model) or "-", _state(e, why)) for e, why in told]
    sys.stdout.write(columns((head, *lines)))
    if kept is None:
        sys.stdout.write("nothing is set up: `codergen station init` takes in what can work here\n")
    return 0


def _state(entry: Entry, why: str) -> str:
    ready = printable(why) if why else "ready"
    return ready if entry.enabled else f"set aside ({ready})"


def test(args: argparse.Namespace, settings: Settings) -> int:
    """The exit code of the job: 0 when the station's change was accepted."""
    named(roster.read(settings.stations), args.name)
    with tempfile.TemporaryDirectory(prefix="codergen-station-") as folder:
        packet = demo.make(demo.SHOWS[0], Path(folder))
        return main.run(["run", "--packet", str(packet), "--station", args.name, "--output", args.output])


def add(args: argparse.Namespace, settings: Settings) -> int:
    """Keeps it, also when it cannot work yet, and says what is missing then."""
    kind = args.kind or args.name
    if kind not in KNOWN:
        raise UsageError(f"no kind of station {kind!r}", remedy=f"--kind: one of {', '.join(KNOWN)}")
    if args.model and kind in OWN_MODEL and not args.model.partition(":")[2]:
        raise UsageError(f"--model {args.model!r} names no provider", remedy="write PROVIDER:MODEL")
    if args.model and kind == "repair":
        raise UsageError("repair has no model", remedy="leave --model out")
    if args.executable and not Path(args.executable).expanduser().exists():
        raise UsageError(f"--executable {args.executable}: there is no such file", remedy="name the tool's launcher")
    entry = Entry(name=args.name, kind=kind, model=args.model, executable=args.executable)
    roster.write(settings.stations, _kept(settings).put(entry))
    why = asyncio.run(obstacle(settings, entry))
    sys.stdout.write(f"{entry.name} is set up{f', but cannot work yet: {printable(why)}' if why else ''}\n")
    return 0


def _kept(settings: Settings) -> Roster:
    """The roster; before there is one, the stations that work then, so that no command drops them."""
    return roster.read(settings.stations) or Roster(entries=tuple(Entry(name=name, kind=name) for name in UNASKED))


def change(args: argparse.Namespace, settings: Settings) -> int:
    """enable, disable, remove."""
    kept = _kept(settings)
    if kept.find(args.name) is None:
        there = ", ".join(entry.name for entry in kept.entries)
        raise UsageError(f"{args.name!r} is not set up", remedy=f"there are: {there}")
    kept = kept.drop(args.name) if args.verb == "remove" else kept.set_aside(args.name, enabled=args.verb == "enable")
    roster.write(settings.stations, kept)
    tried = ", ".join(entry.name for entry in kept.entries if entry.enabled) or "nobody"
    sys.stdout.write(f"jobs try: {tried}\n")
    return 0


async def obstacle(settings: Settings, entry: Entry) -> str:
    """Why a station cannot work here, in one line; empty when nothing speaks against it. Asks no service."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            kind = create("auto").name
            made = await make(Place(settings=settings, sandbox=kind, sessions=Path(folder), entry=entry))
        except (UsageError, ProviderError, CredentialRefused, SandboxError) as error:
            return " ".join(str(error).split())
        if made.client is not None:
            await made.client.close()
    return ""
