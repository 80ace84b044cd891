"""How many threads the model may use. More than there are idle cores makes it slower, not faster."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

SAMPLE_SECONDS = 0.3


def choose(*, cores: int, load: float) -> int:
    """Idle cores, at least one, at most all. `load` is how many of them are busy."""
    return max(1, min(cores, round(cores - load)))


def busy_share(before: str, after: str) -> float:
    """How much of all processor time between two texts of /proc/stat was spent working, 0 to 1. Pure."""
    first, second = _times(before), _times(after)
    passed = sum(second) - sum(first)
    idle = sum(second[3:5]) - sum(first[3:5])  # idle and waiting for disks
    return 1 - idle / passed if passed > 0 else 0.0


def _times(text: str) -> list[int]:
    return [int(field) for field in text.splitlines()[0].split()[1:9]]


def physical(siblings: Iterable[str], *, allowed: int) -> int:
    """Cores without counting hyper-threads: distinct sibling lists, never more than this process may use."""
    return max(1, min(allowed, len(set(siblings)) or allowed))


def idle_cores() -> int:
    """The answer for this machine, now: a short look at what its cores do, not the load average, which lags by minutes.

    Takes `SAMPLE_SECONDS`; where there is no /proc/stat the load average has to do.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    lists = Path("/sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list")
    cores = physical([path.read_text() for path in lists], allowed=allowed)
    stat = Path("/proc/stat")
    if not stat.exists():
        return choose(cores=cores, load=os.getloadavg()[0])
    before = stat.read_text()
    time.sleep(SAMPLE_SECONDS)
    return choose(cores=cores, load=busy_share(before, stat.read_text()) * cores)
