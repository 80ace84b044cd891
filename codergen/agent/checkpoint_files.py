"""A workspace's files as they lie on this host: sizes, permission bits, owners. Nothing here goes through a link."""

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Looked:
    """Paths that git listed, by what is there now."""

    new: list[bytes] = field(default_factory=list[bytes])
    gone: list[bytes] = field(default_factory=list[bytes])
    large: list[bytes] = field(default_factory=list[bytes])
    bytes: int = 0


def look(workspace: Path, paths: Iterable[bytes], most: int) -> Looked:
    found = Looked()
    for path in dict.fromkeys(paths):
        name = os.fsdecode(path)
        file = workspace / name
        size = _size(file)
        if size is not None and size > most:
            found.large.append(path)
        elif (size is None and not file.is_symlink()) or _through_link(workspace, name):
            found.gone.append(path)
        else:
            found.new.append(path)
            found.bytes += size or 0
    return found


def _size(path: Path) -> int | None:
    """Of a regular file; None for a link, and for what is gone."""
    try:
        info = path.lstat()
    except OSError:
        return None
    return info.st_size if stat.S_ISREG(info.st_mode) else None


def unusual(workspace: Path, paths: Sequence[bytes]) -> dict[str, int]:
    """Permission bits that differ from those that git gives a file."""
    usual = _usual()
    found: dict[str, int] = {}
    root = os.fsencode(workspace)
    for path in filter(None, paths):
        try:
            info = os.lstat(root + b"/" + path)
        except OSError:
            continue
        mode = stat.S_IMODE(info.st_mode)
        if stat.S_ISREG(info.st_mode) and mode != usual[bool(mode & 0o100)]:
            found[os.fsdecode(path)] = mode
    return found


def _usual() -> tuple[int, int]:
    """Bits of a new file and of a new executable one, under this process's mask."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask, 0o777 & ~mask


def settle(workspace: Path, modes: Mapping[str, int | None], written: Iterable[str]) -> None:
    """Permission bits, and the owner that the workspace has: git writes as whoever runs it."""
    usual = _usual()
    for path, mode in modes.items():
        file = workspace / path
        if _size(file) is None or _through_link(workspace, path):
            continue
        now = stat.S_IMODE(file.stat().st_mode)
        wanted = usual[bool(now & 0o100)] if mode is None else mode
        if wanted != now:
            file.chmod(wanted)
    owner = workspace.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    for path in written:
        for part in (Path(path), *Path(path).parents[:-1]):
            if not _through_link(workspace, str(part)) and os.path.lexists(workspace / part):
                os.chown(workspace / part, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _through_link(workspace: Path, path: str) -> bool:
    return any((workspace / parent).is_symlink() for parent in Path(path).parents[:-1])
