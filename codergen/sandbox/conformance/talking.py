"""Behaviours of `spawn` by pipes: what goes in and what comes out while the command runs."""

import asyncio
from typing import Literal

from codergen.errors import ProcessEnded
from codergen.sandbox.base import Limits, SpawnRequest
from codergen.sandbox.conformance.bench import Behaviour, Bench, expect, expect_error

_MIB = 1 << 20


async def spawned_command_is_talked_to(bench: Bench) -> None:
    async with bench.started() as box:
        expect("pipes" in box.sandbox.capabilities().spawn, box.sandbox.capabilities())
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


async def spawned_environment_and_folder_are_as_of_exec(bench: Bench) -> None:
    argv = ("/bin/sh", "-c", "env | sort; pwd; ls")
    async with bench.started(env={"JOB": "1", "A": "job"}) as box:
        await box.sandbox.write_file("a/b/c", b"")
        process, _ = await box.talk(*argv)
        by_spawn, by_exec = await process.wait(), await box.run(*argv)
        expect(by_spawn.stdout == by_exec.stdout, (by_spawn.stdout, by_exec.stdout))
        process, _ = await box.talk(*argv, cwd="a/b", env={"A": "request"})
        by_spawn, by_exec = await process.wait(), await box.run(*argv, cwd="a/b", env={"A": "request"})
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


async def spawned_output_is_bounded(bench: Bench) -> None:
    async with bench.started(limits=Limits(output_stop_bytes=4 * _MIB)) as box:
        process, heard = await box.talk_sh("echo FIRST; head -c 3000000 /dev/zero; echo LAST", max_output=10_000)
        done = await process.wait()
        expect(done.truncated and done.total_bytes == 3_000_011 == len(heard.of("out")), done.total_bytes)
        expect(done.stdout.startswith(b"FIRST\n") and done.stdout.endswith(b"LAST\n"), done.stdout[:20])
        process, _ = await box.talk("yes")
        done = await asyncio.wait_for(process.wait(), 15)
        expect(done.truncated and done.signal is not None, done.exit_code)


async def failing_callback_ends_a_spawned_command(bench: Bench) -> None:
    def sink(which: Literal["out", "err"], chunk: bytes) -> None:
        raise ZeroDivisionError(which)

    async with bench.started() as box:
        process = await box.sandbox.spawn(SpawnRequest(argv=("/bin/sh", "-c", "echo x; exec sleep 60")), sink)
        await expect_error(ZeroDivisionError, asyncio.wait_for(process.wait(), 10))


BEHAVIOURS: tuple[Behaviour, ...] = (
    spawned_command_is_talked_to,
    spawned_streams_are_apart_and_live,
    spawned_command_may_write_to_itself_by_name,
    spawned_environment_and_folder_are_as_of_exec,
    spawned_command_sees_no_secret_of_ours,
    writing_to_an_ended_command_is_refused,
    waiting_writer_hears_of_the_end,
    closed_stdin_is_noticed,
    slow_reader_holds_the_writer_alone,
    cancelled_writing_sends_no_more,
    spawned_output_is_bounded,
    failing_callback_ends_a_spawned_command,
)
