"""Behaviours of `spawn` on a terminal: that it is one, that keys work as on one, that it ends with its command."""

import asyncio

from codergen.errors import ProcessEnded
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

_SIZE = (33, 111)


async def terminal_is_one(bench: Bench) -> None:
    text = "for fd in 0 1 2; do [ -t $fd ] && echo yes; done; stty size; echo by-name > /dev/tty; echo x > /dev/stderr"
    async with bench.started() as box:
        expect("terminal" in box.sandbox.capabilities().spawn, box.sandbox.capabilities())
        process, heard = await box.talk_sh(text, terminal=_SIZE)
        done = await process.wait()
        expect(done.stdout == b"yes\r\n" * 3 + b"33 111\r\nby-name\r\nx\r\n", done)
        expect((heard.of("out"), done.stderr) == (done.stdout, b""), heard)


async def terminal_shows_what_is_typed(bench: Bench) -> None:
    async with bench.started() as box:
        process, heard = await box.talk("cat", terminal=_SIZE)
        await process.write(b"one\n")
        await heard.until(b"one\r\none\r\n")
        expect(process.result is None, process.result)
        await process.close_input()
        done = await process.wait()
        expect((done.exit_code, done.stdout) == (0, b"one\r\none\r\n"), done)


async def end_of_transmission_ends_a_begun_line(bench: Bench) -> None:
    async with bench.started() as box:
        process, _ = await box.talk_sh("stty -echo; echo ready; cat; echo; cat", terminal=_SIZE)
        await process.write(b"begun")
        await process.close_input()
        await process.close_input()
        await expect_error(ProcessEnded, process.write(b"x"))
        await process.kill()
        done = await process.wait()
        expect(b"begun" in done.stdout, done)


async def interrupt_is_the_key_of_a_terminal(bench: Bench) -> None:
    async with bench.started() as box:
        text = "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done"
        process, heard = await box.talk_sh(text, terminal=_SIZE)
        await heard.until(b"ready")
        await process.interrupt()
        done = await asyncio.wait_for(process.wait(), 15)
        expect(done.exit_code == 5 and b"caught" in done.stdout, done)
        process, heard = await box.talk_sh("echo ready; exec cat", terminal=_SIZE)
        await heard.until(b"ready")
        await process.interrupt()
        expect((await asyncio.wait_for(process.wait(), 15)).signal == 2, process.result)


async def interrupt_reaches_the_job_in_front(bench: Bench) -> None:
    """An interactive shell outlives what runs in it."""
    async with bench.started() as box:
        process, heard = await box.talk("/bin/bash", "--norc", "--noprofile", "-i", terminal=_SIZE)
        await process.write(b"echo be''gun; sleep 60\n")
        await heard.until(b"begun")
        await asyncio.sleep(0.1)
        await process.interrupt()
        await process.write(b"echo en''ded; exit 3\n")
        await heard.until(b"ended")
        expect((await asyncio.wait_for(process.wait(), 15)).exit_code == 3, process.result)


async def interrupt_is_a_byte_where_the_command_wants_it(bench: Bench) -> None:
    async with bench.started() as box:
        process, heard = await box.talk_sh("stty raw -echo; echo ready; head -c 1 | od -An -tx1", terminal=_SIZE)
        await heard.until(b"ready")
        await process.interrupt()
        done = await asyncio.wait_for(process.wait(), 15)
        expect(b" 03" in done.stdout, done)


async def interrupt_passes_what_nobody_reads(bench: Bench) -> None:
    async with bench.started() as box:
        process, heard = await box.talk_sh("stty -echo; echo ready; exec sleep 60", terminal=_SIZE)
        await heard.until(b"ready")
        writing = asyncio.create_task(process.write(b"line\n" * 200_000))
        await asyncio.sleep(0.1)
        expect(not writing.done(), "more was taken than the command reads")
        await process.interrupt()
        expect((await asyncio.wait_for(process.wait(), 15)).signal == 2, process.result)
        await expect_error(ProcessEnded, writing)


async def much_passes_through_a_terminal(bench: Bench) -> None:
    line = b"x" * 99 + b"\n"
    async with bench.started() as box:
        process, heard = await box.talk_sh("stty -echo -onlcr; echo ready; sleep 0.2; head -n 10000", terminal=_SIZE)
        await heard.until(b"ready")
        await process.write(line * 10_000)
        done = await asyncio.wait_for(process.wait(), 15)
        expect(done.stdout.endswith(line) and done.stdout.count(line) == 10_000, done.total_bytes)


async def killing_ends_the_jobs_of_a_terminal(bench: Bench) -> None:
    async with bench.started() as box:
        process, _ = await box.talk("/bin/bash", "--norc", "--noprofile", "-i", terminal=_SIZE)
        await process.write(f"set -- beat; (trap '' TERM HUP; {BEAT}) &\n".encode())
        await beats(box)
        done = await process.kill()
        expect(done.signal is not None, done)
        await stands_still(box)


async def terminal_endings_are_told_as_of_exec(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("data", b"text", mode=0o644)
        for argv, code, sign in (
            (("/bin/sh", "-c", "exit 7"), 7, None),
            (("/bin/sh", "-c", "kill -SEGV $$"), None, 11),
            (("no-such-command",), 127, None),
            (("./data",), 126, None),
        ):
            process, heard = await box.talk(*argv, terminal=_SIZE)
            done = await process.wait()
            expect((done.exit_code, done.signal) == (code, sign), (argv, done))
            expect(code not in {126, 127} or argv[0].encode() in heard.of("out"), heard)
        process, _ = await box.talk("true", cwd="nowhere", terminal=_SIZE)
        expect((await process.wait()).exit_code == 126, process.result)


async def nothing_is_typed_for_others(bench: Bench) -> None:
    """A terminal takes no input from the command's side, neither its own nor another's."""
    text = (
        "import fcntl, os, termios\n"
        "try: fcntl.ioctl(0, termios.TIOCSTI, b'x'); print('injected')\n"
        "except OSError: print('refused')\n"
        "print(sorted(os.listdir('/dev/pts')))\n"
    )
    async with bench.started(mounts=python_mounts()) as box:
        process, _ = await box.talk(*PYTHON, text, terminal=_SIZE)
        done = await process.wait()
        expect(done.stdout == b"refused\r\n['ptmx']\r\n", done)


BEHAVIOURS: tuple[Behaviour, ...] = (
    terminal_is_one,
    terminal_shows_what_is_typed,
    end_of_transmission_ends_a_begun_line,
    interrupt_is_the_key_of_a_terminal,
    interrupt_reaches_the_job_in_front,
    interrupt_is_a_byte_where_the_command_wants_it,
    interrupt_passes_what_nobody_reads,
    much_passes_through_a_terminal,
    killing_ends_the_jobs_of_a_terminal,
    terminal_endings_are_told_as_of_exec,
    nothing_is_typed_for_others,
)
