"""Whose a folder or control group is that outlives a crash: process id and pid namespace, as a part of its name.

A container has ids of its own, while /tmp and the control groups may be shared with the host: without the namespace one
side would take the other's live sandbox for a dead one's.
"""

import os
import re
from pathlib import Path

PATTERN = r"(\d+)\.(\d+)"
_MARK = re.compile(PATTERN)


def mark() -> str:
    """This process, e.g. `4711.4026531836`."""
    return f"{os.getpid()}.{_namespace()}"


def gone(text: str) -> bool:
    """Whether the process of that mark is known to have ended: one of another namespace never is."""
    match = _MARK.fullmatch(text)
    if match is None or int(match[2]) != _namespace():
        return False
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _namespace() -> int:
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0
