"""Going back to the end of an earlier turn, in the conversation, in the files or in both; undone by the same means."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from codergen.agent.checkpoints import Checkpoint, Checkpoints, Restored
from codergen.agent.history import CHECKPOINT, REWIND, after_turn, last_rewind, live
from codergen.errors import UsageError
from codergen.journal import Journal, Line, read
from prompts import load

What = Literal["conversation", "files", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewound:
    """What was done."""

    turn: int | None
    """The last one that counts now; None for an undo."""
    conversation: bool
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """Files too large to be put back, left as they are."""


async def rewind(path: Path, *, to: int, what: What, files: Checkpoints | None) -> Rewound:
    """Take the session in the journal `path` back to the end of turn `to`, 0 being before the first.

    Files are put back before the journal says so. Raises UsageError (no such turn, running elsewhere), NotKept.
    """
    journal, _ = Journal.reopen(path)
    try:
        lines = read(path).lines
        seq = after_turn(live(lines), to)
        wanted = _files_after(lines, seq) if what != "conversation" else None
        if what == "files" and wanted is None:
            raise UsageError(
                f"no files were kept after turn {to}, so there is nothing to put back",
                remedy="a checkpoint is taken before each round of calls that may change files",
            )
        done = await _put_back(files, wanted)
        data: dict[str, Any] = {"to": None if what == "files" else seq, "turn": to, "files": _files(done, wanted)}
        _write(journal, data, note=what == "files")
        return _rewound(done, wanted, turn=to, conversation=what != "files")
    finally:
        journal.close()


async def undo(path: Path, files: Checkpoints | None) -> Rewound:
    """Undo the last rewind; an undo is a rewind, so that another one redoes it. Raises as `rewind`."""
    journal, _ = Journal.reopen(path)
    try:
        last = last_rewind(read(path).lines)
        told = last.data["files"]
        wanted = Checkpoint.of(told["before"]) if told else None
        done = await _put_back(files, wanted)
        to = None if last.data["to"] is None else last.seq - 1
        data: dict[str, Any] = {"to": to, "turn": None, "files": _files(done, wanted), "undoes": last.seq}
        _write(journal, data, note=to is None)
        return _rewound(done, wanted, turn=None, conversation=to is not None)
    finally:
        journal.close()


def _files_after(lines: Sequence[Line], seq: int) -> Checkpoint | None:
    """How the files were once the line `seq` was written: as the first checkpoint after it on the session's way found
    them, or as a rewind to that very line left them."""
    on_the_way = {line.seq for line in live(lines)}
    for line in lines:
        if line.seq <= seq:
            continue
        if line.kind == CHECKPOINT and line.seq in on_the_way:
            return Checkpoint.of(line.data)
        if line.kind == REWIND and line.data["files"]:
            if line.data["to"] is None:
                return Checkpoint.of(line.data["files"]["before"])
            if line.data["to"] == seq:
                return Checkpoint.of(line.data["files"]["restored"])
    return None


async def _put_back(files: Checkpoints | None, wanted: Checkpoint | None) -> Restored | None:
    if wanted is None:
        return None
    if files is None:
        raise UsageError("the files of this session cannot be put back here", remedy="use --conversation")
    return await files.restore(wanted)


def _files(done: Restored | None, wanted: Checkpoint | None) -> dict[str, Any] | None:
    if done is None or wanted is None:
        return None
    return {"restored": wanted.data(), "before": done.before.data()}


def _write(journal: Journal, data: dict[str, Any], *, note: bool) -> None:
    """Where only files changed, the model is told: what it remembers of them is wrong."""
    journal.append(REWIND, data, sync=not note)
    if note:
        text = load("line/files_rewound").text.strip()
        journal.append("note", {"text": text, "about": "files_rewound"}, sync=True)


def _rewound(done: Restored | None, wanted: Checkpoint | None, *, turn: int | None, conversation: bool) -> Rewound:
    if done is None or wanted is None:
        return Rewound(turn=turn, conversation=conversation)
    kept = tuple(sorted({*done.before.left_out, *wanted.left_out}))
    return Rewound(turn=turn, conversation=conversation, written=done.written, removed=done.removed, kept=kept)
