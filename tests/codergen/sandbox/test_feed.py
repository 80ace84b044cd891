"""What is written to a command, against a real pipe that nobody or somebody reads."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from codergen.errors import ProcessEnded
from codergen.sandbox.feed import Feed

MUCH = bytes(range(256)) * 4096


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Reading and writing end; the latter is the feed's to close."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    yield reading, writing
    os.close(reading)


async def read(fd: int) -> bytes:
    """To the end."""
    chunks: list[bytes] = []
    while chunk := await asyncio.to_thread(os.read, fd, 1 << 16):
        chunks.append(chunk)
    return b"".join(chunks)


async def test_writers_take_turns_and_the_end_comes_last(pipe: tuple[int, int]) -> None:
    feed = Feed(pipe[1], is_terminal=False)
    async with asyncio.TaskGroup() as group:
        for data in (MUCH, b"", b"two", MUCH):
            group.create_task(feed.write(data))
        await asyncio.sleep(0)
        group.create_task(feed.finish())
        got = group.create_task(read(pipe[0]))
    assert got.result() == MUCH + b"two" + MUCH


async def test_nothing_follows_the_end(pipe: tuple[int, int]) -> None:
    feed = Feed(pipe[1], is_terminal=False)
    await feed.finish()
    await feed.finish()
    with pytest.raises(ProcessEnded):
        await feed.write(b"x")
    assert await read(pipe[0]) == b""


async def test_the_rest_of_a_cancelled_writing_is_not_sent(pipe: tuple[int, int]) -> None:
    feed = Feed(pipe[1], is_terminal=False)
    writing = asyncio.create_task(feed.write(b"x" * (1 << 20)))
    await asyncio.sleep(0.05)
    writing.cancel()
    async with asyncio.TaskGroup() as group:
        got = group.create_task(read(pipe[0]))
        await feed.write(b"y")
        await feed.finish()
    taken = got.result()
    assert taken.endswith(b"xy")
    assert len(taken) < 1 << 20


async def test_waiting_writers_hear_that_nobody_reads() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    feed = Feed(writing, is_terminal=False)
    waiting = [asyncio.create_task(feed.write(MUCH)) for _ in range(2)]
    await asyncio.sleep(0.05)
    os.close(reading)
    assert all(isinstance(end, ProcessEnded) for end in await asyncio.gather(*waiting, return_exceptions=True))


async def test_what_is_given_may_stay_unread() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    feed = Feed(writing, is_terminal=False)
    feed.give(MUCH)
    await asyncio.sleep(0.01)
    feed.close()
    feed.close()
    assert len(await read(reading)) < len(MUCH)
    os.close(reading)
