"""A server that is a program: its standard input and output, one JSON-RPC message a line. What it writes is bounded."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, jsonrpc_message_adapter

from codergen.tools.mcp.config import Server

LONGEST_LINE = 16 << 20
UNASKED = 5_000
"""Lines since the last one that it was sent; one that writes more floods."""
_UNUSED = frozenset({"notifications/message", "notifications/progress"})
_PATIENCE = 2.0
"""Seconds to end by itself once its input has ended, and once more after SIGTERM."""

Incoming = SessionMessage | Exception
Streams = tuple[MemoryObjectReceiveStream[Incoming], MemoryObjectSendStream[SessionMessage]]


@asynccontextmanager
async def piped(server: Server, ended: Callable[[str], None]) -> AsyncGenerator[Streams]:
    """The program runs as long as this is open; `ended` is told once when it writes no more, with the reason. Raises
    OSError where it cannot be started."""
    process = await asyncio.create_subprocess_exec(
        *server.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=dict(server.env), cwd=server.cwd, start_new_session=True, limit=LONGEST_LINE,
    )  # fmt: skip
    to_us, read = anyio.create_memory_object_stream[Incoming](0)
    write, from_us = anyio.create_memory_object_stream[SessionMessage](0)
    pipe = _Pipe(process, ended)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pipe.read, to_us)
            tasks.start_soon(pipe.write, from_us)
            tasks.start_soon(pipe.listen)
            try:
                yield read, write
            finally:
                tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)
        for stream in (to_us, read, write, from_us):
            stream.close()


class _Pipe:
    def __init__(self, process: asyncio.subprocess.Process, ended: Callable[[str], None]) -> None:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self._process, self._ended = process, ended
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._unasked = 0
        self._last = b""

    async def read(self, to_us: MemoryObjectSendStream[Incoming]) -> None:
        why = ""
        try:
            while not why:
                why = await self._line(to_us)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass  # we are the one who closes
        finally:
            to_us.close()
            if why:
                _signal(self._process, signal.SIGKILL)
                self._ended(why)

    async def _line(self, to_us: MemoryObjectSendStream[Incoming]) -> str:
        """Pass one line on; why there is no other."""
        try:
            line = await self._stdout.readline()
        except ValueError:
            return f"it wrote a line of more than {LONGEST_LINE:,} bytes"
        if not line:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._process.wait()
            return self._exit()
        self._unasked += 1
        if self._unasked > UNASKED:
            return f"it wrote {UNASKED:,} lines that nobody asked for"
        try:
            message = jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValueError as error:
            await to_us.send(error)
            return ""
        if not isinstance(message, JSONRPCNotification) or message.method not in _UNUSED:
            await to_us.send(SessionMessage(message))
        return ""

    def _exit(self) -> str:
        status = self._process.returncode
        how = "it closed its output" if status is None else f"it ended with status {status}"
        said = self._last.decode("utf-8", "replace").strip().splitlines()
        return f"{how}; its last words: {said[-1][:300]}" if said else how

    async def write(self, from_us: MemoryObjectReceiveStream[SessionMessage]) -> None:
        async for message in from_us:
            self._unasked = 0
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            with suppress(OSError):  # that nobody reads any more is told by the end of its output
                self._stdin.write(text.encode() + b"\n")
                await self._stdin.drain()

    async def listen(self) -> None:
        """Its last words, for people."""
        while chunk := await self._stderr.read(4096):
            self._last = (self._last + chunk)[-4096:]


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """To everything it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            _signal(process, number)
        else:
            break
    else:
        await process.wait()
    _signal(process, signal.SIGKILL)
    transport = getattr(process, "_transport", None)  # nothing public closes pipes that still hold unread output
    if isinstance(transport, asyncio.SubprocessTransport):
        transport.close()
