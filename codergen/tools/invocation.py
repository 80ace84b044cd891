"""How a check's command line is recognised as a test runner. Pure."""

import re
import shlex
from dataclasses import dataclass
from typing import Literal

_SHELL = re.compile(r"[;&|<>`$\n(){}*?~#]")
"""What only a shell understands, where it stands outside quotes."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"$`\\]*\"")
_PYTHON = re.compile(r"^(?:.*/)?python(?:3(?:\.\d+)?)?$")
_ASSIGNMENT = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)=(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One command, understood."""

    runner: Literal["pytest", "unittest", "command"]
    args: tuple[str, ...]
    """Arguments of the test runner; for `command` the whole argv: the line as typed, given to bash."""
    cwd_on_path: bool = False
    """`python -m` puts the working folder on the module path, a bare `pytest` does not."""
    env: tuple[tuple[str, str], ...] = ()
    """Assignments written before the command, e.g. PYTHONPATH=src."""


def parse_command(command: str) -> Invocation:
    """The invocation behind a command as typed; whatever is no plain pytest or unittest call is a `command`."""
    shell = Invocation(runner="command", args=("/bin/bash", "-c", command))
    if _SHELL.search(_QUOTED.sub("", command)):
        return shell
    try:
        words = shlex.split(command)
    except ValueError:
        return shell
    env, words = _assignments(words)
    if not words:
        return shell
    if words[0].rsplit("/", 1)[-1] in {"pytest", "py.test"}:
        return Invocation(runner="pytest", args=tuple(words[1:]), env=env)
    module = _module(words)
    if module == "pytest":
        return Invocation(runner="pytest", args=_after_module(words), cwd_on_path=True, env=env)
    if module == "unittest":
        return Invocation(runner="unittest", args=_after_module(words), cwd_on_path=True, env=env)
    return shell


def _assignments(words: list[str]) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    env: list[tuple[str, str]] = []
    while words and (match := _ASSIGNMENT.match(words[0])):
        env.append((match[1], match[2]))
        words = words[1:]
    return tuple(env), words


def _module(words: list[str]) -> str | None:
    """The module of `python [flags] -m MODULE`, else None."""
    if not _PYTHON.match(words[0]):
        return None
    rest = iter(words[1:])
    for word in rest:
        if word == "-m":
            return next(rest, None)
        if word in {"-X", "-W"}:
            next(rest, None)
        elif not word.startswith("-"):
            return None
    return None


def _after_module(words: list[str]) -> tuple[str, ...]:
    return tuple(words[words.index("-m") + 2 :])
