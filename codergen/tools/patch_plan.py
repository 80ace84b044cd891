"""What a patch does to files, decided before any of them is touched. Pure."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from codergen.tools.patch_format import Add, Delete, Hunk, Update
from codergen.tools.patch_lines import NotThere, patched

Why = Literal["unreadable", "undeletable", "hint", "lines"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A file whose text is not to be had."""

    why: str
    there: bool = False
    """There is a file, which can be deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One file written, or gone where `text` is None."""

    path: str
    """Absolute."""
    text: str | None
    like: str = ""
    """The file whose permission bits it takes: the one that it was moved from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a hunk cannot be carried out."""

    why: Why
    path: str
    """Absolute."""
    text: str
    """What was looked for; why the file cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    effects: tuple[Effect, ...]
    """In order; with a fault, those of the hunks before it."""
    told: tuple[str, ...]
    """`A path`, `M path`, `D path`: added, modified, deleted, with paths as the patch names them."""
    fault: Fault | None = None


def absolute(root: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(root, path))


def needed(hunks: Sequence[Hunk], root: str) -> tuple[str, ...]:
    """The files whose text a plan depends on, absolute."""
    return tuple(dict.fromkeys(absolute(root, hunk.path) for hunk in hunks if not isinstance(hunk, Add)))


def touched(hunks: Sequence[Hunk]) -> tuple[str, ...]:
    """Every file that may change, as the patch names it."""
    moved = (hunk.moved for hunk in hunks if isinstance(hunk, Update) and hunk.moved)
    return tuple(dict.fromkeys([*(hunk.path for hunk in hunks), *moved]))


def plan(hunks: Sequence[Hunk], files: Mapping[str, str | Unreadable], root: str) -> Plan:
    """`files` are those of `needed`; a hunk sees what the ones before it did. Stops at the first fault."""
    view = dict(files)
    effects: list[Effect] = []
    fault: Fault | None = None
    for hunk in hunks:
        done = _one(hunk, view, root)
        if isinstance(done, Fault):
            fault = done
            break
        effects += done
        for effect in done:
            view[effect.path] = GONE if effect.text is None else effect.text
    return Plan(effects=tuple(effects), told=_told(hunks), fault=fault)


GONE = Unreadable(why="No such file or directory (os error 2)")


def _one(hunk: Hunk, view: Mapping[str, str | Unreadable], root: str) -> list[Effect] | Fault:
    path = absolute(root, hunk.path)
    if isinstance(hunk, Add):
        return [Effect(path=path, text=hunk.text)]
    there = view.get(path, GONE)
    if isinstance(hunk, Delete):
        if isinstance(there, Unreadable) and not there.there:
            return Fault(why="undeletable", path=path, text=there.why)
        return [Effect(path=path, text=None)]
    if isinstance(there, Unreadable):
        return Fault(why="unreadable", path=path, text=there.why)
    try:
        text = patched(there, hunk.chunks)
    except NotThere as error:
        return Fault(why=error.what, path=path, text=error.text)
    if not hunk.moved:
        return [Effect(path=path, text=text)]
    return [Effect(path=absolute(root, hunk.moved), text=text, like=path), Effect(path=path, text=None)]


def _told(hunks: Sequence[Hunk]) -> tuple[str, ...]:
    """Additions, then changes, then deletions."""
    added = [f"A {hunk.path}" for hunk in hunks if isinstance(hunk, Add)]
    changed = [f"M {hunk.moved or hunk.path}" for hunk in hunks if isinstance(hunk, Update)]
    return (*added, *changed, *(f"D {hunk.path}" for hunk in hunks if isinstance(hunk, Delete)))
