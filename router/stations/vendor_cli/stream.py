"""Bytes of a tool's standard output to steps and events, as they come. No I/O: it is fed."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from codergen.events import Emit
from router.stations.vendor_cli.events import events_of
from router.stations.vendor_cli.reading import Reading
from router.stations.vendor_cli.vendor import Reader

LONGEST = 16 << 20
"""Bytes of one line. Records with whole files in them are long; what is longer is no record."""
_FOREIGN_KEPT = 5


@dataclass(slots=True, kw_only=True)
class Stream:
    """An `OutputSink`. Each step is in `reading` before it is shown."""

    reader: Reader
    emit: Emit
    clock: Callable[[], float] = time.monotonic
    reading: Reading = field(default_factory=Reading)
    began: float = field(init=False)
    heard: float = field(init=False)
    """When anything last came."""
    _rest: bytearray = field(default_factory=bytearray)
    _skipping: bool = False

    def __post_init__(self) -> None:
        self.began = self.heard = self.clock()

    def __call__(self, which: Literal["out", "err"], data: bytes) -> None:
        self.heard = self.clock()
        if which == "out":
            self._rest += data
            *lines, rest = self._rest.split(b"\n")
            self._rest = bytearray(rest)
            for line in lines:
                self._line(bytes(line))
            if len(self._rest) > LONGEST:
                self._rest.clear()
                self._skipping = True

    def close(self) -> None:
        """Take a last line that has no end."""
        if self._rest:
            self._line(bytes(self._rest))
            self._rest.clear()

    def _line(self, line: bytes) -> None:
        if self._skipping:
            self._skipping = False
            self._foreign("a line of more than 16 MiB")
            return
        if not line.strip():
            return
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            self._take(cast("dict[str, Any]", record))
        else:
            self._foreign(line[:200].decode("utf-8", "replace"))

    def _take(self, record: dict[str, Any]) -> None:
        for step in self.reader.read(record):
            self.reading.take(step)
            for event in events_of(step, self.reading, self.clock() - self.began):
                self.emit(event)

    def _foreign(self, text: str) -> None:
        if len(self.reading.foreign) < _FOREIGN_KEPT:
            self.reading.foreign.append(text)
