"""The system call filter: everything is allowed except what a build or a test never needs and an escape does."""

import errno
import os
from collections.abc import Iterator
from functools import lru_cache
from types import ModuleType
from typing import Any

_NEW_USER = 0x10000000
_SET_ID = (0o4000, 0o2000)
_SOCKETS = {"AF_NETLINK": 16, "AF_PACKET": 17, "AF_ALG": 38, "AF_VSOCK": 40}
_TERMINAL = {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541C}
_FORBIDDEN = (
    "mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick",
    "mount_setattr", "unshare", "setns", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "keyctl", "add_key", "request_key", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp",
    "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "open_by_handle_at",
    "name_to_handle_at", "chroot", "swapon", "swapoff", "reboot", "acct", "quotactl", "syslog", "settimeofday",
    "clock_settime", "iopl", "ioperm",
)  # fmt: skip
_UNKNOWN_TO_THE_SANDBOX = ("clone3", "openat2")
"""Their arguments lie in memory where a filter cannot look; C libraries fall back when the call does not exist."""
_MODE_AT = {"chmod": 1, "fchmod": 1, "fchmodat": 2, "fchmodat2": 2, "creat": 1, "mknod": 1, "mknodat": 2}
_MKNOD = {"mknod": 1, "mknodat": 2}
_DEVICES = (0o020000, 0o060000)
"""Character and block; a FIFO is ordinary."""
_MODE_WITH_CREATE = {"open": (1, 2), "openat": (2, 3)}
"""Call -> places of flags and mode; the mode counts only with O_CREAT."""


@lru_cache(maxsize=1)
def program() -> bytes | None:
    """The filter for this machine's calls, to be handed to bwrap; None where libseccomp is missing."""
    try:
        import pyseccomp
    except (ImportError, RuntimeError):
        return None
    filter_ = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for action, call, arguments in _rules(pyseccomp):
        try:
            filter_.add_rule(action, call, *arguments)
        except OSError:  # a call that this machine or this libseccomp does not have
            continue
    with os.fdopen(os.memfd_create("seccomp", os.MFD_CLOEXEC), "rb") as memory:
        filter_.export_bpf(memory)
        memory.seek(0)
        return memory.read()


def _rules(lib: ModuleType) -> Iterator[tuple[int, str, tuple[Any, ...]]]:
    denied, absent = lib.ERRNO(errno.EPERM), lib.ERRNO(errno.ENOSYS)
    for call in _FORBIDDEN:
        yield denied, call, ()
    for call, place in _MKNOD.items():
        for kind in _DEVICES:
            yield denied, call, (lib.Arg(place, lib.MASKED_EQ, 0o170000, kind),)
    for call in _UNKNOWN_TO_THE_SANDBOX:
        yield absent, call, ()
    yield denied, "clone", (lib.Arg(0, lib.MASKED_EQ, _NEW_USER, _NEW_USER),)
    for family in _SOCKETS.values():
        yield lib.ERRNO(errno.EAFNOSUPPORT), "socket", (lib.Arg(0, lib.EQ, family),)
    for request in _TERMINAL.values():
        yield denied, "ioctl", (lib.Arg(1, lib.MASKED_EQ, 0xFFFFFFFF, request),)
    for bit in _SET_ID:
        for call, place in _MODE_AT.items():
            yield denied, call, (lib.Arg(place, lib.MASKED_EQ, bit, bit),)
        for call, (flags, mode) in _MODE_WITH_CREATE.items():
            yield (
                denied,
                call,
                (lib.Arg(flags, lib.MASKED_EQ, os.O_CREAT, os.O_CREAT), lib.Arg(mode, lib.MASKED_EQ, bit, bit)),
            )
