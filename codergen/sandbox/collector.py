"""Collecting what one command prints, in bounded memory, and ending it for certain. The same for every backend that
starts a local process; what "everything it started" means is the backend's `Tree`."""

import asyncio
import fcntl
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import IO, Any, Literal, Protocol

from codergen.sandbox.base import OutputSink

_CHUNK = 1 << 16
_GONE_WITHIN_S = 5.0
_POLL_S = 0.005


class Tree(Protocol):
    """Everything that one command started."""

    def terminate(self) -> None:
        """Ask all of it to end (TERM)."""
        ...

    def kill(self) -> None:
        """End all of it (KILL), also what is left after the leader ended. Called while the leader is not yet reaped."""
        ...

    async def gone(self) -> None:
        """Return when nothing of it runs any more; bounded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Where collecting stops."""

    timeout_s: float
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


@dataclass(slots=True)
class Kept:
    """Head and tail of one stream; memory stays below three halves and a chunk however much comes."""

    keep: int
    total: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> None:
        self.total += len(chunk)
        room = self.keep - self.keep // 2 - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        self._tail += chunk
        if len(self._tail) > self.keep:
            self._trim()

    @property
    def dropped(self) -> int:
        return max(0, self.total - self.keep)

    def value(self) -> bytes:
        """Head and tail, with one line that says how much is missing between them."""
        self._trim()
        if not self.dropped:
            return bytes(self._head + self._tail)
        return bytes(self._head) + f"\n[... {self.dropped} bytes dropped ...]\n".encode() + bytes(self._tail)

    def _trim(self) -> None:
        half = self.keep // 2
        if len(self._tail) > half:
            del self._tail[: len(self._tail) - half]


async def until(done: Callable[[], bool], *, within_s: float) -> bool:
    """Poll the kernel every millisecond; for facts that it gives no descriptor for. False when time ran out."""
    deadline = time.monotonic() + within_s
    while not done():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.001)
    return True


