"""Ends a run from outside: too many answers or tokens, too long a silence, a gate that was closed for good."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Literal

from codergen.sandbox.base import ExecResult
from router.credentials.gateway import Gateway
from router.stations.vendor_cli.ending import Stopped
from router.stations.vendor_cli.stream import Stream


@dataclass(slots=True, kw_only=True)
class Watch:
    """The `OutputSink` of a run: passes on to `stream` and looks at what it read."""

    stream: Stream
    answers: int
    """Of the model; one more ends the run."""
    silence_s: float | None
    """Longest time without output while no command of the tool's runs; None is no limit."""
    tokens: int | None
    """Of all answers; None is no limit. Looked at after each piece of output."""
    gate: Gateway
    _many: asyncio.Event = field(default_factory=asyncio.Event)
    _much: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, which: Literal["out", "err"], data: bytes) -> None:
        self.stream(which, data)
        if self.stream.reading.answers > self.answers:
            self._many.set()
        if self.tokens is not None and self.gate.ledger().usage.total > self.tokens:
            self._much.set()

    async def over(self, work: Awaitable[ExecResult]) -> tuple[ExecResult | None, Stopped]:
        """What the command came to, or None and why it was ended. However this returns, the command is gone."""
        running = asyncio.ensure_future(work)
        ends: dict[asyncio.Future[Any], Stopped] = {
            asyncio.ensure_future(self._many.wait()): "turns",
            asyncio.ensure_future(self._much.wait()): "tokens",
            asyncio.ensure_future(self.gate.stopped()): "gate",
            asyncio.ensure_future(self._silence()): "idle",
        }
        try:
            await asyncio.wait({running, *ends}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                return running.result(), ""
            return None, next(why for end, why in ends.items() if end.done())
        finally:
            for task in (running, *ends):
                task.cancel()
            await asyncio.gather(running, *ends, return_exceptions=True)

    async def _silence(self) -> None:
        """Returns when the tool has been silent for too long."""
        if self.silence_s is None:
            await asyncio.Event().wait()
            return
        while True:
            busy = self.stream.reading.working
            left = self.silence_s - (0 if busy else self.stream.clock() - self.stream.heard)
            if left <= 0:
                return
            await asyncio.sleep(left)
