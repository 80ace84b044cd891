"""Which stations there are, in which order they are tried, and which are set aside: `stations.toml`, kept by a person
or by `codergen station`. Pure values, one read, one write.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from router.errors import RosterError

FIELDS = ("kind", "model", "executable", "enabled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One station as it was set up."""

    name: str
    """What `--station` takes."""
    kind: str
    """Which station it is, e.g. `repair`, `codergen/plain`, `claude-code`."""
    model: str = ""
    """Empty is the kind's own choice. For our loop `PROVIDER:MODEL`, for a vendor's tool the vendor's id."""
    executable: str = ""
    """Of a vendor's tool; empty looks for it."""
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Entries in the order in which they are tried. Names are unique."""

    entries: tuple[Entry, ...] = ()

    def find(self, name: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.name == name), None)

    def put(self, entry: Entry) -> "Roster":
        """With `entry` in the place of its namesake, else at the end."""
        if self.find(entry.name) is None:
            return Roster(entries=(*self.entries, entry))
        return Roster(entries=tuple(entry if old.name == entry.name else old for old in self.entries))

    def drop(self, name: str) -> "Roster":
        return Roster(entries=tuple(entry for entry in self.entries if entry.name != name))

    def set_aside(self, name: str, *, enabled: bool) -> "Roster":
        """With one entry enabled or disabled; a name that is not there changes nothing."""
        found = self.find(name)
        return self if found is None else self.put(replace(found, enabled=enabled))


def read(path: Path) -> Roster | None:
    """The roster of a file; None when there is no file. Raises RosterError naming table and field."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RosterError(f"{path}: {error}") from error
    tables = cast("object", data.get("station", []))
    if not isinstance(tables, list) or data.keys() - {"station"}:
        raise RosterError(f"{path}: expected [[station]] tables and nothing else")
    roster = Roster()
    for number, table in enumerate(cast("list[Any]", tables), start=1):
        entry = _entry(f"{path}: [[station]] number {number}", table)
        if roster.find(entry.name) is not None:
            raise RosterError(f"{path}: two stations are named {entry.name!r}")
        roster = roster.put(entry)
    return roster


def _entry(where: str, table: Mapping[str, Any]) -> Entry:
    unknown = table.keys() - {"name", *FIELDS}
    if unknown:
        raise RosterError(f"{where}: unknown {', '.join(sorted(unknown))}; there are name, {', '.join(FIELDS)}")
    for field in ("name", "kind", "model", "executable"):
        if not isinstance(table.get(field, ""), str):
            raise RosterError(f"{where}: {field} = {table[field]!r} is no text")
    if not isinstance(table.get("enabled", True), bool):
        raise RosterError(f"{where}: enabled = {table['enabled']!r} is neither true nor false")
    if not table.get("name"):
        raise RosterError(f"{where}: no name")
    return Entry(**{"kind": table["name"], **table})


def write(path: Path, roster: Roster) -> None:
    """Beside the old file, then in its place: a crash leaves one of the two."""
    lines = ["# Stations in the order in which they are tried. `codergen station` keeps this file; so may you."]
    for entry in roster.entries:
        lines += ["", "[[station]]", f"name = {json.dumps(entry.name)}"]
        lines += [f"{field} = {json.dumps(getattr(entry, field))}" for field in FIELDS if getattr(entry, field) != ""]
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fresh.replace(path)
