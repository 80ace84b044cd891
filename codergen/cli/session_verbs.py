"""The verbs of `codergen session` that only look."""

import argparse
import json
import os
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from codergen.cli.text import columns, dollars, printable
from codergen.errors import JournalDamaged, UsageError
from codergen.journal import Transcript, read
from codergen.sessions import export, store
from codergen.sessions.facts import Facts, facts, row
from codergen.settings import Settings


def list_sessions(args: argparse.Namespace, settings: Settings) -> int:
    """Newest first. A journal that was edited is listed with what is wrong with it."""
    wanted = None if args.cwd is None else str(Path(args.cwd).resolve())
    rows: list[dict[str, Any]] = []
    for path in store.journals(settings.sessions):
        told = _row(path)
        if wanted is None or told.get("workspace") == wanted:
            rows.append(told)
    if args.json:
        sys.stdout.write(json.dumps({"folder": str(settings.sessions), "sessions": rows}) + "\n")
    elif rows:
        sys.stdout.write(columns([("session", "turns", "cost", "state", "where", "title"), *map(_cells, rows)]))
    else:
        sys.stderr.write(f"codergen: no sessions in {settings.sessions}\n")
    return 0


def _row(path: Path) -> dict[str, Any]:
    try:
        told = row(path.stem, facts(read(path)))
    except JournalDamaged as error:
        return {"id": path.stem, "state": "damaged", "error": str(error), "path": str(path)}
    if store.in_use(path):
        told["state"] = "running"
    return told | {"path": str(path)}


def _cells(told: dict[str, Any]) -> tuple[str, ...]:
    if told["state"] == "damaged":
        return (told["id"], "", "", "damaged", "", printable(told["error"]))
    cost = dollars(None if told["cost_usd"] is None else Decimal(told["cost_usd"]), unknown="?")
    where = _short(told["workspace"] or "")
    return (told["id"], str(told["turns"]), cost, told["state"], printable(where), printable(told["title"]))


def _short(workspace: str, most: int = 32) -> str:
    return workspace if len(workspace) <= most else "…" + workspace[1 - most :]


def show_session(args: argparse.Namespace, settings: Settings) -> int:
    """The conversation as it counts now; with --turns one line for each turn."""
    path = store.find(settings.sessions, args.which)
    transcript = read(path)
    if args.json:
        sys.stdout.write(json.dumps(_shown(path, transcript)) + "\n")
    elif args.turns:
        sys.stdout.write(_turns(facts(transcript)))
    else:
        sys.stdout.write(printable(export.markdown(path.stem, transcript)))
        sys.stderr.write(f"\njournal: {path}\n")
    if transcript.cut is not None:
        cut = transcript.cut
        sys.stderr.write(f"codergen: line {cut.line} was cut off ({cut.length} bytes); it is dropped on resume\n")
    return 0


def _shown(path: Path, transcript: Transcript) -> dict[str, Any]:
    whole = export.document(path.stem, transcript)
    return {name: value for name, value in whole.items() if name != "events"} | {"path": str(path)}


def _turns(found: Facts) -> str:
    if not found.turns:
        return ""
    rows = [(str(turn.number), turn.ts[:19], turn.status, " ".join(turn.text.split())[:72]) for turn in found.turns]
    return columns([("turn", "began", "ended", "asked"), *((n, at, how, printable(text)) for n, at, how, text in rows)])


def export_session(args: argparse.Namespace, settings: Settings) -> int:
    """To standard output, or to a new file that only its owner can read."""
    path = store.find(settings.sessions, args.which)
    transcript = read(path)
    if args.format == "json":
        text = json.dumps(export.document(path.stem, transcript), indent=1) + "\n"
    else:
        text = export.markdown(path.stem, transcript)
    if args.out is None:
        sys.stdout.write(text)
        return 0
    try:
        fd = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise UsageError(f"{args.out}: {error.strerror}", remedy="name a file that can be written") from error
    with os.fdopen(fd, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    sys.stderr.write(f"written: {args.out}\n")
    return 0
