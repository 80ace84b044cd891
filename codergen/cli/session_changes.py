"""The verbs of `codergen session` that write: fork, rewind, import."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from codergen.agent.checkpoints import Checkpoints, for_session
from codergen.agent.fork import fork
from codergen.agent.redact import Redactor, known_secrets
from codergen.agent.rewind import Rewound, rewind, undo
from codergen.cli.signals import run_until_stopped
from codergen.errors import UsageError
from codergen.journal import read
from codergen.sessions import foreign, store
from codergen.sessions.facts import facts
from codergen.sessions.take_over import take_over
from codergen.settings import Settings


def fork_session(args: argparse.Namespace, settings: Settings) -> int:
    """A new journal; the workspace is the same folder, and its files stay as they are."""
    source = store.find(settings.sessions, args.which)
    target = settings.sessions / f"{store.new_id()}.jsonl"
    start = fork(source, target, at=args.at)
    turns = len(facts(read(target)).turns)
    _tell(
        args,
        {"id": target.stem, "path": str(target), "parent": start["parent"], "turns": turns},
        f"{target.stem}: {turns} turns of {source.stem}\n  go on with: codergen session resume {target.stem} PROMPT\n",
    )
    return 0


def rewind_session(args: argparse.Namespace, settings: Settings) -> int:
    """Back to the end of a turn, or back from there. Says which files it wrote, removed and left."""
    path = store.find(settings.sessions, args.which)
    transcript = read(path)
    undone = next((line for line in reversed(transcript.lines) if line.kind == "rewind"), None) if args.undo else None
    touches = args.what != "conversation" or bool(undone and undone.data["files"])
    files = _files(path) if touches else None
    act = undo(path, files) if args.undo else rewind(path, to=args.to, what=args.what, files=files)
    done = run_until_stopped(act)
    _tell(args, {"id": path.stem, **asdict(done)}, _words(done, path.stem))
    return 0


def _files(path: Path) -> Checkpoints:
    """The store of a session's files, in the sandbox and the workspace that it was last in. Raises UsageError."""
    said: dict[str, Any] = {}
    for line in read(path).lines:
        if line.kind in {"session.start", "session.resume"}:
            said |= line.data
    workspace = said.get("workspace")
    if not workspace or not Path(workspace).is_dir():
        raise UsageError(
            f"the workspace of {path.stem} is not here: {workspace or 'its journal does not say where it was'}",
            remedy="--conversation rewinds what was said alone",
        )
    return for_session(path, Path(workspace), str(said.get("sandbox", "")))


def _words(done: Rewound, id: str) -> str:
    lines = ["undone" if done.turn is None else f"rewound to the end of turn {done.turn}"]
    lines[0] += f": {'the conversation' if done.conversation else 'files only'}"
    for word, paths in (("written", done.written), ("removed", done.removed), ("left, too large", done.kept)):
        lines += [f"  {word}: {path}" for path in paths]
    return "\n".join(lines) + f"\n  undo with: codergen session rewind {id} --undo\n"


def import_session(args: argparse.Namespace, settings: Settings) -> int:
    """A session of another tool as one of ours; the other's file is only read."""
    file = foreign.locate(args.tool, args.which, settings.environ)
    found = foreign.read(args.tool, file)
    target = settings.sessions / f"{store.new_id()}.jsonl"
    done = take_over(found, target, Redactor(known=known_secrets(settings.environ)))
    document = {
        "id": target.stem, "path": str(target), "source": str(file), "source_id": found.id,
        "workspace": found.workspace, "model": found.model, **asdict(done),
    }  # fmt: skip
    words = f"{target.stem}: {done.turns} turns, {done.calls} calls of {args.tool} {found.id}\n"
    words += "  left behind: its thinking, and what it told its model of itself\n"
    _tell(args, document, words + f"  go on with: codergen session resume {target.stem} PROMPT\n")
    return 0


def _tell(args: argparse.Namespace, document: dict[str, Any], words: str) -> None:
    sys.stdout.write(json.dumps(document) + "\n" if args.json else words)
