"""One rule, and what it says of a command or a path. Pure."""

import posixpath
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Literal

from codergen.approval.command import Simple, Word, parse
from codergen.tools.base import Act

Effect = Literal["deny", "ask", "allow"]
Fit = Literal["yes", "maybe", "no"]
Where = Literal["policy", "project", "user", "session", "code"]

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash"})
WRAPPERS = _SHELLS | frozenset({
    "sudo", "doas", "env", "command", "builtin", "exec", "eval", "nohup", "nice", "ionice", "timeout", "time",
    "xargs", "stdbuf", "setsid", "chroot", "busybox", "find", "parallel", "watch", "strace", "script", "ssh",
    "su", "unshare", "flock",
})  # fmt: skip
"""Programs that run what their arguments say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a rule came from."""

    where: Where
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Holds for a call whose tool and act fit and, where it has a command or a path, for the parts that fit these."""

    effect: Effect
    tool: str = "*"
    """Glob over names of tools."""
    act: Act | None = None
    command: tuple[str, ...] = ()
    """The first words of a simple command."""
    exact: bool = False
    """`command` is all of it."""
    path: str = ""
    """As in .gitignore: with a slash inside from the workspace's root, else at any depth; a folder is all that is below
    it; an absolute one is as inside."""
    origin: Origin = Origin(where="code")

    @property
    def text(self) -> str:
        """For people and journals."""
        parts = [f"tool {self.tool}"] if self.tool != "*" else []
        parts += [f"act {self.act}"] if self.act else []
        parts += [f"command {' '.join(self.command)}{'' if self.exact else ' ...'}"] if self.command else []
        parts += [f"path {self.path}"] if self.path else []
        return f"{self.effect} {', '.join(parts) or 'everything'}"

    @property
    def whole(self) -> bool:
        """It holds for all parts of a call."""
        return not self.command and not self.path

    def concerns(self, tool: str, act: Act) -> bool:
        if not fnmatchcase(tool, self.tool):
            return False
        if self.act is not None:
            return self.act == act or (act == "run" and bool(self.path))
        return not self.command or act == "run"


def allows(rule: Rule, command: Simple) -> bool:
    """Only what bash will certainly run as the rule has it: literal words, and no variables that could change it."""
    if command.sets or not rule.command or len(command.words) < len(rule.command):
        return False
    if rule.exact and len(command.words) != len(rule.command):
        return False
    certain = command.words[: len(rule.command)]
    if not all(word.literal and word.text == part for word, part in zip(certain, rule.command, strict=True)):
        return False
    hidden = {"-exec", "-execdir", "-ok", "-okdir", "-delete", "-fprint", "-fprintf", "-fls"}
    return rule.command[0] != "find" or not any(
        not word.literal or word.text in hidden for word in command.words[len(rule.command) :]
    )


def forbids(rule: Rule, command: Simple, depth: int = 0) -> Fit:
    """Whether the rule's command stands in it, also behind programs that run others; `maybe` where the shell decides,
    or where other words stand between."""
    found = {_stands(rule, words) for words in readings(command, depth)}
    if "yes" in found:
        return "yes"
    return "maybe" if "maybe" in found else "no"


_ANY = Word(text="", literal=False)


def readings(command: Simple, depth: int = 0) -> list[tuple[Word, ...]]:
    """Every word list that may be run: the command, and what a wrapper makes of its arguments."""
    words = command.words
    if not words:
        return []
    out = [words]
    if not words[0].literal or posixpath.basename(words[0].text) not in WRAPPERS:
        return out
    out += [words[at:] for at in range(1, len(words))]
    for word in words[1:]:
        if word.literal and re.search(r"\s|[;&|]", word.text):
            out += _inner(word.text, depth)
    if _unseen(words):
        out.append((_ANY,))
    return out


def _inner(text: str, depth: int) -> list[tuple[Word, ...]]:
    line = parse(text)
    if depth > 4 or line.unclear:
        return [(_ANY,)]
    return [words for simple in line.commands for words in readings(simple, depth + 1)]


def _unseen(words: tuple[Word, ...]) -> bool:
    """A shell that reads its commands from somewhere else."""
    shell = posixpath.basename(words[0].text) in _SHELLS
    return shell and all(word.literal and word.text.startswith("-") for word in words[1:])


def _stands(rule: Rule, words: tuple[Word, ...]) -> Fit:
    head, *wanted = rule.command
    if not words[0].literal:
        return "maybe"
    if posixpath.basename(words[0].text) != posixpath.basename(head):
        return "no"
    given = words[1:]
    start = given[: len(wanted)]
    if len(start) == len(wanted) and all(w.literal and w.text == part for w, part in zip(start, wanted, strict=True)):
        return "maybe" if rule.exact and len(given) > len(wanted) else "yes"
    left = list(wanted)
    for word in given:
        if not word.literal:
            return "maybe"
        if left and word.text == left[0]:
            left.pop(0)
    return "no" if left else "maybe"


def covers(rule: Rule, path: str, root: str) -> bool:
    """`path` absolute and normal."""
    glob = rule.path
    if glob.startswith("/"):
        return _glob(glob).fullmatch(path) is not None
    if "/" in glob.rstrip("/"):
        inside = within(path, root)
        return inside and _glob(glob.removeprefix("./")).fullmatch(posixpath.relpath(path, root)) is not None
    return _glob(f"**/{glob}").fullmatch(path.lstrip("/")) is not None


def within(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


@cache
def _glob(glob: str) -> re.Pattern[str]:
    """`**` crosses folders, `*` and `?` do not, `[...]` is a set."""
    out: list[str] = []
    parts = glob.rstrip("/").split("/")
    for part in parts:
        out.append("(?:[^/]+/)*" if part == "**" else _part(part) + "/")
    if parts[-1] == "**":
        return re.compile("".join(out[:-1]) + ".*", re.DOTALL)
    return re.compile("".join(out)[:-1] + "(?:/.*)?", re.DOTALL)


def _part(part: str) -> str:
    out, at = "", 0
    while at < len(part):
        found = re.compile(r"\[([!^]?)([^\]]+)\]").match(part, at)
        if found:
            out += f"[{'^/' if found[1] else ''}{re.escape(found[2]).replace(chr(92) + '-', '-')}]"
            at = found.end()
            continue
        out += {"*": "[^/]*", "?": "[^/]"}.get(part[at], re.escape(part[at]))
        at += 1
    return out


def changes_place(command: Simple) -> bool:
    """After it, relative paths count from somewhere else."""
    return bool(command.words) and (not command.words[0].literal or command.words[0].text in {"cd", "pushd", "popd"})
