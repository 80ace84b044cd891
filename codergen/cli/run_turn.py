"""What `codergen run PROMPT` does without a check: one headless turn in this folder. Nothing verifies what it did."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.agent.turn import TurnEnd
from codergen.cli.failure import SCHEMA
from codergen.cli.output import Listened
from codergen.cli.progress import listener
from codergen.cli.signals import run_until_stopped
from codergen.cli.turn import Asked, kept_at, override, ready
from codergen.errors import UsageError
from codergen.events import Emit, Event
from codergen.sessions.store import new_id
from codergen.settings import Settings

ENDED: Mapping[str, tuple[str, int]] = {
    "answered": ("done", 0),
    "usd": ("stopped", 6),
    "seconds": ("stopped", 124),
    "context": ("stopped", 11),
    "approval": ("denied", 5),
}
"""Reason of a turn's end -> (status, exit code); any other is a stop at a limit, 3."""


def handle(args: argparse.Namespace, settings: Settings) -> int:
    """Run the turn and print its answer."""
    prompt = _prompt(args)
    asked = _asked(args)
    return run_until_stopped(take_turn(args, settings, asked, prompt, partial(_begin, settings)))


def _begin(settings: Settings, setup: Setup, emit: Emit) -> Session:
    path = settings.sessions / f"{new_id()}.jsonl"
    return Session.start(kept_at(setup, path), path, emit)


def _prompt(args: argparse.Namespace) -> str:
    text = sys.stdin.read() if args.intent == "-" else args.intent
    if not text or not text.strip():
        raise UsageError(
            "run takes one of INTENT, --packet FILE, --resume ID; given: nothing",
            remedy='codergen run "what is wrong" --check "CMD" is a job; without --check it is one turn',
        )
    for name, option in (("station", "--station"), ("accept_exit_code", "--accept-exit-code")):
        if getattr(args, name):
            raise UsageError(f"{option} belongs to a job, and this is one turn", remedy="name a check with --check")
    return str(text)


def _asked(args: argparse.Namespace) -> Asked:
    return Asked(
        workspace=args.repo,
        model=args.model,
        profile=args.profile,
        effort=args.effort,
        approval=args.approval,
        sandbox=args.sandbox or "auto",
        limits=limits(args),
        own=dict(override(*_section(words)) for words in args.prompt),
    )


def limits(args: argparse.Namespace) -> SessionLimits:
    """Of --max-turns, --timeout and --budget. Raises UsageError for what leaves no room for a turn."""
    seconds = 1800.0 if args.timeout is None else args.timeout
    for option, value in (("--max-turns", args.max_turns), ("--timeout", seconds)):
        if not value > 0:
            raise UsageError(f"{option} {value:g}: leaves no room for a turn", remedy="give more than 0")
    return SessionLimits(turns=args.max_turns, seconds=seconds, usd=dollars(args.budget))


def dollars(text: str | None) -> Decimal | None:
    """The value of --budget. Raises UsageError."""
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value <= 0:
        raise UsageError(f"--budget {text}: not an amount of dollars", remedy="e.g. --budget 0.50")
    return value


def _section(words: str) -> tuple[str, Path]:
    name, given, path = words.partition("=")
    if not given:
        raise UsageError(f"--prompt {words}: not SECTION=FILE", remedy="`codergen prompt show` names the sections")
    return name, Path(path)


Open = Callable[[Setup, Emit], Session]


async def take_turn(args: argparse.Namespace, settings: Settings, asked: Asked, prompt: str, open_: Open) -> int:
    """One turn of the session that `open_` starts or resumes, printed as `args.output` says; returns the exit code."""
    task = asyncio.current_task()
    assert task is not None
    emit = Listened(listener(sys.stderr, settings.environ, output=args.output, quiet=args.quiet), task.cancel)
    async with ready(settings, asked) as prepared:
        for note in prepared.notes:
            emit(Event(kind="note", data={"text": note}))
        session = open_(prepared.setup, emit)
        try:
            end = await session.submit(prompt)
        except asyncio.CancelledError as error:
            if emit.unread:
                raise BrokenPipeError from error
            raise
        finally:
            await session.close()
        unmet = len(prepared.gate.unmet)
    reason = "approval" if unmet else end.reason
    status, code = ENDED.get(reason, ("stopped", 3))
    if unmet:
        sys.stderr.write(f"codergen: {unmet} calls needed an approval that nobody could give; docs/approvals.md\n")
    _print(args, session, end, {"status": status, "exit_code": code})
    return code


def _print(args: argparse.Namespace, session: Session, end: TurnEnd, ended: Mapping[str, Any]) -> None:
    if args.output == "text":
        sys.stdout.write(f"{end.text}\n" if end.text else "")
        if ended["status"] != "done":
            sys.stderr.write(f"codergen: {_ended(end, ended['status'])}\n")
        return
    document = {**turn_document(session, end), **ended}
    sys.stdout.write(json.dumps({"type": "result", **document} if args.output == "jsonl" else document) + "\n")


def _ended(end: TurnEnd, status: str) -> str:
    if status == "denied" and end.reason == "answered":
        return "the turn ended without these calls"
    return f"{end.reason}: the turn did not end by itself"


def turn_document(session: Session, end: TurnEnd) -> dict[str, Any]:
    """A turn that ended; nothing in it says that the work is right."""
    spent = session.spent
    usage = spent.usage
    return {
        "schema": SCHEMA,
        "terminal_state": None,
        "reason": end.reason,
        "result": end.text,
        "session_id": session.id,
        "job_id": None,
        "model": session.frame.model,
        "turns": spent.turns,
        "usage": {
            "input": usage.input,
            "cache_read": usage.cache_read,
            "cache_write": usage.cache_write + usage.cache_write_1h,
            "output": usage.output,
            "reasoning": usage.reasoning,
        },
        "cost": {"usd": None if spent.cost is None else str(spent.cost)},
        "error": None,
        "resume": f"codergen session resume {session.id}",
    }
