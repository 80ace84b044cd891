"""Runs what README promises to a newcomer in a Debian 12 that has nothing: exit code, seconds and megabytes of each.

`python -I -m evals.accept.bare_debian [--commands 'make demo' 'make test'] [--here] [--keep]`; root, else skipped.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from platformdirs import user_cache_path

from codergen.settings import load
from evals.accept.newcomer import TOP, Place, git_directory, megabytes, prerequisite, run, show, tail, visit
from evals.accept.registries import Ways, ways

NAME = "bare Debian 12"
SUITE = "bookworm"
COMMANDS = ("make demo", "make test")
HOME = "/root"
CHECKOUT = f"{HOME}/codergen"
"""Where a newcomer who is root would put it; nobody else may enter its parent."""
REPOSITORY = "/run/codergen-repository"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NAMESPACES = ("unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child")

ENTER = """
set -eu
root=$1; shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=755,nosuid dev "$root/dev"
for name in null zero full random urandom tty; do
  : > "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev shm "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"; ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"
while [ "$1" != -- ]; do
  mkdir -p "$root$2"; mount -o bind,ro "$1" "$root$2"; shift 2
done
shift
cd "$root"
pivot_root . mnt
cd /
umount -l /mnt
exec "$@"
"""
"""ROOT [FOLDER TARGET]... -- COMMAND. What a container has, and no chroot: inside one, user namespaces are refused."""


class Skipped(Exception):
    """This machine cannot make or enter a root; the text says why."""


def main() -> int:
    """1 when a command failed or left files that git does not ignore; 0 when all is well or nothing could be tried."""
    parser = argparse.ArgumentParser(prog="python -I -m evals.accept.bare_debian", description=__doc__)
    parser.add_argument("--commands", nargs="+", default=COMMANDS, metavar="COMMAND")
    parser.add_argument("--here", action="store_true", help="the same on this machine too, with an empty home")
    parser.add_argument("--keep", action="store_true", help="keep the root and what the commands printed")
    options = parser.parse_args()
    cache = user_cache_path("codergen-accept", ensure_exists=True)
    work = Path(tempfile.mkdtemp(prefix="run-", dir=cache))
    try:
        good = here(work, options.commands) if options.here else True
        return 0 if _bare_or_skipped(cache, work, options.commands) and good else 1
    finally:
        if options.keep:
            print(f"kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)


def _bare_or_skipped(cache: Path, work: Path, commands: Sequence[str]) -> bool:
    try:
        return bare(cache, work, commands)
    except Skipped as why:
        print(f"{NAME}: skipped, {why}", flush=True)
        return True


def here(work: Path, commands: Sequence[str]) -> bool:
    """The commands on this machine, in a fresh clone and with an empty home."""
    home = work / "home"
    home.mkdir()
    environ = load().environ
    place = Place(
        name="this machine",
        enter=(),
        variables=environment(ways(environ, SUITE), home=str(home), path=environ["PATH"]),
        root=Path("/"),
        home=str(home),
        checkout=str(work / "codergen"),
        repository=str(git_directory()),
        logs=work,
    )
    return visit(place, commands)


def bare(cache: Path, work: Path, commands: Sequence[str]) -> bool:
    """README's one prerequisite line, then the commands, in a fresh copy of a bare Debian. Raises Skipped."""
    known = ways(load().environ, SUITE)
    original = bare_root(cache, known)
    root = work / "root"
    subprocess.run(["cp", "-a", "--reflink=auto", original, root], check=True)
    empty_home(root / HOME.lstrip("/"))
    configure(root, known)
    folders = {str(path): str(path) for path in known.folders if not (root / str(path).lstrip("/")).exists()}
    place = Place(
        name=NAME,
        enter=enter_argv(root, {str(git_directory()): REPOSITORY, **folders}),
        variables=environment(known, home=HOME, path=_PATH),
        root=root,
        home=HOME,
        checkout=CHECKOUT,
        repository=REPOSITORY,
        logs=work,
    )
    if not _installed(place):
        return False
    configure(root, known)
    return visit(place, commands)


def _installed(place: Place) -> bool:
    needs = prerequisite((TOP / "README.md").read_text(encoding="utf-8"))
    before = megabytes(place.root)
    ran = run(place, f"apt-get update && DEBIAN_FRONTEND=noninteractive {needs}", "/")
    show(place, ran, named=needs, sizes=f"root {before} MB, then {megabytes(place.root)} MB")
    return ran.code == 0


def bare_root(cache: Path, known: Ways) -> Path:
    """A minimal Debian 12, made once and never entered. Raises Skipped."""
    if os.geteuid() != 0:
        raise Skipped("it takes root to make and enter one")
    if missing := [tool for tool in ("unshare", "pivot_root") if shutil.which(tool) is None]:
        raise Skipped(f"this machine has no {' and no '.join(missing)} (util-linux)")
    root = cache / f"{SUITE}-rootfs"
    if root.is_dir():
        print(f"{NAME}: {megabytes(root)} MB, made before", flush=True)
        return root
    _need_debootstrap()
    began = time.monotonic()
    unfinished = Path(tempfile.mkdtemp(prefix=f"{SUITE}-unfinished-", dir=cache))
    try:
        _debootstrap(unfinished, known)
        unfinished.rename(root)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    print(f"{NAME}: {megabytes(root)} MB, made in {time.monotonic() - began:.0f} s", flush=True)
    return root


def _need_debootstrap() -> None:
    if shutil.which("debootstrap"):
        return
    if shutil.which("apt-get") is None:
        raise Skipped("debootstrap is not installed, and there is no apt-get to install it with")
    print(f"{NAME}: debootstrap is missing, so: apt-get install debootstrap", flush=True)
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "debootstrap"]):
        subprocess.run(["apt-get", *arguments], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if shutil.which("debootstrap") is None:
        raise Skipped("apt-get could not install debootstrap")


def _debootstrap(folder: Path, known: Ways) -> None:
    folder.chmod(0o755)
    mirrors = [address for _, address, suite, *_ in map(str.split, known.apt_sources) if suite == SUITE]
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", SUITE, folder, *mirrors[:1]],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise Skipped(f"debootstrap ended with {made.returncode}:\n{tail(made.stdout)}")


def empty_home(home: Path) -> None:
    """Without even the shell's own files."""
    shutil.rmtree(home)
    home.mkdir(mode=0o700)


def configure(root: Path, known: Ways) -> None:
    """This machine's ways to registries. Again after packages are installed: they write certificates of their own."""
    for path in known.files:
        target = root / str(path).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(path, target)
    texts = {
        "etc/pip.conf": known.pip,
        "etc/apt/sources.list": "".join(f"{line}\n" for line in known.apt_sources),
        "etc/apt/apt.conf.d/90registries": known.apt_options,
    }
    for name, text in texts.items():
        if text:
            (root / name).write_text(text, encoding="utf-8")


def enter_argv(root: Path, shown: Mapping[str, str]) -> tuple[str, ...]:
    """Goes before a command that shall have `root` as its root, with `shown` {folder: where inside} read-only."""
    pairs = (word for pair in shown.items() for word in pair)
    return (*_NAMESPACES, "sh", "-c", ENTER, "enter", str(root), *pairs, "--")


def environment(known: Ways, *, home: str, path: str) -> dict[str, str]:
    """What a login of root on a bare machine has, and the ways to registries. No LANG: a bare Debian has none."""
    return {"HOME": home, "PATH": path, "USER": "root", "LOGNAME": "root", "TERM": "dumb", **known.variables}


if __name__ == "__main__":
    sys.exit(main())
