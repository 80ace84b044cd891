"""The forwarder as a program: bytes, ends and signals in both directions. What it does in a box: router/credentials."""

import ast
import asyncio
import signal
import socket
import sys
import time
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from codergen.tools.check import INSIDE

FORWARD = INSIDE / "forward.py"
Served = Callable[[StreamReader, StreamWriter], Awaitable[None]]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


async def forward(port: int, path: Path, *command: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-S",
        str(FORWARD),
        str(port),
        str(path),
        "--",
        *command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def connect(port: int) -> tuple[StreamReader, StreamWriter]:
    for _ in range(200):
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
    raise TimeoutError


@asynccontextmanager
async def gate(path: Path, served: Served) -> AsyncGenerator[None]:
    server = await asyncio.start_unix_server(served, path)
    try:
        yield
    finally:
        server.close()


@asynccontextmanager
async def running(path: Path) -> AsyncGenerator[int]:
    """A forwarder whose command lasts as long as the block."""
    port = free_port()
    process = await forward(port, path, "sleep", "60")
    try:
        yield port
    finally:
        process.terminate()
        await process.communicate()


async def back(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_bytes_pass_both_ways_and_in_number(tmp_path: Path) -> None:
    async with gate(tmp_path / "s", back), running(tmp_path / "s") as port:

        async def one(content: bytes) -> bool:
            reader, writer = await connect(port)
            writer.write(content)
            writer.write_eof()
            seen = await reader.read()
            writer.close()
            return seen == content

        assert all(await asyncio.gather(*(one(bytes([n]) * 300_000) for n in range(20))))


async def test_pieces_are_not_gathered(tmp_path: Path) -> None:
    async def drip(_: StreamReader, writer: StreamWriter) -> None:
        for _ in range(6):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.close()

    async with gate(tmp_path / "s", drip), running(tmp_path / "s") as port:
        reader, writer = await connect(port)
        at: list[float] = []
        while await reader.read(100):
            at.append(time.monotonic())
        writer.close()
    assert len(at) >= 5
    assert at[-1] - at[0] > 0.35


async def test_a_hang_up_is_passed_on(tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def listen(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()
        ended.set()
        writer.close()

    async with gate(tmp_path / "s", listen), running(tmp_path / "s") as port:
        _, writer = await connect(port)
        writer.write(b"half a request")
        writer.close()
        await asyncio.wait_for(ended.wait(), 5)
    assert ended.is_set()


async def test_a_cut_is_passed_on(tmp_path: Path) -> None:
    async def cut(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"half an answer")
        writer.close()

    async with gate(tmp_path / "s", cut), running(tmp_path / "s") as port:
        reader, writer = await connect(port)
        writer.write(b"request")
        assert await asyncio.wait_for(reader.read(), 5) == b"half an answer"
        writer.close()


async def test_a_proxy_that_is_gone_is_a_502_and_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path / "s") as port:
        reader, writer = await connect(port)
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello")
        answer = await asyncio.wait_for(reader.read(), 5)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 502 ")
        assert f"Content-Length: {len(body)}".encode() in head
        writer.close()
        async with gate(tmp_path / "s", back):
            reader, writer = await connect(port)
            writer.write(b"again")
            assert await reader.read(5) == b"again"
            writer.close()


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (("sh", "-c", "exit 7"), 7, b""),
        (("sh", "-c", "kill -9 $$"), 137, b""),
        (("cat",), 0, b""),  # its input is closed, although ours is not
        (("no-such-program",), 127, b"no-such-program: No such file or directory\n"),
        (("/etc/passwd",), 126, b"/etc/passwd: Permission denied\n"),
    ],
)
async def test_it_ends_as_the_command_ends(command: tuple[str, ...], code: int, said: bytes, tmp_path: Path) -> None:
    process = await forward(free_port(), tmp_path / "s", *command)
    assert await asyncio.wait_for(process.wait(), 10) == code
    assert process.stderr is not None
    assert await process.stderr.read() == said


async def test_signals_go_to_the_command(tmp_path: Path) -> None:
    process = await forward(
        free_port(), tmp_path / "s", "sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done"
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 9


async def test_a_signal_before_the_command_began_reaches_it_too(tmp_path: Path) -> None:
    """Sent as soon as the port is taken, so before, while and after the command is started."""
    codes = list[int]()
    for wait in range(12):
        port = free_port()
        process = await forward(port, tmp_path / "s", "sleep", "60")
        while not listens(port):
            await asyncio.sleep(0)
        await asyncio.sleep(wait / 4000)
        process.send_signal(signal.SIGTERM)
        codes.append(await asyncio.wait_for(process.wait(), 10))
    assert codes == [128 + signal.SIGTERM] * 12


async def test_a_port_that_is_taken_starts_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = await forward(taken.getsockname()[1], tmp_path / "s", "touch", str(tmp_path / "started"))
        assert await process.wait() == 125
    assert not (tmp_path / "started").exists()
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", str(FORWARD), "8787", "s", "x", stderr=PIPE)
    assert await process.wait() == 125


def test_it_reads_as_python_3_8() -> None:
    tree = ast.parse(FORWARD.read_text(), feature_version=(3, 8))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert names <= sys.stdlib_module_names
