"""Behaviours of `spawn`: how it ends, for certain and with all it started, and what runs beside it."""

import asyncio
import os
from pathlib import Path

from codergen.errors import PathEscape, ProcessEnded, SandboxDied
from codergen.sandbox.base import ExecResult, Limits
from codergen.sandbox.conformance.bench import (
    BEAT,
    PYTHON,
    Behaviour,
    Bench,
    beats,
    expect,
    expect_error,
    python_mounts,
    stands_still,
)
from codergen.sandbox.conformance.limits import FORKS
from codergen.sandbox.proctable import entries

_MIB = 1 << 20


async def spawned_endings_are_told_as_of_exec(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("data", b"text", mode=0o644)
        for argv in (
            ("/bin/sh", "-c", "exit 7"),
            ("/bin/sh", "-c", "kill -SEGV $$"),
            ("no-such-command",),
            ("./data",),
        ):
            process, _ = await box.talk(*argv)
            by_spawn, by_exec = await process.wait(), await box.run(*argv)
            expect(_ending(by_spawn) == _ending(by_exec), (argv, by_spawn, by_exec))
        process, _ = await box.talk("absent")
        expect((await process.wait()).exit_code == 127, process.result)
        process, _ = await box.talk("true", env={"A": "b\0c"})
        expect((await process.wait()).exit_code == 126, process.result)
        await expect_error(ProcessEnded, process.write(b"x"))


async def interrupt_reaches_a_spawned_tree(bench: Bench) -> None:
    async with bench.started() as box:
        process, heard = await box.talk_sh("trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done")
        await heard.until(b"ready")
        await process.interrupt()
        done = await process.wait()
        expect((done.exit_code, done.stdout) == (5, b"ready\ncaught\n"), done)
        process, heard = await box.talk_sh("echo ready; sleep 60; exit 9")
        await heard.until(b"ready")
        await process.interrupt()
        done = await asyncio.wait_for(process.wait(), 15)
        expect(done.signal == 2, done)


async def interrupt_is_not_lost_at_the_beginning(bench: Bench) -> None:
    async with bench.started() as box:
        for terminal in (None, (24, 80)):
            process, _ = await box.talk("sleep", "60", terminal=terminal)
            await process.interrupt()
            done = await asyncio.wait_for(process.wait(), 15)
            expect(done.signal == 2, done)


async def killing_ends_a_spawned_tree(bench: Bench) -> None:
    async with bench.started() as box:
        text = f"trap '' TERM; (trap '' TERM; {BEAT}) & ({BEAT}) & while :; do sleep 0.05; done"
        process, _ = await box.talk_sh(text, "beat")
        await beats(box)
        first, second = await asyncio.gather(process.kill(), process.kill())
        expect(first == second == process.result and first.signal == 9, first)
        expect(not first.timed_out, first)
        await stands_still(box)


async def killing_lets_a_spawned_command_clean_up(bench: Bench) -> None:
    async with bench.started() as box:
        process, heard = await box.talk_sh("trap 'echo bye; exit 4' TERM; echo ready; sleep 60 & wait")
        await heard.until(b"ready")
        done = await process.kill()
        expect((done.exit_code, done.stdout) == (4, b"ready\nbye\n"), done)


async def killing_ends_what_has_hardly_begun(bench: Bench) -> None:
    async with bench.started() as box:
        for terminal in (None, (24, 80)):
            process, _ = await box.talk("sleep", "60", terminal=terminal)
            done = await asyncio.wait_for(process.kill(), 15)
            expect(done.signal in {9, 15}, done)


async def nothing_outlives_a_spawned_command(bench: Bench) -> None:
    async with bench.started() as box:
        process, _ = await box.talk_sh(f"set -m; ({BEAT}) & while [ ! -s beat ]; do sleep 0.02; done", "beat")
        done = await asyncio.wait_for(process.wait(), 15)
        expect(done.exit_code == 0, done)
        await stands_still(box)


async def no_daemon_outlives_a_spawned_command(bench: Bench) -> None:
    async with bench.started() as box:
        text = "for i in $(seq 40); do printf x >> beat; sleep 0.05; done"
        process, _ = await box.talk_sh(f"setsid -f /bin/sh -c '{text}' </dev/null >/dev/null 2>&1; sleep 60")
        await beats(box)
        await process.kill()
        await stands_still(box)


async def cancelled_waiting_leaves_it_running(bench: Bench) -> None:
    async with bench.started() as box:
        process, _ = await box.talk("cat")
        waiting = asyncio.create_task(process.wait())
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.wait({waiting})
        expect(waiting.cancelled() and process.result is None, "it ended")
        await process.write(b"still here")
        await process.close_input()
        expect((await process.wait()).stdout == b"still here", process.result)


async def cancelling_at_once_leaves_nothing(bench: Bench) -> None:
    """In the very moment in which the call has started its process, and a little later."""
    async with bench.started() as box:
        before = _held()
        for steps in range(6):
            running = asyncio.create_task(box.sh("exec sleep 60", timeout_s=90))
            starting = asyncio.create_task(box.talk("sleep", "60"))
            for _ in range(steps):
                await asyncio.sleep(0)
            running.cancel()
            if not starting.cancel():
                process, _ = starting.result()
                await process.kill()
            await asyncio.wait({running, starting})
        expect(_held() == before, (_held(), before))


async def stopping_ends_what_was_spawned(bench: Bench) -> None:
    async with bench.started() as box:
        process, _ = await box.talk_sh(BEAT, "beat")
        other, _ = await box.talk("cat", terminal=(24, 80))
        await beats(box)
        await box.sandbox.stop()
        before = (box.workspace / "beat").stat().st_size
        for each in (process, other):
            await expect_error(SandboxDied, each.wait())
            await expect_error(SandboxDied, each.kill())
            await expect_error(ProcessEnded, each.write(b"x"))
            await each.interrupt()
        await asyncio.sleep(0.2)
        expect((box.workspace / "beat").stat().st_size == before, "it still runs")
        await expect_error(SandboxDied, box.talk("true"))


async def several_run_beside_exec(bench: Bench) -> None:
    async with bench.started() as box:
        one, _ = await box.talk_sh("read line; echo one $line")
        two, _ = await box.talk_sh("read line; echo two $line")
        expect((await box.sh("echo three")).stdout == b"three\n", "no exec beside them")
        await two.write(b"b\n")
        expect((await two.wait()).stdout == b"two b\n", two.result)
        expect(one.result is None, "it ended with the other")
        await one.write(b"a\n")
        expect((await one.wait()).stdout == b"one a\n", one.result)


async def spawned_processes_are_limited(bench: Bench) -> None:
    async with bench.started(mounts=python_mounts(), limits=Limits(processes=40)) as box:
        process, _ = await box.talk(*PYTHON, FORKS)
        done = await asyncio.wait_for(process.wait(), 15)
        expect(0 < int(done.stdout) <= 50, done.stdout)


async def spawned_memory_is_limited(bench: Bench) -> None:
    text = "x = bytearray(150 << 20); x[::4096] = bytes(len(x[::4096])); print('had it')"
    async with bench.started(mounts=python_mounts(), limits=Limits(memory_bytes=96 * _MIB)) as box:
        beside, _ = await box.talk("cat")
        process, _ = await box.talk(*PYTHON, text)
        done = await asyncio.wait_for(process.wait(), 15)
        expect(done.stdout == b"" and done.oom, done)
        await beside.close_input()
        expect(not (await beside.wait()).oom, "the one beside it is said to have run out of memory")


async def nothing_is_left_of_spawned_commands(bench: Bench) -> None:
    async with bench.started() as box:
        before = _held()
        for terminal in (None, (24, 80)):
            for argv in (("true",), ("no-such-command",), ("./nowhere",)):
                process, _ = await box.talk(*argv, terminal=terminal)
                await process.wait()
            process, _ = await box.talk("cat", terminal=terminal)
            await process.kill()
            await expect_error(PathEscape, box.talk("true", cwd="../..", terminal=terminal))
        expect(_held() == before, (_held(), before))


def _held() -> tuple[int, set[int]]:
    """How many descriptors we have open, and our children, zombies too."""
    return len(list(Path("/proc/self/fd").iterdir())), {entry.pid for entry in entries() if entry.parent == os.getpid()}


def _ending(done: ExecResult) -> tuple[object, ...]:
    return done.exit_code, done.signal, done.stdout, done.stderr, done.timed_out, done.truncated


BEHAVIOURS: tuple[Behaviour, ...] = (
    spawned_endings_are_told_as_of_exec,
    interrupt_reaches_a_spawned_tree,
    interrupt_is_not_lost_at_the_beginning,
    killing_ends_a_spawned_tree,
    killing_lets_a_spawned_command_clean_up,
    killing_ends_what_has_hardly_begun,
    nothing_outlives_a_spawned_command,
    no_daemon_outlives_a_spawned_command,
    cancelled_waiting_leaves_it_running,
    cancelling_at_once_leaves_nothing,
    stopping_ends_what_was_spawned,
    several_run_beside_exec,
    spawned_processes_are_limited,
    spawned_memory_is_limited,
    nothing_is_left_of_spawned_commands,
)
