"""What is on its way into a command: in order, never blocking the event loop, never more than was asked for."""

import asyncio
import os
import signal
import termios
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from codergen.errors import ProcessEnded

_CHUNK = 1 << 16
_NOTHING = b"\0"
"""How a terminal says that a special character is switched off."""


@dataclass(slots=True)
class _Part:
    left: memoryview
    sent: "asyncio.Future[None]"


class Feed:
    """One command's stdin. `fd` is ours and does not block; it is closed at the end of input or by `close`."""

    def __init__(self, fd: int, *, is_terminal: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._fd: int | None = fd
        self.is_terminal = is_terminal
        self._parts: deque[_Part] = deque()
        self._finished = False
        self._in_line = False
        """A line was begun on the terminal, so that one end of transmission only hands that over."""

    async def write(self, data: bytes) -> None:
        """Returns when the command's side has taken all of it; cancelled, what is left of it is not sent. Raises
        ProcessEnded when nobody reads."""
        if self._fd is None or self._finished:
            raise ProcessEnded("its input is closed")
        if data:
            self._in_line = not data.endswith((b"\n", b"\r"))
            await self._put(data)

    async def finish(self) -> None:
        """The end of input, after what was written before."""
        if self._fd is None or self._finished:
            return
        self._finished = True
        if not self.is_terminal and not self._parts:
            self.close()
            return
        end = self._character(termios.VEOF)
        with suppress(ProcessEnded):
            await self._put(end * 2 if self._in_line else end)

    def give(self, data: bytes) -> None:
        """All there will ever be, for nobody to wait for; a command that does not read it all does no harm."""
        self._finished = True
        self._put(data)

    def interrupt(self) -> None:
        """What the interrupt key does on a terminal, also where what was typed before it waits for a reader."""
        if self._fd is None:
            return
        with suppress(OSError):
            if not termios.tcgetattr(self._fd)[3] & termios.ISIG:
                os.write(self._fd, self._character(termios.VINTR))
            elif (job := os.tcgetpgrp(self._fd)) > 0:  # 0 would be our own
                os.killpg(job, signal.SIGINT)

    def has_job(self) -> bool:
        """Somebody is in front of the terminal."""
        with suppress(OSError):
            return self._fd is None or os.tcgetpgrp(self._fd) > 0
        return False

    def close(self) -> None:
        """Let go; whoever waits hears ProcessEnded. Idempotent."""
        if self._fd is not None:
            self._loop.remove_writer(self._fd)
            os.close(self._fd)
            self._fd = None
        while self._parts:
            if not (sent := self._parts.popleft().sent).done():
                sent.set_exception(ProcessEnded("it reads no more"))
                sent.exception()  # of what was given, nobody asks

    def _put(self, data: bytes) -> "asyncio.Future[None]":
        assert self._fd is not None
        part = _Part(memoryview(data), self._loop.create_future())
        if not self._parts:
            self._loop.add_writer(self._fd, self._writable)
        self._parts.append(part)
        return part.sent

    def _writable(self) -> None:
        assert self._fd is not None
        while self._parts:
            part = self._parts[0]
            if part.left and not part.sent.cancelled():
                try:
                    part.left = part.left[os.write(self._fd, part.left[:_CHUNK]) :]
                except BlockingIOError:
                    return
                except OSError:
                    self.close()
                    return
                if part.left:
                    return
            self._parts.popleft()
            if not part.sent.done():
                part.sent.set_result(None)
        self._loop.remove_writer(self._fd)
        if self._finished and not self.is_terminal:
            self.close()

    def _character(self, which: int) -> bytes:
        """The terminal's special character, as the command has set it now; empty when it has none."""
        if self._fd is None or not self.is_terminal:
            return b""
        character = termios.tcgetattr(self._fd)[6][which]
        assert isinstance(character, bytes)
        return b"" if character == _NOTHING else character
