"""Applying the chunks of a patch to a file's text, with the vendor's tolerance. Pure.

Lines are found as they are, else without white space at their ends, else without any around them, else with
typographic signs as plain ones. What stays keeps its own bytes; what is new ends as the file's first line does.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from codergen.tools.patch_format import BLANK, Chunk

_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|\Z)")
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f", '"'),
        **dict.fromkeys("\xa0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    }
)
_TOLERANCE: tuple[Callable[[str], str], ...] = (
    lambda line: line,
    lambda line: line.rstrip(BLANK),
    lambda line: line.strip(BLANK),
    lambda line: line.strip(BLANK).translate(_PLAIN),
)
"""In the order in which they are tried, each over the whole file."""


class NotThere(Exception):
    """A chunk does not fit the file."""

    def __init__(self, what: Literal["hint", "lines"], text: str) -> None:
        super().__init__(f"{what}: {text}")
        self.what: Literal["hint", "lines"] = what
        self.text = text
        """What was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    at: int
    length: int
    new: tuple[str | int, ...]
    """A new line, or the place of an old one in the file."""


def patched(text: str, chunks: Sequence[Chunk]) -> str:
    """The text after the chunks, each found behind the one before it. Raises NotThere."""
    rows = _rows(text)
    lines = [line for line, _ in rows]
    ending = next((end for _, end in rows if end), "\n")
    changes: list[_Change] = []
    at = 0
    for chunk in chunks:
        if chunk.hint is not None:
            found = seek(lines, [chunk.hint], at)
            if found is None:
                raise NotThere("hint", chunk.hint)
            at = found + 1
        change = _place(lines, chunk, at)
        changes.append(change)
        if chunk.old:
            at = change.at + change.length
    out: list[str | int] = list(range(len(rows)))
    for change in reversed(sorted(changes, key=lambda change: change.at)):
        out[change.at : change.at + change.length] = change.new
    return "".join(item + ending if isinstance(item, str) else _kept(rows[item], ending) for item in out)


def seek(lines: Sequence[str], wanted: Sequence[str], start: int, *, at_end: bool = False) -> int | None:
    """Where `wanted` stands, from `start` on."""
    if not wanted:
        return start
    last = len(lines) - len(wanted)
    if at_end:
        start = max(start, last)
    for form in _TOLERANCE:
        pattern = [form(line) for line in wanted]
        formed = [form(line) for line in lines]
        for at in range(start, last + 1):
            if formed[at : at + len(pattern)] == pattern:
                return at
    return None


def _place(lines: Sequence[str], chunk: Chunk, start: int) -> _Change:
    """Lines that replace none go to the file's end. An empty line that ends a chunk need not be there."""
    old = chunk.old
    if not old:
        return _Change(at=len(lines), length=0, new=tuple(line.text for line in chunk.lines))
    new = _new(chunk)
    found = seek(lines, old, start, at_end=chunk.at_end)
    if found is None and not old[-1]:
        old = old[:-1]
        if new and not new[-1][0]:
            new = new[:-1]
        found = seek(lines, old, start, at_end=chunk.at_end)
    if found is None:
        raise NotThere("lines", "\n".join(chunk.old))
    kept = (found + place if place is not None and place < len(old) else text for text, place in new)
    return _Change(at=found, length=len(old), new=tuple(kept))


def _new(chunk: Chunk) -> list[tuple[str, int | None]]:
    """Lines after the change, those that stay with their place among the old ones."""
    out: list[tuple[str, int | None]] = []
    place = 0
    for line in chunk.lines:
        if line.sign == "+":
            out.append((line.text, None))
            continue
        if line.sign == " ":
            out.append((line.text, place))
        place += 1
    return out


def _rows(text: str) -> list[tuple[str, str]]:
    """Lines with their ends; the last one's is empty where the file does not end in one."""
    return [(found[1], found[2]) for found in _LINE.finditer(text) if found[0]]


def _kept(row: tuple[str, str], ending: str) -> str:
    return row[0] + (row[1] or ending)
