"""The time of a turn. Waiting for a person stops it, and moves the turn's deadline."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stopwatch:
    """Of one session, for one turn after the other."""

    _started: float = field(default_factory=time.monotonic)
    _waited: float = 0.0
    _waiting: int = 0
    """How many wait now: calls that run together may ask together."""
    _since: float = 0.0
    _deadline: asyncio.Timeout | None = None
    _left: float | None = None
    """Seconds to the deadline while somebody waits."""

    def start(self) -> None:
        """A turn begins."""
        self._started, self._waited, self._waiting = time.monotonic(), 0.0, 0
        self._deadline = self._left = None

    def hold(self, deadline: asyncio.Timeout) -> None:
        """What ends the turn when its time is up."""
        self._deadline = deadline

    @property
    def seconds(self) -> float:
        """Of this turn, without what was waited."""
        now = time.monotonic()
        return now - self._started - self._waited - (now - self._since if self._waiting else 0.0)

    @contextmanager
    def waiting(self) -> Generator[None, None, None]:
        """While a person is asked: time stands still."""
        if not self._waiting:
            self._stop()
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._go_on()

    def _stop(self) -> None:
        self._since = time.monotonic()
        if self._deadline is not None and (when := self._deadline.when()) is not None:
            self._left = when - asyncio.get_running_loop().time()
            self._deadline.reschedule(None)

    def _go_on(self) -> None:
        self._waited += time.monotonic() - self._since
        left, self._left = self._left, None
        if self._deadline is not None and left is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time() + left)
