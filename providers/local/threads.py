"""How many threads the model may use. More than there are idle cores makes it slower, not faster."""

import os
from collections.abc import Iterable
from pathlib import Path


def choose(*, cores: int, load: float) -> int:
    """Idle cores, at least one, at most all. `load` is the number of runnable tasks over the last minute."""
    return max(1, min(cores, round(cores - load)))


def physical(siblings: Iterable[str], *, allowed: int) -> int:
    """Cores without counting hyper-threads: distinct sibling lists, never more than this process may use."""
    return max(1, min(allowed, len(set(siblings)) or allowed))


def idle_cores() -> int:
    """The answer for this machine, now."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    lists = Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list")
    return choose(cores=physical([path.read_text() for path in lists], allowed=allowed), load=os.getloadavg()[0])
