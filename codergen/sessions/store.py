"""The folder of sessions: one journal each, and beside it the files that its checkpoints keep."""

import fcntl
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from codergen.errors import UsageError


def new_id() -> str:
    """Sorts by time; its last four digits are nearly always enough to name it."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def journals(folder: Path) -> tuple[Path, ...]:
    """Newest first, without the journals of agents that worked for a session (`ID.AGENT.jsonl`)."""
    return tuple(sorted((p for p in folder.glob("*.jsonl") if "." not in p.stem), key=lambda p: p.stem, reverse=True))


def find(folder: Path, which: str) -> Path:
    """The journal of a session by its id, a unique beginning or end of it, or `last`. Raises UsageError."""
    found = journals(folder)
    if which == "last" and found:
        return max(found, key=lambda path: path.stat().st_mtime_ns)
    exact = [path for path in found if path.stem == which]
    close = [path for path in found if which.strip("./") and (path.stem.startswith(which) or path.stem.endswith(which))]
    matching: Sequence[Path] = exact or close
    if len(matching) != 1:
        what = "no session" if not matching else f"{len(matching)} sessions"
        raise UsageError(f"{what} with id {which!r} in {folder}", remedy="`codergen session list` shows them")
    return matching[0]


def in_use(path: Path) -> bool:
    """Another process is writing it."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
