"""Who runs on this machine, as /proc tells it."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One process."""

    pid: int
    parent: int
    group: int
    session: int
    runs: bool
    """False for a zombie that nobody has waited for yet."""


def entries() -> Iterator[Entry]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, *numbers = stat.read_text(errors="replace").rpartition(")")[2].split()[:4]
            parent, group, session = map(int, numbers)
            yield Entry(
                pid=int(stat.parent.name), parent=parent, group=group, session=session, runs=state not in {"Z", "X"}
            )


def beneath(ancestor: int) -> list[Entry]:
    """Everything that descends from `ancestor` now."""
    children: dict[int, list[Entry]] = {}
    for entry in entries():
        children.setdefault(entry.parent, []).append(entry)
    found: list[Entry] = []
    waiting = [ancestor]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += [entry.pid for entry in below]
    return found


def send_to_groups(members: Iterable[Entry], number: int) -> None:
    """A signal to all, each group at once: a shell that loses its child first goes on as if nothing had happened."""
    for group in {entry.group for entry in members}:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
