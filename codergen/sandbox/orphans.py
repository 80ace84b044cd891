"""Sweeps what sandboxes and their ways out left: scratch folders and control groups of a process that is gone."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from codergen.sandbox import owner
from codergen.sandbox.cgroup import Groups, controllers

_SCRATCH = re.compile(rf"codergen-(?:host|bubblewrap|stage|gate)-({owner.PATTERN})-\w+\Z")
_GROUP = re.compile(rf"codergen-({owner.PATTERN})-[0-9a-f]+\Z")


def sweep(temporary: Path = Path("/tmp"), mounts: Path = Path("/proc/self/mounts")) -> tuple[Path, ...]:
    """Remove orphans of ours that belong to no living process; returns what was found. Never raises."""
    found: list[Path] = []
    for folder in _orphans(temporary, _SCRATCH):
        shutil.rmtree(folder, ignore_errors=True)
        found.append(folder)
    with suppress(OSError):
        for controller, root in controllers(mounts.read_text()).items():
            for folder in _orphans(root, _GROUP):
                Groups(folders={controller: folder}, doors=()).remove()
                found.append(folder)
    return tuple(found)


def _orphans(root: Path, name: re.Pattern[str]) -> Iterator[Path]:
    """Folders below `root` of our name, our user's, whose process is known to be gone."""
    with suppress(OSError):
        for entry in list(os.scandir(root)):
            match = name.fullmatch(entry.name)
            if match is None or not entry.is_dir(follow_symlinks=False) or not owner.gone(match[1]):
                continue
            if entry.stat(follow_symlinks=False).st_uid == os.geteuid():
                yield Path(entry.path)
