"""Who runs on this machine, as /proc tells it."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass


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
    for folder in os.scandir("/proc"):
        if folder.name.isdigit():
            with suppress(OSError), open(f"/proc/{folder.name}/stat", "rb") as stat:  # noqa: PTH123 - a hundred times
                state, *numbers = stat.read().rpartition(b")")[2].split()[:4]
                parent, group, session = map(int, numbers)
                runs = state not in {b"Z", b"X"}
                yield Entry(pid=int(folder.name), parent=parent, group=group, session=session, runs=runs)


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
