"""Who runs on this machine, as /proc tells it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One process that runs; zombies that nobody has waited for yet are none."""

    pid: int
    parent: int
    group: int
    session: int


def running() -> Iterator[Entry]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent, group, session = stat.read_text(errors="replace").rpartition(")")[2].split()[:4]
            if state not in {"Z", "X"}:
                yield Entry(pid=int(stat.parent.name), parent=int(parent), group=int(group), session=int(session))


def beneath(ancestor: int) -> list[int]:
    """Everything that descends from `ancestor` now, parents first."""
    children: dict[int, list[int]] = {}
    for entry in running():
        children.setdefault(entry.parent, []).append(entry.pid)
    found: list[int] = []
    waiting = [ancestor]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found
