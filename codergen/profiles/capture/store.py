"""Captured profiles on disk: the user's data folder, one document a capture, the newest two told apart.

They hold a vendor's own words: kept with the user, never shipped, only ever sent to that vendor.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from codergen.errors import UsageError
from codergen.profiles.capture.observe import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A call of the standard session whose result was not learned."""

    call: str
    """Name and arguments, cut."""
    why: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What was learned in one capture."""

    family: str
    version: str
    """Of the vendor's tool."""
    dated: date
    model: str
    params: Mapping[str, Any]
    texts: tuple[Text, ...]
    """With `@CWD@` and the like for what differs from run to run."""
    tools: tuple[Mapping[str, Any], ...]
    wording: Mapping[str, str]
    """Case -> template."""
    calls: int = 0
    """Of the standard session."""
    misses: tuple[Miss, ...] = ()
    lacking: tuple[str, ...] = field(default=())
    """Tools that it offers and that we do not have."""


_CODEC = TypeAdapter(Captured)


def folder(data: Path, family: str) -> Path:
    return data / "profiles" / family


def save(data: Path, captured: Captured) -> Path:
    """Keep it as the newest; the one before stays. Returns where. Readable by its owner only."""
    place = folder(data, captured.family)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    newest, before = place / "captured.json", place / "before.json"
    if newest.exists():
        newest.replace(before)
    part = place / "captured.json.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(_CODEC.dump_json(captured, indent=1) + b"\n")
    part.replace(newest)
    return newest


def load(data: Path, family: str, *, before: bool = False) -> Captured | None:
    """The newest capture, or the one before it; None when there is none. Raises UsageError for a damaged one."""
    path = folder(data, family) / ("before.json" if before else "captured.json")
    try:
        return _CODEC.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise UsageError(
            f"{path} cannot be read: {error.errors()[0]['msg']}", remedy=f"codergen profile capture {family}"
        ) from error