class _Watch:
    """One running command as seen from the event loop: pumps its pipes, and knows when to stop."""

    def __init__(self, process: "subprocess.Popen[bytes]", bounds: Bounds, sink: OutputSink | None) -> None:
        self.loop = asyncio.get_running_loop()
        self.process, self.bounds, self.sink = process, bounds, sink
        self.ended: asyncio.Future[None] = self.loop.create_future()
        self.kept: dict[Literal["out", "err"], Kept] = {"out": Kept(bounds.keep), "err": Kept(bounds.keep)}
        self._pidfd: int | None = None
        self._poller: asyncio.TimerHandle | None = None
        self._unsent = memoryview(b"")

    @property
    def total(self) -> int:
        return sum(kept.total for kept in self.kept.values())

    def attach(self, stdin: bytes | None) -> None:
        for which, pipe in self._outputs():
            if not pipe.closed:
                os.set_blocking(pipe.fileno(), False)
                self.loop.add_reader(pipe.fileno(), self._readable, which, pipe)
        if self.process.stdin is not None:
            os.set_blocking(self.process.stdin.fileno(), False)
            self._unsent = memoryview(stdin or b"")
            self.loop.add_writer(self.process.stdin.fileno(), self._writable, self.process.stdin)
        try:
            self._pidfd = os.pidfd_open(self.process.pid)
            self.loop.add_reader(self._pidfd, self._finish)
        except (AttributeError, OSError):
            self._poll()

    def _outputs(self) -> list[tuple[Literal["out", "err"], IO[bytes]]]:
        out, err = self.process.stdout, self.process.stderr
        assert out is not None and err is not None
        return [("out", out), ("err", err)]

    def detach(self) -> None:
        """Read what already lies in the pipes, then let go of everything."""
        for which, pipe in self._outputs():
            if not pipe.closed:
                self._drain(which, pipe)
                self._close_reader(pipe)
        if self.process.stdin is not None and not self.process.stdin.closed:
            self._close_writer(self.process.stdin)
        if self._pidfd is not None:
            self.loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        if self._poller is not None:
            self._poller.cancel()

    async def ended_within(self, seconds: float) -> bool:
        await asyncio.wait({self.ended}, timeout=seconds)
        return self.ended.done()

    def exited(self) -> bool:
        """The leader is a zombie or gone; it is not reaped by asking."""
        if self.process.returncode is not None:
            return True
        if self._pidfd is not None:
            return bool(select.select([self._pidfd], [], [], 0)[0])
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def raise_sink_error(self) -> None:
        """What the caller's own callback raised, if it did."""
        if self.ended.done():
            self.ended.result()

    async def reaped(self) -> None:
        await until(lambda: self.process.poll() is not None, within_s=_GONE_WITHIN_S)

    def _finish(self, error: BaseException | None = None) -> None:
        if self._pidfd is not None:
            self.loop.remove_reader(self._pidfd)
        if self.ended.done():
            return
        if error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)

    def _poll(self) -> None:
        if self.exited():
            self._finish()
        else:
            self._poller = self.loop.call_later(_POLL_S, self._poll)

    def _readable(self, which: Literal["out", "err"], pipe: IO[bytes]) -> None:
        try:
            chunk = os.read(pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            self._close_reader(pipe)
            return
        self._take(which, chunk)

    def _take(self, which: Literal["out", "err"], chunk: bytes) -> None:
        self.kept[which].feed(chunk)
        if self.sink is not None:
            try:
                self.sink(which, chunk)
            except Exception as error:  # a caller's callback: its error ends the command and is raised from collect
                self.sink = None
                self._finish(error)
        if self.total >= self.bounds.stop_at:
            self._finish()

    def _drain(self, which: Literal["out", "err"], pipe: IO[bytes]) -> None:
        """At most one pipe's worth: a child that was left behind may write without end."""
        left = fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ) if hasattr(fcntl, "F_GETPIPE_SZ") else _CHUNK
        while left > 0:
            try:
                chunk = os.read(pipe.fileno(), min(left, _CHUNK))
            except BlockingIOError:
                return
            if not chunk:
                return
            left -= len(chunk)
            self._take(which, chunk)

    def _writable(self, pipe: IO[bytes]) -> None:
        try:
            if self._unsent:
                self._unsent = self._unsent[os.write(pipe.fileno(), self._unsent[:_CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent = memoryview(b"")
        if not self._unsent:
            self._close_writer(pipe)

    def _close_reader(self, pipe: IO[bytes]) -> None:
        self.loop.remove_reader(pipe.fileno())
        pipe.close()

    def _close_writer(self, pipe: IO[bytes]) -> None:
        self.loop.remove_writer(pipe.fileno())
        pipe.close()


async def collect(
    process: "subprocess.Popen[bytes]",
    tree: Tree,
    bounds: Bounds,
    *,
    stdin: bytes | None = None,
    on_output: OutputSink | None = None,
) -> Collected:
    """Run `process` (unbuffered pipes) to its end or to a bound. Whatever happens, also cancellation, `tree` is dead
    and the leader reaped when this returns. It ends with the leader, even while a background child holds the pipes."""
    begun = time.monotonic()
    watch = _Watch(process, bounds, on_output)
    timed_out = False
    try:
        watch.attach(stdin)
        if not await watch.ended_within(bounds.timeout_s):
            timed_out = True
            tree.terminate()
            await watch.ended_within(bounds.grace_s)
    finally:
        tree.kill()
        await _to_the_end(_bury(watch, tree))
    watch.raise_sink_error()
    out, err = watch.kept["out"], watch.kept["err"]
    return Collected(
        stdout=out.value(),
        stderr=err.value(),
        returncode=-signal.SIGKILL if process.returncode is None else process.returncode,
        timed_out=timed_out,
        truncated=bool(out.dropped or err.dropped),
        total_bytes=watch.total,
        duration_ms=round((time.monotonic() - begun) * 1000),
    )


async def _bury(watch: _Watch, tree: Tree) -> None:
    try:
        await watch.reaped()
        await tree.gone()
    finally:
        watch.detach()


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Finish `work` (bounded) although this task is cancelled meanwhile; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
