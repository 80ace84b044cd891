"""Making host folders reachable for an id that may not walk to them (as root: `/root` is closed, and interpreters live
there). A private mount namespace holds each source under one open folder; the namespace is kept by descriptor alone."""

import ctypes
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from codergen.sandbox.owner import mark

_CLONE_NEWNS = 0x00020000
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`namespace` shows the source named n as `<folder>/<n>`."""

    namespace: int
    folder: Path

    def at(self, name: str) -> str:
        return str(self.folder / name)

    def close(self) -> None:
        """The mounts go with the last descriptor and the last process inside."""
        os.close(self.namespace)
        self.folder.rmdir()


def stage(sources: Mapping[str, Path]) -> Stage:
    """Needs root. Raises OSError where mount namespaces are forbidden, or a source is missing."""
    folder = Path(tempfile.mkdtemp(prefix=f"codergen-stage-{mark()}-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        return Stage(namespace=_arranged(folder, sources), folder=folder)
    except BaseException:
        folder.rmdir()
        raise


def _arranged(folder: Path, sources: Mapping[str, Path]) -> int:
    with tempfile.TemporaryFile() as said:
        try:
            holder = subprocess.Popen(
                ["/bin/sh", "-c", "read line"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env={},
                preexec_fn=_arrange(str(folder), {name: str(path) for name, path in sources.items()}),  # noqa: PLW1509 - see launch.py
            )
        except subprocess.SubprocessError as error:
            said.seek(0)
            raise OSError(said.read().decode(errors="replace").strip()) from error
        try:
            return os.open(f"/proc/{holder.pid}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            holder.communicate()


def _arrange(folder: str, sources: dict[str, str]) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)
    unshare, mount = libc.unshare, libc.mount

    def checked(result: int, what: str) -> None:
        if result != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), what)

    def arrange() -> None:
        try:
            checked(unshare(_CLONE_NEWNS), "unshare")
            checked(mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None), "make private")
            opened = [(name, os.open(path, os.O_PATH)) for name, path in sources.items()]  # the tmpfs may cover one
            flags = _MS_NOSUID | _MS_NODEV
            checked(mount(b"codergen", folder.encode(), b"tmpfs", flags, b"mode=0755,size=1m"), "tmpfs")
            for name, fd in opened:
                target = f"{folder}/{name}"
                if os.path.isdir(f"/proc/self/fd/{fd}"):  # noqa: PTH112 - between fork and exec
                    os.mkdir(target, 0o755)  # noqa: PTH102
                else:
                    os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o644))
                link = f"/proc/self/fd/{fd}".encode()
                checked(mount(link, target.encode(), None, _MS_BIND | _MS_REC, None), sources[name])
        except OSError as error:
            os.write(2, f"{error.filename}: {error.strerror}".encode())
            raise

    return arrange
