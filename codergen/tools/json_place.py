"""Where in a text of JSON a field's value stands, counted as parsers count that stop there. Pure."""

import json
from dataclasses import dataclass

_BETWEEN = " \t\r\n,:"


@dataclass(frozen=True, slots=True)
class Place:
    line: int = 1
    column: int = 0
    """Characters of the line before the place."""


def place(text: str, name: str | None) -> Place:
    """The end of the value of one of the outermost object's fields, or its beginning where that is an array or object
    itself. The end of all for None, and for a field that is not there. Never raises."""
    end = _end(text, name) if name is not None else None
    before = text.rstrip()[:end]
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1))


def _end(text: str, name: str) -> int | None:
    decoder = json.JSONDecoder()
    at = _past(text, text.find("{") + 1)
    try:
        while at < len(text) and text[at] == '"':
            key, at = decoder.raw_decode(text, at)
            begin = _past(text, at)
            value, at = decoder.raw_decode(text, begin)
            if key == name:
                return begin if isinstance(value, list | dict) else at
            at = _past(text, at)
    except (ValueError, RecursionError):
        return None
    return None


def _past(text: str, at: int) -> int:
    """Over what stands between values."""
    while at < len(text) and text[at] in _BETWEEN:
        at += 1
    return at
