"""What happens between fork and exec of bwrap: the child leaves everything of ours behind before the tool runs.

It is a `preexec_fn` because the order matters and no command-line tool does all of it: cgroup, mount namespace, limits,
then the identity. It calls nothing but system calls, through functions looked up before the fork."""

import ctypes
import fcntl
import os
import resource
import termios
from collections.abc import Callable
from dataclasses import dataclass

from codergen.sandbox.base import Limits

_CLONE_NEWNS = 0x00020000
_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Ids that commands run as on the host."""

    uid: int
    gid: int


def limits_of(limits: Limits) -> tuple[tuple[int, int], ...]:
    """Per-process limits, never above what is allowed already."""
    wanted = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, limits.descriptors),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
    )
    return tuple((which, _within(which, value)) for which, value in wanted)


def _within(which: int, value: int) -> int:
    hard = resource.getrlimit(which)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def before_exec(
    *,
    identity: Identity | None,
    namespace: int | None,
    groups: tuple[int, ...],
    limits: tuple[tuple[int, int], ...],
) -> Callable[[], None]:
    """The function for `preexec_fn`. `namespace` is a mount namespace to enter, `groups` are their open doors."""
    libc = ctypes.CDLL(None, use_errno=True)
    setns, prctl = libc.setns, libc.prctl

    def prepare() -> None:
        for group in groups:
            os.write(group, b"0")
        if namespace is not None and setns(namespace, _CLONE_NEWNS) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        for which, value in limits:
            resource.setrlimit(which, (value, value))
        if identity is not None:
            os.setgroups([])
            os.setresgid(identity.gid, identity.gid, identity.gid)
            os.setresuid(identity.uid, identity.uid, identity.uid)
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)

    return prepare


def take_terminal() -> None:
    """For `preexec_fn` of the first process of a new session: its stdin is the terminal that controls the session."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
