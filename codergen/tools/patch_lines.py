"""Applying the chunks of a patch to a file's text, with the vendor's tolerance. Pure.

Lines are found as they are, else without white space at their ends, else without any around them, else with
typographic signs as plain ones. What stays keeps its own bytes; what is new ends as the file's first line does.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from codergen.tools.patch_format import BLANK, Chunk, Line

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


@dataclass(slots=True, kw_only=True)
class _Change:
    """Lines that go, and those that come in their place."""

    at: int
    gone: int = 0
    new: list[str] = field(default_factory=list[str])


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
        made, at = _place(lines, chunk, at)
        changes += made
    out: list[str] = []
    done = 0
    for change in sorted(changes, key=lambda change: change.at):
        out += (line + (end or ending) for line, end in rows[done : change.at])
        out += (line + ending for line in change.new)
        done = change.at + change.gone
    return "".join([*out, *(line + (end or ending) for line, end in rows[done:])])


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


def _place(lines: Sequence[str], chunk: Chunk, start: int) -> tuple[list[_Change], int]:
    """What a chunk changes, and where the next one may begin. Lines that replace none go to the file's end. An empty
    line that ends the old ones need not be there."""
    old = chunk.old
    if not old:
        return [_Change(at=len(lines), new=[line.text for line in chunk.lines])], start
    body = chunk.lines
    found = seek(lines, old, start, at_end=chunk.at_end)
    if found is None and not old[-1]:
        old, body = old[:-1], _without_last(body)
        found = seek(lines, old, start, at_end=chunk.at_end)
    if found is None:
        raise NotThere("lines", "\n".join(chunk.old))
    return _changes(body, found), found + len(old)


def _changes(body: Sequence[Line], at: int) -> list[_Change]:
    """One for each run of lines that do not stay."""
    out: list[_Change] = []
    stays = True
    for line in body:
        if line.sign == " ":
            at, stays = at + 1, True
            continue
        if stays:
            out.append(_Change(at=at))
            stays = False
        if line.sign == "+":
            out[-1].new.append(line.text)
        else:
            out[-1].gone += 1
            at += 1
    return out


def _without_last(body: Sequence[Line]) -> list[Line]:
    """Lines whose last old one, an empty line, is not looked for: one that stays comes new then. An empty line that
    would be the last afterwards goes, too."""
    out = list(body)
    last = max(place for place, line in enumerate(out) if line.sign != "+")
    out[last : last + 1] = [Line(sign="+", text="")] if out[last].sign == " " else []
    newest = max((place for place, line in enumerate(out) if line.sign != "-"), default=None)
    if newest is not None and not out[newest].text:
        out[newest : newest + 1] = [] if out[newest].sign == "+" else [Line(sign="-", text="")]
    return out


def _rows(text: str) -> list[tuple[str, str]]:
    """Lines with their ends; the last one's is empty where the file does not end in one."""
    return [(found[1], found[2]) for found in _LINE.finditer(text) if found[0]]
