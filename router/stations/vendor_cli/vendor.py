"""What one vendor's tool has to tell, so that the shared runner can start it, read it and end it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from codergen.sandbox.base import ExecResult, Mount
from router.stations.vendor_cli.reading import Reading
from router.stations.vendor_cli.steps import Step

ROOT = "/opt/cli"
"""Where the tool stands inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One run."""

    prompt: str
    placeholder: str
    """The only key that the tool ever sees."""
    model: str
    """Empty takes the vendor's default."""
    allowed: frozenset[str]
    """Of the packet's tool names."""
    turns: int
    usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How the tool is started in a sandbox."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    path: tuple[str, ...] = ()
    """Folders inside, put first on PATH."""
    home: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Files below HOME."""


class Reader(Protocol):
    """Reads one run's stream; made anew for each."""

    def read(self, record: Mapping[str, Any]) -> Sequence[Step]:
        """The steps in one JSON line. Unknown records give none. Raises nothing for foreign shapes."""
        ...


class Vendor(Protocol):
    """One vendor's tool: data and pure functions."""

    @property
    def name(self) -> str:
        """Station id."""
        ...

    @property
    def api(self) -> str:
        """What it speaks, as `providers.registry` names it."""
        ...

    @property
    def program(self) -> str:
        """What is looked for on PATH."""
        ...

    @property
    def package(self) -> str:
        """The npm package."""
        ...

    @property
    def key(self) -> str:
        """Variable that holds the vendor's API key outside."""
        ...

    @property
    def structured(self) -> bool:
        """It can be made to end with an answer of a given schema; others are asked for it in words."""
        ...

    @property
    def silence_s(self) -> float | None:
        """How long it may print nothing while no command of its runs; None for one that prints whole items only."""
        ...

    def locate(self, found: Path) -> Path | None:
        """The file to run, from a launcher or package folder; None when it is not there."""
        ...

    def mounts(self, binary: Path) -> tuple[Mount, ...]:
        """What has to be shown inside, read-only."""
        ...

    def refusal(self, allowed: frozenset[str]) -> str:
        """Why the tool cannot be held to these tools; empty when it can."""
        ...

    def launch(self, order: Order) -> Launch:
        """How it is started for this run."""
        ...

    def version_argv(self, binary: Path) -> tuple[str, ...]:
        """A command for the host that prints the version."""
        ...

    def reader(self, inside: str) -> Reader:
        """For one run in a workspace that stands at `inside`."""
        ...

    def set_up_wrongly(self, reading: Reading, run: ExecResult) -> str:
        """What shows that the tool could not work at all here although it may have ended with 0; empty when nothing."""
        ...
