"""Behaviours of `spawn` by pipes: talking, ending, and that it changes nothing for the commands beside it."""

import asyncio
import os
from pathlib import Path
from typing import Literal

from codergen.errors import PathEscape, ProcessEnded, SandboxDied
from codergen.sandbox.base import ExecResult, Limits, SpawnRequest
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


async def spawned_command_is_talked_to(bench: Bench) -> None:
    async with bench.started() as box:
        process, heard = await box.talk("cat")
        for line in (b"one\n", b"two\n"):
            await process.write(line)
            await heard.until(line)
        expect(process.result is None, process.result)
        await process.close_input()
        await process.close_input()
        done = await process.wait()
        expect((done.exit_code, done.stdout) == (0, b"one\ntwo\n"), done)
        expect(process.result == done, process.result)


async def spawned_streams_are_apart_and_live(bench: Bench) -> None:
    async with bench.started() as box:
        process, heard = await box.talk_sh("echo out; echo err >&2; read line; echo $line")
        await heard.until(b"out\n")
        await heard.until(b"err\n", "err")
        expect(process.result is None, "nothing was seen before the end")
        await process.write(b"later\n")
        done = await process.wait()
        expect((done.stdout, done.stderr) == (b"out\nlater\n", b"err\n"), done)
        expect((heard.of("out"), heard.of("err")) == (done.stdout, done.stderr), heard)


async def spawned_command_may_write_to_itself_by_name(bench: Bench) -> None:
    """As scripts do; the same for `exec`."""
    text = "echo a > /dev/stdout; echo b > /dev/stderr"
    async with bench.started() as box:
        process, _ = await box.talk_sh(text)
        for done in (await process.wait(), await box.sh(text)):
            expect((done.stdout, done.stderr) == (b"a\n", b"b\n"), done)


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


async def spawned_environment_and_folder_are_as_of_exec(bench: Bench) -> None:
    argv = ("/bin/sh", "-c", "env | sort; pwd; ls")
    async with bench.started(env={"JOB": "1", "A": "job"}) as box:
        await box.sandbox.write_file("a/b/c", b"")
        for more in ({}, {"cwd": "a/b", "env": {"A": "request"}}):
            process, _ = await box.talk(*argv, **more)
            by_spawn, by_exec = await process.wait(), await box.run(*argv, **more)
            expect(by_spawn.stdout == by_exec.stdout, (by_spawn.stdout, by_exec.stdout))


async def spawned_command_sees_no_secret_of_ours(bench: Bench) -> None:
    async with bench.started() as box:
        for terminal in (None, (24, 80)):
            process, _ = await box.talk("/usr/bin/env", terminal=terminal)
            names = {line.partition(b"=")[0].decode() for line in (await process.wait()).stdout.split()}
            expect(names - {"PWD"} == {"PATH", "HOME", "LANG", "TMPDIR"}, names)


async def writing_to_an_ended_command_is_refused(bench: Bench) -> None:
    async with bench.started() as box:
        process, _ = await box.talk("true")
        await process.wait()
        await expect_error(ProcessEnded, process.write(b"x"))
        await process.close_input()
        await process.interrupt()
        expect(await process.kill() == process.result, process.result)
        process, _ = await box.talk("sleep", "60")
        await process.close_input()
        await expect_error(ProcessEnded, process.write(b"x"))
        await process.kill()


async def waiting_writer_hears_of_the_end(bench: Bench) -> None:
    async with bench.started() as box:
        process, heard = await box.talk_sh("echo ready; sleep 60")
        await heard.until(b"ready")
        writing = asyncio.create_task(process.write(bytes(_MIB)))
        await asyncio.sleep(0.05)
        await process.kill()
        await expect_error(ProcessEnded, writing)


async def closed_stdin_is_noticed(bench: Bench) -> None:
    async with bench.started() as box:
        process, heard = await box.talk_sh("exec <&-; echo closed; sleep 60")
        await heard.until(b"closed")
        await expect_error(ProcessEnded, asyncio.wait_for(process.write(bytes(_MIB)), 2))
        expect(process.result is None, "a closed stdin ended it")


async def slow_reader_holds_the_writer_alone(bench: Bench) -> None:
    async with bench.started() as box:
        process, _ = await box.talk_sh("until [ -e go ]; do sleep 0.02; done; wc -c")
        writing = asyncio.create_task(process.write(bytes(_MIB)))
        expect((await box.sh("echo beside")).stdout == b"beside\n", "nothing runs beside it")
        expect(not writing.done(), "more was taken than the command reads")
        await box.sandbox.write_file("go", b"")
        await writing
        await process.close_input()
        expect((await process.wait()).stdout.strip() == b"%d" % _MIB, process.result)


async def cancelled_writing_sends_no_more(bench: Bench) -> None:
    async with bench.started() as box:
        process, _ = await box.talk_sh("until [ -e go ]; do sleep 0.02; done; tr -d x | wc -c")
        writing = asyncio.create_task(process.write(b"x" * _MIB + b"lost"))
        await asyncio.sleep(0.05)
        writing.cancel()
        await box.sandbox.write_file("go", b"")
        await process.write(b"kept")
        await process.close_input()
        expect((await process.wait()).stdout.strip() == b"4", process.result)


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


async def spawned_output_is_bounded(bench: Bench) -> None:
    async with bench.started(limits=Limits(output_stop_bytes=4 * _MIB)) as box:
        process, heard = await box.talk_sh("echo FIRST; head -c 3000000 /dev/zero; echo LAST", max_output=10_000)
        done = await process.wait()
        expect(done.truncated and done.total_bytes == 3_000_011 == len(heard.of("out")), done.total_bytes)
        expect(done.stdout.startswith(b"FIRST\n") and done.stdout.endswith(b"LAST\n"), done.stdout[:20])
        process, _ = await box.talk("yes")
        done = await asyncio.wait_for(process.wait(), 15)
        expect(done.truncated and done.signal is not None, done.exit_code)


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


async def failing_callback_ends_a_spawned_command(bench: Bench) -> None:
    def sink(which: Literal["out", "err"], chunk: bytes) -> None:
        raise ZeroDivisionError(which)

    async with bench.started() as box:
        process = await box.sandbox.spawn(SpawnRequest(argv=("/bin/sh", "-c", "echo x; exec sleep 60")), sink)
        await expect_error(ZeroDivisionError, asyncio.wait_for(process.wait(), 10))


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
    spawned_command_is_talked_to,
    spawned_streams_are_apart_and_live,
    spawned_command_may_write_to_itself_by_name,
    spawned_endings_are_told_as_of_exec,
    spawned_environment_and_folder_are_as_of_exec,
    spawned_command_sees_no_secret_of_ours,
    writing_to_an_ended_command_is_refused,
    waiting_writer_hears_of_the_end,
    closed_stdin_is_noticed,
    slow_reader_holds_the_writer_alone,
    cancelled_writing_sends_no_more,
    interrupt_reaches_a_spawned_tree,
    killing_ends_a_spawned_tree,
    killing_lets_a_spawned_command_clean_up,
    killing_ends_what_has_hardly_begun,
    nothing_outlives_a_spawned_command,
    no_daemon_outlives_a_spawned_command,
    cancelled_waiting_leaves_it_running,
    stopping_ends_what_was_spawned,
    several_run_beside_exec,
    spawned_output_is_bounded,
    spawned_processes_are_limited,
    spawned_memory_is_limited,
    failing_callback_ends_a_spawned_command,
    nothing_is_left_of_spawned_commands,
)
