"""Collecting what one command prints, in bounded memory, and ending it for certain. The same for every backend that
starts a local process; what "everything it started" means is the backend's `Tree`."""

import asyncio
import fcntl
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass

from codergen.sandbox.base import OutputSink
from codergen.sandbox.feed import Feed
from codergen.sandbox.kept import Kept
from codergen.sandbox.tree import Tree, to_the_end, until
from codergen.sandbox.wires import Stream, Wires

_CHUNK = 1 << 16
_BEGUN_WITHIN_S = 2.0
_GONE_WITHIN_S = 5.0
_POLL_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where collecting stops."""

    timeout_s: float | None
    keep: int
    """Bytes kept per stream, half from the head, half from the tail."""
    stop_at: int
    """Bytes on both streams after which the command is ended."""
    grace_s: float = 2.0
    """Between TERM and KILL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What came out."""

    stdout: bytes
    stderr: bytes
    returncode: int
    """As `subprocess` has it: negative for a signal."""
    timed_out: bool
    truncated: bool
    total_bytes: int
    duration_ms: int


class Run:
    """One running command as seen from the event loop: pumps its wires, and knows when to stop."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", tree: Tree, wires: Wires, bounds: Bounds, sink: OutputSink | None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._process, self._tree, self._bounds, self._sink = process, tree, bounds, sink
        self._begun = time.monotonic()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._asked: asyncio.Future[None] = self._loop.create_future()
        self._kept: dict[Stream, Kept] = {"out": Kept(bounds.keep), "err": Kept(bounds.keep)}
        self._outputs: dict[int, Stream] = {fd: which for which, fd in wires.outputs}
        self._pidfd: int | None = None
        self._poller: asyncio.TimerHandle | None = None
        self.feed = None if wires.input is None else Feed(wires.input, is_terminal=wires.is_terminal)

    async def over(self) -> Collected:
        """The command's end, by itself or at a bound. Whatever happens, also cancellation, `tree` is dead and the
        leader reaped when this returns. It ends with the leader, even while a background child holds the wires."""
        timed_out = False
        try:
            self._attach()
            either = {self._ended, self._asked}
            await asyncio.wait(either, timeout=self._bounds.timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if not self._ended.done():
                timed_out = not self._asked.done()
                self._tree.send(signal.SIGTERM)
                await asyncio.wait({self._ended}, timeout=self._bounds.grace_s)
        finally:
            self._tree.kill()
            await to_the_end(self._bury())
        if self._ended.done():
            self._ended.result()  # what the caller's own callback raised, if it did
        return self._collected(timed_out=timed_out)

    def ask_to_end(self) -> None:
        """TERM, and KILL after the grace."""
        if not self._asked.done():
            self._asked.set_result(None)

    async def interrupt(self) -> None:
        """To whom it concerns, once they are there: a sandbox takes its time to begin."""
        feed = self.feed if self.feed is not None and self.feed.is_terminal else None
        begun = self._tree.begun if feed is None else feed.has_job
        await until(lambda: self._ended.done() or begun(), within_s=_BEGUN_WITHIN_S)
        if not self._ended.done():
            if feed is None:
                self._tree.send(signal.SIGINT)
            else:
                feed.interrupt()

    def _attach(self) -> None:
        for fd in self._outputs:
            self._loop.add_reader(fd, self._readable, fd)
        try:
            self._pidfd = os.pidfd_open(self._process.pid)
            self._loop.add_reader(self._pidfd, self._finish)
        except (AttributeError, OSError):
            self._poll()

    async def _bury(self) -> None:
        try:
            await until(lambda: self._process.poll() is not None, within_s=_GONE_WITHIN_S)
            await self._tree.gone()
        finally:
            self._detach()

    def _detach(self) -> None:
        """Read what already lies in the wires, then let go of everything."""
        for fd in list(self._outputs):
            self._drain(fd)
            self._close(fd)
        if self.feed is not None:
            self.feed.close()
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        if self._poller is not None:
            self._poller.cancel()

    def _collected(self, *, timed_out: bool) -> Collected:
        out, err = self._kept["out"], self._kept["err"]
        code = self._process.returncode
        return Collected(
            stdout=out.value(),
            stderr=err.value(),
            returncode=-signal.SIGKILL if code is None else code,
            timed_out=timed_out,
            truncated=bool(out.dropped or err.dropped),
            total_bytes=out.total + err.total,
            duration_ms=round((time.monotonic() - self._begun) * 1000),
        )

    def _exited(self) -> bool:
        """The leader is a zombie or gone; it is not reaped by asking."""
        if self._process.returncode is not None:
            return True
        if self._pidfd is not None:
            return bool(select.select([self._pidfd], [], [], 0)[0])
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _finish(self, error: BaseException | None = None) -> None:
        if self._pidfd is not None:
            self._loop.remove_reader(self._pidfd)
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)

    def _poll(self) -> None:
        if self._exited():
            self._finish()
        else:
            self._poller = self._loop.call_later(_POLL_S, self._poll)

    def _readable(self, fd: int) -> None:
        if (chunk := _read(fd, _CHUNK)) is not None and not self._take(fd, chunk):
            self._close(fd)

    def _take(self, fd: int, chunk: bytes) -> bool:
        """Whether anything came."""
        which = self._outputs[fd]
        self._kept[which].feed(chunk)
        if self._sink is not None and chunk:
            try:
                self._sink(which, chunk)
            except Exception as error:  # a caller's callback: its error ends the command and is raised from `over`
                self._sink = None
                self._finish(error)
        if sum(kept.total for kept in self._kept.values()) >= self._bounds.stop_at:
            self._finish()
        return bool(chunk)

    def _drain(self, fd: int) -> None:
        """At most one pipe's worth: a child that was left behind may write without end."""
        left = _capacity(fd)
        while left > 0 and (chunk := _read(fd, min(left, _CHUNK))):
            left -= len(chunk)
            self._take(fd, chunk)

    def _close(self, fd: int) -> None:
        self._loop.remove_reader(fd)
        del self._outputs[fd]
        os.close(fd)


def _read(fd: int, size: int) -> bytes | None:
    """Empty at the end, None while there is nothing."""
    try:
        return os.read(fd, size)
    except BlockingIOError:
        return None
    except OSError:  # a terminal that nobody holds any more
        return b""


def _capacity(fd: int) -> int:
    try:
        return fcntl.fcntl(fd, fcntl.F_GETPIPE_SZ)
    except (AttributeError, OSError):  # a terminal
        return _CHUNK
