"""`codergen session resume ID PROMPT`: one more turn of a session, by whatever model is asked for now."""

import argparse
import sys
from functools import partial
from pathlib import Path

from codergen.agent.limits import SessionLimits, Spent
from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.cli.run_turn import limits, take_turn
from codergen.cli.signals import run_until_stopped
from codergen.cli.turn import Asked, kept_at
from codergen.errors import UsageError
from codergen.events import Emit
from codergen.journal import read
from codergen.sessions import store
from codergen.sessions.facts import Facts, facts
from codergen.settings import Settings
from providers.vendors import VENDORS


def resume_session(args: argparse.Namespace, settings: Settings) -> int:
    """Run the turn and print its answer, as `codergen run PROMPT` does."""
    path = store.find(settings.sessions, args.which)
    prompt = sys.stdin.read() if args.prompt == "-" else args.prompt
    if not prompt.strip():
        raise UsageError(
            f"nothing to say to {path.stem}",
            remedy=f"codergen session resume {path.stem} PROMPT; `session show` reads it",
        )
    found = facts(read(path))
    asked = Asked(
        workspace=_workspace(args.cwd, found, path),
        model=args.model or model_of(found),
        profile=args.profile,
        sandbox=args.sandbox,
        approval=args.approval,
        limits=_limits(args, found.spent),
    )
    return run_until_stopped(take_turn(args, settings, asked, prompt, partial(_resume, path)))


def _resume(path: Path, setup: Setup, emit: Emit) -> Session:
    return Session.resume(kept_at(setup, path), path, emit)


def _limits(args: argparse.Namespace, spent: Spent) -> SessionLimits:
    """What this turn may use, on top of what the session has used."""
    more = limits(args)
    return SessionLimits(
        turns=spent.turns + args.max_turns,
        seconds=spent.seconds + args.timeout,
        usd=None if more.usd is None else spent.usd + more.usd,
    )


def _workspace(given: str | None, found: Facts, path: Path) -> Path:
    where = given or found.workspace
    if not where or not Path(where).is_dir():
        raise UsageError(
            f"the workspace of {path.stem} is not here: {where or 'its journal does not say where it was'}",
            remedy="name one with --cwd DIR",
        )
    return Path(where)


def model_of(found: Facts) -> str:
    """PROVIDER:MODEL that a session was last with; empty where no provider, or more than one, speaks its API."""
    providers = [name for name, vendor in VENDORS.items() if vendor.api == found.api]
    return f"{providers[0]}:{found.model}" if len(providers) == 1 and found.model else ""
