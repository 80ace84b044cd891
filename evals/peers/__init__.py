"""The vendors' command-line tools at pinned versions, for the tests marked `peers`. They live in the cache."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from router.stations.vendor_cli.binary import PEERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One tool."""

    station: str
    package: str
    version: str

    def folder(self, cache: Path) -> Path:
        """Where it is installed; `router.stations.vendor_cli.binary.find` looks there."""
        return cache / PEERS / f"{self.station}-{self.version}"


def pinned() -> tuple[Peer, ...]:
    """The tools in `peers.toml`."""
    table = tomllib.loads(files(__name__).joinpath("peers.toml").read_text(encoding="utf-8"))
    return tuple(
        Peer(station=name, package=row["package"], version=row["version"]) for name, row in table["peer"].items()
    )
