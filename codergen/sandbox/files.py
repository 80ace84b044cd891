"""File tools on a workspace of this machine. Every path is opened beneath a descriptor held since the start, so that
a command that swaps links while we read cannot lead us out."""

import errno
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath, relpath
from typing import Literal

from codergen.errors import FileRefused, PathEscape
from codergen.sandbox.base import FileStat
from codergen.sandbox.beneath import open_beneath

_CHUNK = 1 << 20
_LINKS = 16
Owner = tuple[int, int]
FileKind = Literal["file", "dir", "link", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One folder held open. `close` it when the sandbox stops."""

    fd: int
    root: Path
    shown: str
    """Where the folder stands for commands; absolute paths are taken from there."""
    owner: Owner | None = None
    """Who owns what is written (uid, gid); None leaves it to the kernel."""
    closed: tuple[str, ...] = ()
    """Relative paths that may not be written: the protected ones; `.` closes the whole workspace."""

    @classmethod
    def hold(cls, root: Path, shown: str, *, owner: Owner | None = None, closed: tuple[str, ...] = ()) -> "Workspace":
        fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return cls(fd=fd, root=root, shown=shown.rstrip("/") or "/", owner=owner, closed=closed)

    def close(self) -> None:
        os.close(self.fd)

    def relative(self, path: str) -> str:
        """`path` from the workspace on, `.` for the workspace itself. Raises PathEscape."""
        if not path or "\0" in path:
            raise PathEscape(path)
        if normpath(path).startswith(".."):
            raise PathEscape(path)
        if not path.startswith("/"):
            return path
        prefix = self.shown if self.shown.endswith("/") else self.shown + "/"
        if path.rstrip("/") == self.shown:
            return "."
        if not path.startswith(prefix):
            raise PathEscape(path)
        return path[len(prefix) :].lstrip("/") or "."

    def read(self, path: str, max_bytes: int) -> bytes:
        """Raises FileNotFoundError, PathEscape, FileRefused."""
        fd = _opened(self.fd, self.relative(path), path, os.O_RDONLY)
        try:
            info = os.fstat(fd)
            if not stat.S_ISREG(info.st_mode):
                raise FileRefused(path, "not a regular file")
            data = _read_up_to(fd, max_bytes + 1)
        finally:
            os.close(fd)
        if len(data) > max_bytes:
            raise FileRefused(path, f"larger than {max_bytes} bytes")
        return data

    def write(self, path: str, data: bytes, mode: int) -> None:
        """Replace `path` in one step; a reader sees the old bytes or the new ones. A link to a file of the workspace is
        followed, and that file keeps its mode; a link that leads out is replaced. Raises PathEscape, FileRefused."""
        relative = self.writable(path)
        target = self._followed(relative)
        if target != relative:
            relative, mode = target, self._mode_of(target, mode)
        folder, name = self.folder_for(relative, path)
        try:
            replace_file(folder, name, data, mode=mode, owner=self.owner)
        except IsADirectoryError as error:
            raise FileRefused(path, "is a folder") from error
        finally:
            os.close(folder)

    def stat(self, path: str) -> FileStat | None:
        """lstat; None when absent. Raises PathEscape."""
        relative = self.relative(path)
        parent, name = _split(relative)
        try:
            folder = _opened(self.fd, parent, path, os.O_RDONLY | os.O_DIRECTORY)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            info = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None
        finally:
            os.close(folder)
        return FileStat(kind=kind_of(info.st_mode), size=info.st_size, mode=stat.S_IMODE(info.st_mode))

    def writable(self, path: str) -> str:
        """The relative form of `path`, or FileRefused where nothing may be written."""
        relative = self.relative(path)
        self._refuse_closed(normpath(relative), path)
        return relative

    def _refuse_closed(self, relative: str, path: str) -> None:
        for closed in self.closed:
            if closed in {".", relative} or relative.startswith(closed + "/"):
                raise FileRefused(path, "is shown read-only")

    def _refuse_closed_in(self, folder: int, name: str, path: str) -> None:
        """The same for where a folder really is: a link may lead into what is closed."""
        if self.closed:
            place, root = (str(Path(f"/proc/self/fd/{fd}").readlink()) for fd in (folder, self.fd))
            self._refuse_closed(normpath(relpath(join(place, name), root)), path)

    def _followed(self, relative: str) -> str:
        """What a link at `relative` stands for, link by link; the last one that lies in the workspace."""
        for _ in range(_LINKS):
            parent, name = _split(relative)
            try:
                folder = _opened(self.fd, parent, relative, os.O_RDONLY | os.O_DIRECTORY)
                try:
                    found = self.relative(join(parent, os.readlink(name, dir_fd=folder)))
                finally:
                    os.close(folder)
                os.close(_opened(self.fd, _split(found)[0], found, os.O_RDONLY | os.O_DIRECTORY))
            except (OSError, PathEscape, FileRefused):
                return relative
            relative = found
        return relative

    def _mode_of(self, relative: str, otherwise: int) -> int:
        found = self.stat(relative)
        return found.mode if found is not None and found.kind == "file" else otherwise

    def folder_for(self, relative: str, path: str) -> tuple[int, str]:
        """Descriptor of the folder that `relative` lies in, made where missing, and the last name."""
        parent, name = _split(relative)
        if name == ".":
            raise FileRefused(path, "is a folder")
        folder = self.make_folder(parent, path)
        try:
            self._refuse_closed_in(folder, name, path)
        except FileRefused:
            os.close(folder)
            raise
        return folder, name

    def make_folder(self, relative: str, path: str) -> int:
        """Descriptor of the folder `relative`, made with its parents where missing."""
        try:
            return _opened(self.fd, relative, path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            parent, name = _split(relative)
            above = self.make_folder(parent, path)
        except NotADirectoryError as error:
            raise FileRefused(path, "a part of it is not a folder") from error
        try:
            self._refuse_closed_in(above, name, path)
            make_dir(above, name, self.owner)
            return _opened(self.fd, relative, path, os.O_RDONLY | os.O_DIRECTORY)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise FileRefused(path, "a part of it is not a folder") from error
        finally:
            os.close(above)


def kind_of(mode: int) -> FileKind:
    """The word for a file type."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "dir"
    return "link" if stat.S_ISLNK(mode) else "other"


def make_dir(folder: int, name: str, owner: Owner | None) -> None:
    """A folder `name` in `folder`; one that is there already is fine."""
    try:
        os.mkdir(name, 0o755, dir_fd=folder)
    except FileExistsError:
        return
    if owner is not None:
        os.chown(name, *owner, dir_fd=folder, follow_symlinks=False)


def replace_file(folder: int, name: str, data: bytes, *, mode: int, owner: Owner | None) -> None:
    """Atomic: a temporary file in the same folder descriptor, then `renameat`. A link at `name` is replaced itself."""
    temporary = f".codergen-{secrets.token_hex(8)}"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        try:
            write_all(fd, data)
            settle(fd, mode, owner)
        finally:
            os.close(fd)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(temporary, dir_fd=folder)
        raise


def settle(fd: int, mode: int, owner: Owner | None) -> None:
    """Owner first, since changing it clears bits; set-id bits are never given."""
    if owner is not None:
        os.fchown(fd, *owner)
    os.fchmod(fd, mode & 0o777)


def write_all(fd: int, data: bytes) -> None:
    """`os.write` until nothing is left."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _read_up_to(fd: int, count: int) -> bytes:
    chunks: list[bytes] = []
    while count > 0 and (chunk := os.read(fd, min(count, _CHUNK))):
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)


def _split(relative: str) -> tuple[str, str]:
    """Folder and last name. A trailing `..` stays in the folder part, so that opening it decides."""
    parent, _, name = relative.rstrip("/").rpartition("/")
    if name in {"", ".", ".."}:
        return relative, "."
    return parent or ".", name


def _opened(folder: int, relative: str, path: str, flags: int) -> int:
    try:
        return open_beneath(folder, relative, flags)
    except PathEscape as error:
        raise PathEscape(path) from error
    except OSError as error:
        if error.errno in {errno.ENXIO, errno.ENODEV}:
            raise FileRefused(path, "not a regular file") from error
        if error.errno == errno.ENAMETOOLONG:
            raise FileRefused(path, "its name is too long") from error
        raise
