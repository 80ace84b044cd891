"""What a newcomer does: clone, then type the commands of README. Here are the steps, their figures and how they are
printed; where it happens is a `Place`."""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
PATIENCE_S = 3600.0
_TAIL_LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere to be a newcomer. Paths are its own; `outside` gives ours."""

    name: str
    enter: tuple[str, ...]
    """Goes before a command to run it there."""
    variables: Mapping[str, str]
    """All that its environment holds."""
    root: Path
    home: str
    checkout: str
    repository: str
    """The git directory to clone from."""
    logs: Path
    """A folder of ours for what each command prints."""

    def argv(self, command: str, folder: str) -> tuple[str, ...]:
        """Run a shell command in a folder of this place."""
        variables = (f"{name}={value}" for name, value in self.variables.items())
        return (*self.enter, "env", "-i", *variables, "bash", "-c", f'cd "$0" && {command}', folder)

    def outside(self, path: str) -> Path:
        """A path of this place, for us."""
        return self.root / path.lstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How one command ended."""

    command: str
    code: int
    """124 when our patience ended first."""
    seconds: float
    said: str


def visit(place: Place, commands: Sequence[str]) -> bool:
    """Clone what HEAD is here, then run the commands: all of them, so that each is seen. False when one failed or files
    were left that git does not ignore."""
    cloned = run(place, clone_command(place, git("rev-parse", "HEAD"), git_directory().stat().st_uid), "/")
    show(place, cloned, named="git clone", sizes=sizes(place))
    if cloned.code:
        return False
    good = True
    for command in commands:
        ran = run(place, command, place.checkout)
        show(place, ran, named=command, sizes=sizes(place))
        good &= ran.code == 0
    left = run(place, "git status --porcelain", place.checkout).said
    if left:
        print("    files that git does not ignore were left:\n" + tail(left), flush=True)
    return good and not left


def run(place: Place, command: str, folder: str) -> Ran:
    """A command to its end, without a terminal."""
    began = time.monotonic()
    handle, log = tempfile.mkstemp(prefix="said-", suffix=".log", dir=place.logs)
    with os.fdopen(handle, "wb") as output:
        try:
            code = subprocess.run(
                place.argv(command, folder), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                timeout=PATIENCE_S, check=False,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            code = 124
    seconds = time.monotonic() - began
    return Ran(
        command=command, code=code, seconds=seconds, said=Path(log).read_text(encoding="utf-8", errors="replace")
    )


def clone_command(place: Place, commit: str, owner: int) -> str:
    """git refuses another user's repository unless that user is the one who became root."""
    clone = f"SUDO_UID={owner} git clone -q --no-checkout {place.repository} {place.checkout}"
    return f"{clone} && git -C {place.checkout} checkout -q -B main {commit}"


def prerequisite(readme: str) -> str:
    """The command that README says a bare Debian 12 needs."""
    found = re.search(r"Debian 12: `(apt-get install [^`]+)`", readme)
    if found is None:
        raise ValueError("README names no apt-get line for Debian 12")
    return found[1]


def show(place: Place, ran: Ran, *, named: str, sizes: str) -> None:
    """One line, and the end of what it said when it failed."""
    print(summary_line(place.name, named, ran, sizes), flush=True)
    if ran.code:
        print(tail(ran.said), flush=True)


def summary_line(place: str, named: str, ran: Ran, sizes: str) -> str:
    """One command's figures."""
    return f"{place:<14}  {named:<46} exit {ran.code:<3} {ran.seconds:>5.0f} s  {sizes}"


def tail(said: str) -> str:
    """The last lines, set in."""
    return "\n".join(f"    {line}" for line in said.splitlines()[-_TAIL_LINES:])


def sizes(place: Place) -> str:
    """Disk of the checkout, and what the home takes besides: package caches share their files with environments."""
    checkout, home = place.outside(place.checkout), place.outside(place.home)
    first = megabytes(checkout)
    return f"checkout {first:>4} MB  home {megabytes(checkout, home) - first:>4} MB more"


def megabytes(*folders: Path) -> int:
    """What folders take on disk; a file with several names counts once. What vanishes meanwhile takes nothing."""
    blocks: dict[tuple[int, int], int] = {}
    for top in folders:
        for above, inner, files in os.walk(top):
            for name in (*inner, *files):
                try:
                    info = Path(above, name).lstat()
                except FileNotFoundError:
                    continue
                blocks[info.st_dev, info.st_ino] = info.st_blocks
    return round(sum(blocks.values()) * 512 / 1_000_000)


def git_directory() -> Path:
    """Of the repository that this file is in; a work tree's is that of its repository."""
    return (TOP / git("rev-parse", "--git-common-dir")).resolve()


def git(*arguments: str) -> str:
    """What git says about the repository that this file is in."""
    return subprocess.run(["git", *arguments], cwd=TOP, capture_output=True, text=True, check=True).stdout.strip()
