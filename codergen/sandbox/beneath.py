"""Opening paths below a held folder descriptor so that no symlink, `..` or race leaves it (Linux `openat2`)."""

import ctypes
import errno
import os
from functools import lru_cache

from codergen.errors import PathEscape

_OPENAT2 = 437
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08
_RETRIES = 32
_ALWAYS = os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _openat2(folder: int, path: str, flags: int, resolve: int) -> int:
    how = _OpenHow(flags=flags, mode=0, resolve=resolve)
    code = errno.EAGAIN  # what the kernel says when a rename elsewhere came between
    tries = 0
    while code in {errno.EAGAIN, errno.EINTR} and tries < _RETRIES:
        fd = int(_libc().syscall(_OPENAT2, folder, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how)))
        if fd >= 0:
            return fd
        code, tries = ctypes.get_errno(), tries + 1
    raise OSError(code, os.strerror(code), path)


@lru_cache(maxsize=1)
def kernel_resolves() -> bool:
    """The kernel can resolve beneath a folder by itself (Linux 5.6 and later, and no filter forbids it)."""
    try:
        here = os.open("/", os.O_PATH | os.O_CLOEXEC)
    except (OSError, AttributeError):
        return False
    try:
        os.close(_openat2(here, ".", os.O_PATH | os.O_CLOEXEC, _BENEATH))
    except OSError:
        return False
    finally:
        os.close(here)
    return True


def walk_open(folder: int, path: str, flags: int) -> int:
    """The same promise on older kernels: one component at a time, following no link at all."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise PathEscape(path)
    at = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        for part in parts[:-1]:
            deeper = _step(at, part, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, path)
            os.close(at)
            at = deeper
        return _step(at, parts[-1] if parts else ".", flags, path)
    finally:
        os.close(at)


def _step(at: int, part: str, flags: int, path: str) -> int:
    try:
        return os.open(part, flags | os.O_NOFOLLOW, dir_fd=at)
    except OSError as error:
        is_link = error.errno == errno.ELOOP or (error.errno == errno.ENOTDIR and _is_link(at, part))
        if is_link:
            raise PathEscape(path) from error
        raise


def _is_link(at: int, part: str) -> bool:
    try:
        os.readlink(part, dir_fd=at)
    except OSError:
        return False
    return True


def open_beneath(folder: int, path: str, flags: int, *, links: bool = True) -> int:
    """A descriptor for `path`, relative to `folder` and inside it at the moment of opening; never blocks on a FIFO.

    Raises PathEscape where the path, or a link in it, would leave; OSError for everything else. `links=False` refuses
    every link, also one that stays inside.
    """
    flags |= os.O_CLOEXEC if flags & os.O_PATH else _ALWAYS
    if not kernel_resolves():
        return walk_open(folder, path, flags)
    resolve = _BENEATH | (_NO_MAGICLINKS if links else _NO_MAGICLINKS | _NO_SYMLINKS)
    try:
        return _openat2(folder, path or ".", flags, resolve)
    except OSError as error:
        if error.errno in {errno.EXDEV, errno.ELOOP}:
            raise PathEscape(path) from error
        raise
