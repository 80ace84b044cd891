"""Handing a workspace to the id that commands run as, and back to its owner at the end. Only for root.

A file with several names may be shared with a folder outside (clones and caches use hard links): it is replaced by a
copy first, so that neither its owner nor its content changes elsewhere."""

import os
import secrets
import stat

from codergen.sandbox.files import Owner, settle, write_all

_CHUNK = 1 << 20


def hand_over(workspace: int, owner: Owner) -> None:
    """Everything below the folder `workspace`, and the folder itself, belongs to `owner` afterwards."""
    for _, folders, files, at in os.fwalk(".", dir_fd=workspace, follow_symlinks=False):
        for name in (*folders, *files):
            _give(at, name, owner)
    os.fchown(workspace, *owner)


def _give(at: int, name: str, owner: Owner) -> None:
    info = os.stat(name, dir_fd=at, follow_symlinks=False)
    if stat.S_ISREG(info.st_mode) and info.st_nlink > 1:
        _own_copy(at, name, stat.S_IMODE(info.st_mode), owner)
        return
    if (info.st_uid, info.st_gid) != owner:
        os.chown(name, *owner, dir_fd=at, follow_symlinks=False)
    if stat.S_ISREG(info.st_mode) and info.st_mode & (stat.S_ISUID | stat.S_ISGID):
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=at)
        try:
            settle(fd, stat.S_IMODE(info.st_mode), None)
        finally:
            os.close(fd)


def _own_copy(at: int, name: str, mode: int, owner: Owner) -> None:
    temporary = f".codergen-{secrets.token_hex(8)}"
    source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
    try:
        into = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=at)
        try:
            while chunk := os.read(source, _CHUNK):
                write_all(into, chunk)
            times = os.fstat(source)
            settle(into, mode, owner)
            os.utime(into, ns=(times.st_atime_ns, times.st_mtime_ns))
        finally:
            os.close(into)
    finally:
        os.close(source)
    os.rename(temporary, name, src_dir_fd=at, dst_dir_fd=at)
