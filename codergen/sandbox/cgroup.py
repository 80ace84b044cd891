"""One control group per sandbox for processes and memory, where this machine lets us make one (version 1, as root).
Only groups of our own name are made, filled and removed."""

import os
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from codergen.errors import SandboxDied
from codergen.sandbox.base import Limits

_ENFORCES = {"pids": "pids:hard", "memory": "memory:hard"}
_OF_BWRAP = 8
"""Processes of bwrap itself, on top of what commands may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The groups of one sandbox; empty where none could be made."""

    folders: dict[str, Path]
    doors: tuple[int, ...]
    """Open `tasks`; writing "0" moves the writing thread in, which is all of a child after fork. `cgroup.procs` would
    take a lock over all processes of the machine: milliseconds under load."""

    @property
    def enforced(self) -> frozenset[str]:
        return frozenset(_ENFORCES[controller] for controller in self.folders)

    def oom_kills(self) -> int:
        """How many processes were killed for memory so far. Raises SandboxDied when the group is not there any more."""
        folder = self.folders.get("memory")
        if folder is None:
            return 0
        try:
            told = (folder / "memory.oom_control").read_text()
        except OSError as error:
            raise SandboxDied(f"the sandbox's control group is gone: {folder}: {error.strerror}") from error
        for line in told.splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
        return 0

    def within(self, name: str) -> "Groups":
        """Groups of one command inside these: what it uses counts for both, what befalls it for itself alone. Raises
        SandboxDied when they are not there any more."""
        own = {controller: folder / name for controller, folder in self.folders.items()}
        with ExitStack() as undo:
            try:
                for folder in own.values():
                    folder.mkdir()
                    undo.callback(folder.rmdir)
                doors = tuple(_door(folder) for folder in own.values())
            except OSError as error:
                raise SandboxDied(f"the sandbox's control group is gone: {error.filename}: {error.strerror}") from error
            undo.pop_all()
        return Groups(folders=own, doors=doors)

    def remove(self) -> None:
        """End whatever is left in them, then remove them and what `within` made; within a second."""
        for fd in self.doors:
            os.close(fd)
        for folder in self.folders.values():
            deadline = time.monotonic() + 1.0
            while time.monotonic() < deadline:
                try:
                    for each in (*_folders_in(folder), folder):
                        _kill_members(each)
                        each.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.005)


def _folders_in(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_dir()]


def _door(folder: Path) -> int:
    return os.open(folder / "tasks", os.O_WRONLY | os.O_CLOEXEC)


def _kill_members(folder: Path) -> None:
    with suppress(OSError):
        for pid in (folder / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), 9)


def controllers(mounts: str) -> dict[str, Path]:
    """Where the version 1 controllers we use are mounted, from the text of /proc/self/mounts."""
    found: dict[str, Path] = {}
    for line in mounts.splitlines():
        _, folder, kind, options = line.split(" ")[:4]
        if kind == "cgroup":
            for controller in _ENFORCES:
                if controller in options.split(","):
                    found.setdefault(controller, Path(folder))
    return found


def make_groups(name: str, limits: Limits) -> Groups:
    """Groups with the job's limits for every controller that lets us."""
    folders: dict[str, Path] = {}
    doors: list[int] = []
    for controller, mounted in controllers(Path("/proc/self/mounts").read_text()).items():
        folder = mounted / name
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            _limit(controller, folder, limits)
            doors.append(_door(folder))
            folders[controller] = folder
        except OSError:
            folder.rmdir()
    return Groups(folders=folders, doors=tuple(doors))


def _limit(controller: str, folder: Path, limits: Limits) -> None:
    if controller == "pids":
        (folder / "pids.max").write_text(str(limits.processes + _OF_BWRAP))
        return
    if (hierarchy := folder / "memory.use_hierarchy").exists():
        hierarchy.write_text("1")  # for groups within; newer kernels know nothing else
    (folder / "memory.limit_in_bytes").write_text(str(limits.memory_bytes))
    with_swap = folder / "memory.memsw.limit_in_bytes"
    if with_swap.exists():
        with_swap.write_text(str(limits.memory_bytes))
