"""One sample replayed, as data. What a family's replay gives; tests and the acceptance report read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codergen.tools.wording import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    name: str
    """Position and tool, e.g. `07 read_file`."""
    call: Mapping[str, Any]
    """As recorded."""
    ours: str
    vendor: str
    """With the varying parts (paths, ids) as they are in the replay."""
    said: Said | None
    structure_ok: bool
    """Equal but for prose."""
    bytes_ok: bool
    """Equal in the vendor's words, which were learned from this very sample, but for fields that vary."""
    note: str = ""
    """Why it is not, or what was not compared."""
