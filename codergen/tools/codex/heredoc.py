"""Patches that a model gives to a shell: `apply_patch <<'EOF'`. They are carried out as if the tool had been called.
Pure."""

import re
import shlex
from dataclasses import dataclass

_HEREDOC = re.compile(
    r"""\s*(?:cd\s+(?P<folder>"[^"$`\\]*"|'[^']*'|[^\s;&|<>$`'"]+)\s*&&\s*)?
    (?:apply_patch|applypatch)\s*<<\s*(?P<quote>['"]?)(?P<word>\w+)(?P=quote)[ \t]*\n
    (?P<patch>.*\n)(?P=word)\s*""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellPatch:
    patch: str
    folder: str = ""
    """Where the line goes first; empty where it goes nowhere."""


def shell_patch(command: str) -> ShellPatch | None:
    """The patch of a command line that does nothing else."""
    found = _HEREDOC.fullmatch(command)
    if found is None or f"\n{found['word']}\n" in f"\n{found['patch']}":
        return None
    folder = shlex.split(found["folder"])[0] if found["folder"] else ""
    return ShellPatch(patch=found["patch"], folder=folder)
