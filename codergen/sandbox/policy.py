"""The bubblewrap argument list as a pure function of what was asked for and what this machine has. Nothing is shown
inside but what stands here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from codergen.sandbox.base import Limits

HOME = "/home/agent"
TMP = "/tmp"
UID_INSIDE = 1000
NEEDED_OPTIONS = frozenset({"--args", "--clearenv", "--disable-userns", "--json-status-fd", "--perms", "--size"})
"""What a bwrap must know; 0.8.0 is the first that does."""
ETC_FILES = ("ld.so.cache", "localtime", "mime.types", "nsswitch.conf", "protocols", "services")
"""Copied from the host's /etc once per sandbox: a bind costs 0.15 ms in every command."""
ETC_FOLDERS = ("alternatives", "ssl/certs")
"""Bound from the host's /etc. Accounts and host names are written for the sandbox."""
PROC_READ_ONLY = ("sys", "sysrq-trigger", "irq", "bus", "fs")
PROC_EMPTY = ("kcore", "keys", "timer_list", "kallsyms", "kmsg", "kpagecount", "kpageflags")


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFacts:
    """What the host's own folders look like; probed once."""

    links: tuple[tuple[str, str], ...]
    """Top-level links such as ("/bin", "usr/bin")."""
    folders: tuple[str, ...]
    """Top-level folders of programs that are no links, on systems without a merged /usr."""
    etc_folders: tuple[str, ...]
    """Those of ETC_FOLDERS that exist."""
    proc_read_only: tuple[str, ...]
    proc_empty: tuple[str, ...]
    """Those of PROC_EMPTY that others than root may read; the rest is closed by its mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where the things to show are found by the one who starts bwrap."""

    workspace: str
    mounts: tuple[tuple[str, str], ...]
    """(source, target inside)."""
    etc: str
    """The folder shown as /etc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """Numbers of the descriptors that bwrap inherits."""

    status: int
    seccomp: int | None
    home: tuple[tuple[str, int], ...] = ()
    """(path below HOME, what to lay there)."""


def options(
    facts: SystemFacts,
    view: View,
    fds: Descriptors,
    *,
    inside: str,
    read_only: bool,
    protect: tuple[str, ...],
    limits: Limits,
) -> tuple[str, ...]:
    """Every option that is the same for all commands of a sandbox, for `--args`. `protect` are relative paths that
    exist and are no links."""
    return (
        *_namespaces(),
        *_system(facts, view.etc),
        *_proc_and_dev(facts, limits),
        *_scratch(limits),
        *_flat(("--perms", "0600", "--file", str(fd), f"{HOME}/{path}") for path, fd in fds.home),
        "--ro-bind" if read_only else "--bind", view.workspace, inside,
        *_mounts(view.mounts),
        *(() if read_only else _protected(view.workspace, inside, protect)),
        "--remount-ro", "/",
        "--json-status-fd", str(fds.status),
        *(() if fds.seccomp is None else ("--seccomp", str(fds.seccomp))),
    )  # fmt: skip


def command_options(env: Mapping[str, str], cwd: str) -> tuple[str, ...]:
    """What differs from command to command. They follow the others, so that nothing can be undone."""
    return ("--clearenv", *_flat(("--setenv", name, value) for name, value in env.items()), "--chdir", cwd)


def _namespaces() -> tuple[str, ...]:
    return (
        "--unshare-all", "--unshare-user", "--uid", str(UID_INSIDE), "--gid", str(UID_INSIDE), "--disable-userns",
        "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox",
    )  # fmt: skip


def _system(facts: SystemFacts, etc: str) -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr", "--ro-bind", etc, "/etc")
    yield from _flat(("--symlink", target, name) for name, target in facts.links)
    yield from _flat(("--ro-bind", path, path) for path in facts.folders)
    yield from _flat(("--ro-bind", f"/etc/{name}", f"/etc/{name}") for name in facts.etc_folders)


def _proc_and_dev(facts: SystemFacts, limits: Limits) -> Iterator[str]:
    yield from ("--proc", "/proc")
    yield from _flat(("--ro-bind", path, path) for path in facts.proc_read_only)
    yield from _flat(("--ro-bind", "/dev/null", path) for path in facts.proc_empty)
    yield from ("--dev", "/dev", "--perms", "1777", "--size", str(limits.shm_bytes), "--tmpfs", "/dev/shm")
    yield from ("--remount-ro", "/dev")


def _scratch(limits: Limits) -> tuple[str, ...]:
    size = str(limits.tmp_bytes)
    return ("--perms", "1777", "--size", size, "--tmpfs", TMP, "--perms", "0700", "--size", size, "--tmpfs", HOME)


def _mounts(mounts: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Outer ones first. What lies under /usr is shown already."""
    for source, target in sorted(mounts, key=lambda mount: len(PurePosixPath(mount[1]).parts)):
        if not PurePosixPath(target).is_relative_to("/usr"):
            yield from ("--ro-bind", source, target)


def _protected(workspace: str, inside: str, protect: tuple[str, ...]) -> Iterator[str]:
    """Each read-only; the folders above it become mount points too, since one could be renamed with all it holds."""
    above = {str(parent) for path in protect for parent in PurePosixPath(path).parents if str(parent) != "."}
    plan = sorted([(path, "--bind") for path in above - set(protect)] + [(path, "--ro-bind") for path in set(protect)])
    for path, how in plan:
        yield from (how, f"{workspace}/{path}", f"{inside.rstrip('/')}/{path}")


def _flat(groups: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for group in groups:
        yield from group
