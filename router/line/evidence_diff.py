"""What a git diff changes, read from its text: files, lines added and removed. Pure."""

import re
from dataclasses import dataclass, replace
from typing import Literal

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abfnrtv"\\])')
_NAMED = {b"a": 7, b"b": 8, b"f": 12, b"n": 10, b"r": 13, b"t": 9, b"v": 11, b'"': 34, b"\\": 92}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffStat:
    """How much of one file a diff changes; `workspace.FileChange` is the change itself, with git's modes."""

    path: str
    """New name; the old one for a deleted file."""
    kind: Literal["changed", "added", "deleted", "renamed", "copied"] = "changed"
    added: int = 0
    removed: int = 0
    binary: bool = False


def changed_files(diff: bytes) -> tuple[DiffStat, ...]:
    """One per file, in the diff's order. Lines inside a hunk are counted by its header, so text that looks like
    a header cannot add or hide a file."""
    changes: list[DiffStat] = []
    old_left = new_left = 0
    for line in diff.decode("utf-8", "surrogateescape").split("\n"):
        if old_left > 0 or new_left > 0:
            sign = line[:1]
            if sign == "\\":
                continue
            old_left -= sign != "+"
            new_left -= sign != "-"
            last = changes[-1]
            changes[-1] = replace(last, added=last.added + (sign == "+"), removed=last.removed + (sign == "-"))
        elif line.startswith("diff --git "):
            changes.append(DiffStat(path=_from_header(line[len("diff --git ") :])))
        elif changes and (hunk := _HUNK.match(line)):
            old_left, new_left = (int(n) if n is not None else 1 for n in hunk.groups())
        elif changes:
            changes[-1] = _header(changes[-1], line)
    return tuple(changes)


def _header(change: DiffStat, line: str) -> DiffStat:
    word, _, rest = line.partition(" ")
    match word:
        case "new" if rest.startswith("file mode"):
            return replace(change, kind="added")
        case "deleted" if rest.startswith("file mode"):
            return replace(change, kind="deleted")
        case "rename" if rest.startswith("to "):
            return replace(change, kind="renamed", path=_unquote(rest[3:]))
        case "copy" if rest.startswith("to "):
            return replace(change, kind="copied", path=_unquote(rest[3:]))
        case "---" | "+++" if rest.rstrip("\t") != "/dev/null":
            return replace(change, path=_unquote(rest.rstrip("\t"))[2:])
        case "Binary" | "GIT":
            return replace(change, binary=True)
        case _:
            return change


def _from_header(names: str) -> str:
    """`a/x b/x`: for files without hunks (mode, binary, empty) both halves are equal."""
    if names.startswith('"'):
        return _unquote(names[len(names) // 2 + 1 :])[2:]
    return names[len(names) // 2 + 3 :]


def _unquote(name: str) -> str:
    """Git's C-style quoting of unusual names."""
    if not (name.startswith('"') and name.endswith('"') and len(name) >= 2):
        return name
    raw = name[1:-1].encode("utf-8", "surrogateescape")
    plain = _ESCAPE.sub(lambda m: bytes([_NAMED[m[1]] if m[1] in _NAMED else int(m[1], 8) & 255]), raw)
    return plain.decode("utf-8", "surrogateescape")
