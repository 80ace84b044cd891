"""Copying files and trees across the boundary by folder descriptors. Links are copied when they stay inside the tree;
one that could leave, a device, a socket or a FIFO is refused, and so is more than the job's limits."""

import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from codergen.errors import FileRefused
from codergen.sandbox.base import Limits
from codergen.sandbox.beneath import open_beneath
from codergen.sandbox.files import Owner, Workspace, make_dir, settle, write_all

_CHUNK = 1 << 20
_DEEPEST = 200
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW


@dataclass(slots=True)
class _Copy:
    """One transfer: who owns the result, what is left out, and what may still be used up."""

    owner: Owner | None
    exclude: tuple[str, ...]
    bytes_left: int
    entries_left: int

    def entry(self, src: int, dst: int, name: str, new_name: str, at: tuple[str, ...]) -> None:
        """Copy `name` of folder `src` to `new_name` in folder `dst`; `at` are the folders passed since the top."""
        shown = "/".join((*at, name))
        self.entries_left -= 1
        if self.entries_left < 0:
            raise FileRefused(shown, "too many files for the job's limits")
        mode = os.stat(name, dir_fd=src, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            self._link(src, dst, name, new_name, at)
        elif stat.S_ISDIR(mode):
            self._folder(src, dst, name, new_name, at)
        elif stat.S_ISREG(mode):
            self._file(src, dst, name, new_name, shown)
        else:
            raise FileRefused(shown, "not a regular file, folder or link")

    def inside(self, src: int, dst: int, at: tuple[str, ...]) -> None:
        """Copy everything that lies in the folder `src`."""
        if len(at) > _DEEPEST:
            raise FileRefused("/".join(at[-3:]), f"more than {_DEEPEST} folders deep")
        for name in sorted(os.listdir(src)):
            if not any(fnmatchcase(name, pattern) for pattern in self.exclude):
                self.entry(src, dst, name, name, at)

    def _folder(self, src: int, dst: int, name: str, new_name: str, at: tuple[str, ...]) -> None:
        make_dir(dst, new_name, self.owner)
        with ExitStack() as opened:
            below = os.open(name, _FOLDER, dir_fd=src)
            opened.callback(os.close, below)
            into = os.open(new_name, _FOLDER, dir_fd=dst)
            opened.callback(os.close, into)
            self.inside(below, into, (*at, name))

    def _link(self, src: int, dst: int, name: str, new_name: str, at: tuple[str, ...]) -> None:
        target = os.readlink(name, dir_fd=src)
        if not link_stays(target, len(at)):
            raise FileRefused("/".join((*at, name)), f"a link that leaves: {target}")
        temporary = f".codergen-{secrets.token_hex(8)}"
        os.symlink(target, temporary, dir_fd=dst)
        if self.owner is not None:
            os.chown(temporary, *self.owner, dir_fd=dst, follow_symlinks=False)
        os.rename(temporary, new_name, src_dir_fd=dst, dst_dir_fd=dst)

    def _file(self, src: int, dst: int, name: str, new_name: str, shown: str) -> None:
        temporary = f".codergen-{secrets.token_hex(8)}"
        with ExitStack() as opened:
            source = os.open(name, _FILE, dir_fd=src)
            opened.callback(os.close, source)
            info = os.fstat(source)
            if not stat.S_ISREG(info.st_mode):
                raise FileRefused(shown, "not a regular file")
            into = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=dst)
            opened.callback(os.close, into)
            try:
                self._bytes(source, into, shown)
                settle(into, stat.S_IMODE(info.st_mode), self.owner)
                os.rename(temporary, new_name, src_dir_fd=dst, dst_dir_fd=dst)
            except BaseException:
                os.unlink(temporary, dir_fd=dst)
                raise

    def _bytes(self, source: int, into: int, shown: str) -> None:
        while chunk := os.read(source, _CHUNK):
            self.bytes_left -= len(chunk)
            if self.bytes_left < 0:
                raise FileRefused(shown, "more bytes than the job's limits")
            write_all(into, chunk)


def link_stays(target: str, depth: int) -> bool:
    """A link `depth` folders below the top cannot leave the tree: relative, no more leading `..` than folders above it,
    and none after a name, since that name may be a link itself."""
    if target.startswith("/") or not target:
        return False
    parts = [part for part in target.split("/") if part not in {"", "."}]
    up = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
    return up <= depth and ".." not in parts[up:]


def copy_in(workspace: Workspace, src: Path, dst: str, limits: Limits) -> None:
    """A host file to the path `dst`, or a host folder's content into the folder `dst`."""
    relative = workspace.writable(dst)
    copy = _Copy(workspace.owner, (), limits.disk_bytes, limits.inodes)
    with ExitStack() as opened:
        if src.is_symlink():
            raise FileRefused(str(src), "is a link")
        if src.is_dir():
            source = os.open(src, _FOLDER)
            opened.callback(os.close, source)
            into = workspace.make_folder(relative, dst)
            opened.callback(os.close, into)
            copy.inside(source, into, ())
            return
        source = os.open(src.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, source)
        into, name = workspace.folder_for(relative, dst)
        opened.callback(os.close, into)
        copy.entry(source, into, src.name, name, ())


def copy_out(workspace: Workspace, src: str, dst: Path, exclude: Sequence[str], limits: Limits) -> None:
    """The file `src` to the host path `dst`, or the content of the folder `src` into the host folder `dst`."""
    copy = _Copy(None, tuple(exclude), limits.disk_bytes, limits.inodes)
    relative = workspace.relative(src)
    found = workspace.stat(src)
    if found is None:
        raise FileNotFoundError(src)
    with ExitStack() as opened:
        if found.kind == "dir":
            source = open_beneath(workspace.fd, relative, os.O_RDONLY | os.O_DIRECTORY)
            opened.callback(os.close, source)
            dst.mkdir(parents=True, exist_ok=True)
            into = os.open(dst, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            opened.callback(os.close, into)
            copy.inside(source, into, ())
            return
        parent, _, name = relative.rpartition("/")
        source = open_beneath(workspace.fd, parent or ".", os.O_RDONLY | os.O_DIRECTORY)
        opened.callback(os.close, source)
        dst.parent.mkdir(parents=True, exist_ok=True)
        into = os.open(dst.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, into)
        copy.entry(source, into, name, dst.name, ())
