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
    with os.scandir("/proc") as folders:
        pids = [int(folder.name) for folder in folders if folder.name.isdigit()]
    for pid in pids:
        if (entry := _entry(pid)) is not None:
            yield entry


def _entry(pid: int) -> Entry | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - a hundred times
            state, *numbers = stat.read().rpartition(b")")[2].split()[:4]
    except OSError:  # it has gone meanwhile
        return None
    parent, group, session = map(int, numbers)
    return Entry(pid=pid, parent=parent, group=group, session=session, runs=state not in {b"Z", b"X"})


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
    for group in {entry.group for entry in members} - {0}:  # 0 would be our own
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
