"""The command line as bash is given it, and what is told back beside the output. Pure."""

import re
from dataclasses import dataclass

BASH = "/usr/bin/bash"
"""What bash calls itself in its complaints, as it does where the vendor's tool finds it."""

_GROUP = "read -r _ _ _ _ g _ < /proc/$$/stat"

_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|[@-Z\\-_]|[ -/]+[0-~])"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a foreground script told of itself."""

    group: str
    """Of processes; empty when bash did not get so far."""
    left: tuple[str, ...]
    """Process ids of what it left running."""


def foreground(command: str) -> str:
    """Both streams of the command come as stdout, in order; its own stderr carries the facts. The command begins on
    line 4, where the vendor's does too, because bash names the line in its complaints."""
    return (
        f'exec 9>&2 2>&1; {_GROUP}; echo "${{g:-$$}}" >&9; unset g\n'
        "(\n"
        "  trap 'jobs -p >&9' EXIT\n"
        f"{_closed(command)}\n"
        ")"
    )


def background(command: str) -> str:
    """The first line of the output is the process group; the command begins on line 4."""
    return f'exec 2>&1 </dev/null\n{_GROUP}; echo "${{g:-$$}}"; unset g\n(\n{_closed(command)}\n)'


def facts(told: bytes) -> Facts:
    numbers = [line.strip() for line in told.decode("utf-8", "replace").splitlines() if line.strip().isdigit()]
    return Facts(group=numbers[0] if numbers else "", left=tuple(numbers[1:]))


def shown(output: bytes) -> str:
    """Output as the model sees it: without terminal sequences, and without blanks around it."""
    return _ANSI.sub("", output.decode("utf-8", "replace")).strip()


def _closed(command: str) -> str:
    """A backslash at the very end must not swallow what follows."""
    command = command.strip()
    return command + " " if command.endswith("\\") else command
