"""Looking through the workspace of a sandbox, by one program that runs inside: any Python 3.8 there will do.

What is found comes as values; a family's tools word it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from codergen import inside
from codergen.errors import ToolMisuse
from codergen.sandbox.base import ExecRequest, Sandbox

SECONDS = 30.0
"""After which a search is given up."""
_OUTPUT = 32 << 20
_FIND_PYTHON = 'for p in python3 python; do command -v "$p" >/dev/null 2>&1 && exec "$p" -I -c "$0"; done; exit 127'

Why = Literal["missing", "not_a_folder", "pattern", "timeout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A search that was not done."""

    why: Why
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a search looks, and what it leaves out."""

    root: str
    """The workspace as inside: ignore files count from here."""
    folder: str
    """Absolute as inside; for a search for lines it may be a file."""
    git_ignore: bool = True
    """Leave out what .gitignore names, in a repository."""
    ignore_files: Sequence[str] = ()
    """Names of further files like .gitignore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    name: str
    is_dir: bool
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    entries: tuple[Entry, ...]
    """By name."""
    ignored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFound:
    path: str
    """Absolute as inside."""
    changed_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesFound:
    files: tuple[FileFound, ...]
    """By path."""
    ignored: int
    """How many more would have fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFound:
    number: int
    """From 1."""
    text: str
    is_match: bool
    """False for a line around one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLines:
    path: str
    """Relative to the folder that was searched."""
    lines: tuple[LineFound, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesFound:
    files: tuple[FileLines, ...]
    count: int
    """Matches."""
    limited: bool
    """There may be more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What lines are looked for."""

    pattern: str
    fixed: bool = False
    """`pattern` is text, not a regular expression."""
    case_sensitive: bool = False
    include: str = ""
    """A glob that files must fit."""
    exclude: str = ""
    """A regular expression that lines must not fit."""
    before: int | None = None
    after: int | None = None
    """Lines around a match; None of either shows more of them the fewer matches there are."""
    no_ignore: bool = False
    most: int = 100
    most_per_file: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder as it is drawn."""

    name: str
    files: tuple[str, ...]
    folders: tuple["Folder", ...]
    more_files: bool
    more_folders: bool
    closed: bool
    """Ignored: what is in it is not told."""

    @property
    def whole(self) -> bool:
        """Nothing in it was left out."""
        return not (self.closed or self.more_files or self.more_folders) and all(f.whole for f in self.folders)


async def list_folder(sandbox: Sandbox, where: Where) -> Listing | Refused:
    answer = await _ask(sandbox, where, {"do": "list"})
    if isinstance(answer, Refused):
        return answer
    entries = tuple(Entry(name=name, is_dir=is_dir, size=size) for name, is_dir, size in answer["entries"])
    return Listing(entries=entries, ignored=answer["ignored"])


async def find_files(
    sandbox: Sandbox, where: Where, pattern: str, *, ignore_case: bool = False
) -> FilesFound | Refused:
    answer = await _ask(sandbox, where, {"do": "glob", "pattern": pattern, "ignore_case": ignore_case})
    if isinstance(answer, Refused):
        return answer
    found = tuple(FileFound(path=path, changed_ns=changed) for path, changed in answer["files"])
    return FilesFound(files=found, ignored=answer["ignored"])


async def find_lines(sandbox: Sandbox, where: Where, lines: Lines) -> LinesFound | Refused:
    wanted = {name: getattr(lines, name) for name in Lines.__dataclass_fields__}
    answer = await _ask(sandbox, where, {"do": "grep", **wanted})
    if isinstance(answer, Refused):
        return answer
    found = tuple(
        FileLines(
            path=file["path"],
            lines=tuple(LineFound(number=n, text=text, is_match=match) for n, text, match in file["lines"]),
        )
        for file in answer["files"]
    )
    return LinesFound(files=found, count=answer["count"], limited=answer["limited"])


async def folder_tree(sandbox: Sandbox, where: Where, limit: int = 200) -> Folder | Refused:
    """What is below a folder, level by level, up to `limit` files and folders."""
    answer = await _ask(sandbox, where, {"do": "tree", "limit": limit})
    return answer if isinstance(answer, Refused) else _folder(answer["tree"])


def _folder(data: Mapping[str, Any]) -> Folder:
    return Folder(
        name=data["name"],
        files=tuple(data["files"]),
        folders=tuple(_folder(below) for below in data["folders"]),
        more_files=data["more_files"],
        more_folders=data["more_folders"],
        closed=data["closed"],
    )


async def _ask(sandbox: Sandbox, where: Where, what: Mapping[str, Any]) -> dict[str, Any] | Refused:
    """Raises ToolMisuse when there is no Python inside."""
    place = {
        "root": where.root,
        "folder": where.folder,
        "git_ignore": where.git_ignore,
        "ignore_files": list(where.ignore_files),
    }
    result = await sandbox.exec(
        ExecRequest(
            argv=("/bin/sh", "-c", _FIND_PYTHON, _program()),
            stdin=json.dumps({**place, **what}).encode(),
            timeout_s=SECONDS,
            max_output=_OUTPUT,
        )
    )
    if result.timed_out:
        return Refused(why="timeout")
    if result.exit_code == 127:
        raise ToolMisuse("searching needs a python3 in the sandbox, and there is none; use a shell command instead")
    if result.exit_code != 0 or result.truncated:
        raise ToolMisuse(f"the search failed: {result.stderr.decode('utf-8', 'replace').strip()[-500:]}")
    answer: dict[str, Any] = json.loads(result.stdout)
    if "refused" in answer:
        return Refused(why=answer["refused"], told=answer.get("told", ""))
    return answer


@cache
def _program() -> str:
    return files(inside).joinpath("search.py").read_text(encoding="utf-8")
