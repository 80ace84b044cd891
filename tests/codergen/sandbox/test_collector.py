"""Collecting output of real shells in bounded memory."""

import os
import resource
import signal
import time

import pytest

from codergen.sandbox.base import OutputSink
from codergen.sandbox.collector import Bounds, Collected, Run
from codergen.sandbox.host import Group
from codergen.sandbox.kept import Kept
from codergen.sandbox.local import popen
from codergen.sandbox.wires import pipes, terminal

BOUNDS = Bounds(timeout_s=15, keep=1 << 20, stop_at=1 << 30, grace_s=0.5)


async def run(text: str, bounds: Bounds = BOUNDS, *, sink: OutputSink | None = None) -> Collected:
    wires = pipes(input=False)
    process = popen(("/bin/bash", "-c", text), wires, env={"PATH": "/usr/bin:/bin"})
    return await Run(process, Group(process), wires, bounds, sink).over()


@pytest.mark.parametrize("sizes", [(1, 1, 1), (9,), (10,), (11,), (5, 6), (100, 1, 100), (7, 7, 7, 7)])
@pytest.mark.parametrize("keep", [0, 1, 2, 9, 10])
def test_kept_is_head_and_tail(sizes: tuple[int, ...], keep: int) -> None:
    data = bytes(range(256))[: sum(sizes)]
    kept, at = Kept(keep), 0
    for size in sizes:
        kept.feed(data[at : at + size])
        at += size
    if len(data) <= keep:
        assert kept.value() == data
        return
    head, tail = keep - keep // 2, keep // 2
    marker = b"\n[... %d bytes dropped ...]\n" % (len(data) - keep)
    assert kept.value() == data[:head] + marker + data[len(data) - tail :]
    assert kept.total == len(data)


async def test_600_mb_stay_out_of_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = await run("head -c 600000000 /dev/zero")
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert done.total_bytes == 600_000_000
    assert done.truncated
    assert grown_kib < 32 * 1024


async def test_endless_output_ends_with_the_timeout() -> None:
    begun = time.monotonic()
    done = await run("yes", Bounds(timeout_s=0.5, keep=1000, stop_at=1 << 40))
    assert done.timed_out
    assert done.truncated
    assert time.monotonic() - begun < 8


async def test_grace_is_given_and_then_ends() -> None:
    begun = time.monotonic()
    done = await run(
        "trap '' TERM; (trap '' TERM; sleep 30) & sleep 30; sleep 30",
        Bounds(timeout_s=0.2, keep=1, stop_at=9, grace_s=0.5),
    )
    assert done.timed_out
    assert done.returncode == -signal.SIGKILL
    assert 0.6 < time.monotonic() - begun < 8


async def test_what_lies_in_the_pipe_at_the_end_is_read() -> None:
    done = await run("head -c 60000 /dev/zero; sleep 20 & exit 3")
    assert (done.returncode, done.total_bytes) == (3, 60_000)


async def test_writer_left_behind_cannot_hold_us() -> None:
    done = await run("yes & sleep 0.1")
    assert done.returncode == 0
    assert not done.timed_out


@pytest.mark.parametrize("kind", ["pipes", "terminal"])
async def test_no_descriptor_and_no_zombie_stays(kind: str) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    wires = pipes(input=True) if kind == "pipes" else terminal(24, 80)
    process = popen(("/bin/true",), wires, env={})
    run = Run(process, Group(process), wires, BOUNDS, None)
    assert run.feed is not None
    run.feed.give(b"unread")
    await run.over()
    assert process.returncode == 0
    assert sorted(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("kind", ["pipes", "terminal"])
def test_no_descriptor_stays_of_what_cannot_be_started(kind: str) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    with pytest.raises(FileNotFoundError):
        popen(("/no/such/command",), pipes(input=True) if kind == "pipes" else terminal(24, 80), env={})
    assert sorted(os.listdir("/proc/self/fd")) == before
