"""Cutting text for a model: characters first, then lines, with one marker that survives both. Pure."""

from dataclasses import dataclass
from typing import Literal

Keep = Literal["head_tail", "tail", "head"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How much of a text a model sees."""

    chars: int
    """Upper bound on the result, marker included; at least `ROOM`."""
    lines: int | None = None
    """Upper bound on the result's lines, the marker's one included; at least 3."""
    keep: Keep = "head_tail"


ROOM = 120
"""Space a marker always fits into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncated:
    """A text as a model sees it."""

    text: str
    removed: int
    """Characters of the original that are not in `text`; 0 when nothing was cut."""


def truncate(text: str, cut: Cut) -> Truncated:
    """`text` within both bounds. What was removed is named once, at the place where it was."""
    if len(text) <= cut.chars and (cut.lines is None or len(_whole(text)) <= cut.lines):
        return Truncated(text=text, removed=0)
    head, tail = _by_chars(text, cut)
    if cut.lines is not None:
        head, tail = _by_lines(head, tail, cut.lines - 1, cut.keep)
    removed = len(text) - len(head) - len(tail)
    return Truncated(text=f"{head}{_marker(removed, head, tail)}{tail}", removed=removed)


def _marker(removed: int, head: str, tail: str) -> str:
    """On a line of its own, whatever stands beside it."""
    before = "\n" if head and not head.endswith("\n") else ""
    after = "\n" if tail and not tail.startswith("\n") else ""
    return f"{before}[... {removed:,} characters cut here; the record of this session has them all ...]{after}"


def _by_chars(text: str, cut: Cut) -> tuple[str, str]:
    """Head and tail that leave room for the marker; on a short text the line bound alone may be what cuts."""
    room = min(len(text), max(0, cut.chars - ROOM))
    match cut.keep:
        case "head":
            return text[:room], ""
        case "tail":
            return "", text[len(text) - room :]
        case "head_tail":
            head = room // 2
            return text[:head], text[len(text) - (room - head) :]


def _by_lines(head: str, tail: str, room: int, keep: Keep) -> tuple[str, str]:
    """At most `room` lines of both together."""
    first, last = _whole(head), _whole(tail)
    if len(first) + len(last) <= room:
        return head, tail
    match keep:
        case "head":
            return "".join(first[:room]), ""
        case "tail":
            return "", "".join(last[len(last) - room :])
        case "head_tail":
            upper = min(len(first), max(room // 2, room - len(last)))
            lower = room - upper
            return "".join(first[:upper]), "".join(last[len(last) - lower :] if lower else [])


def _whole(text: str) -> list[str]:
    """Lines with their ends. Only `\\n` ends one: a shell's progress bar with `\\r` is a single line."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return [line for line in lines if line]
