"""Behaviours of `exec`: endings, input and output, environment, bounds, and that nothing is left running."""

import asyncio
import time
from typing import Literal

from codergen.errors import SandboxDied
from codergen.sandbox.base import ExecRequest, Limits
from codergen.sandbox.conformance.bench import BEAT, Behaviour, Bench, beats, expect, expect_error, stands_still


async def exit_code(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("exit 7")
        expect((done.exit_code, done.signal, done.timed_out) == (7, None, False), done)


async def exit_code_above_128(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("exit 137")
        expect((done.exit_code, done.signal) == (137, None), done)


async def ending_by_signal(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("kill -SEGV $$")
        expect((done.exit_code, done.signal) == (None, 11), done)


async def absent_command_is_127(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.run("no-such-command")
        expect(done.exit_code == 127 and b"no-such-command" in done.stderr, done)


async def unrunnable_command_is_126(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("data", b"text", mode=0o644)
        done = await box.run("./data")
        expect(done.exit_code == 126, done)


async def forged_absence_is_exit_1(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("echo 'bwrap: execvp sh: No such file or directory' >&2; exit 1")
        expect(done.exit_code == 1, done)


async def arguments_arrive_unchanged(bench: Bench) -> None:
    words = ("", "a b", "*", "$HOME", "'\"\\", "x\ny", "-n", "ü")
    async with bench.started() as box:
        done = await box.sh('printf "%s\\0" "$@"', *words)
        expect(done.stdout.decode().split("\0")[:-1] == list(words), done.stdout)


async def zero_byte_is_refused(bench: Bench) -> None:
    async with bench.started() as box:
        by_env = await box.run("true", env={"A": "b\0--bind\0/\0/host"})
        by_cwd = await box.run("true", cwd="a\0b")
        expect((by_env.exit_code, by_cwd.exit_code) == (126, 126), (by_env, by_cwd))


async def streams_are_apart(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("echo out; echo err >&2")
        expect((done.stdout, done.stderr) == (b"out\n", b"err\n"), done)


async def input_arrives(bench: Bench) -> None:
    sent = bytes(range(256)) * 4096
    async with bench.started() as box:
        done = await box.run("cat", stdin=sent, max_output=2 << 20)
        expect(done.stdout == sent, len(done.stdout))


async def no_input_is_the_end_of_input(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.run("cat")
        expect((done.exit_code, done.stdout) == (0, b""), done)


async def unread_input_does_no_harm(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.run("true", stdin=b"x" * (4 << 20))
        expect(done.exit_code == 0, done)


async def environment_is_only_ours(bench: Bench) -> None:
    async with bench.started(env={"JOB": "1"}) as box:
        done = await box.run("env")
        names = {line.partition("=")[0] for line in done.stdout.decode().splitlines()}
        expect(names - {"PWD"} == {"PATH", "HOME", "LANG", "TMPDIR", "JOB"}, names)


async def request_environment_wins(bench: Bench) -> None:
    async with bench.started(env={"A": "job", "B": "job"}) as box:
        done = await box.sh('echo "$A $B"', env={"A": "request"})
        expect(done.stdout == b"request job\n", done.stdout)


async def path_starts_with_the_jobs_folders(bench: Bench) -> None:
    async with bench.started(path=("/first", "/second")) as box:
        done = await box.sh('echo "$PATH"')
        expect(done.stdout.startswith(b"/first:/second:") and b":/usr/bin:/bin" in done.stdout, done.stdout)


async def home_and_temporary_folder_are_writable(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh('echo x > "$HOME/a" && echo x > "$TMPDIR/a" && mktemp')
        expect(done.exit_code == 0, done)


async def starts_in_the_workspace(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("pwd")
        expect(done.stdout.decode().strip() == box.record.inside, done.stdout)


async def starts_in_a_folder_of_it(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sandbox.write_file("a/b/c", b"")
        for cwd in ("a/b", f"{box.record.inside}/a/b"):
            done = await box.run("ls", cwd=cwd)
            expect(done.stdout == b"c\n", done)


async def absent_folder_is_126(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.run("true", cwd="nowhere")
        expect(done.exit_code == 126, done)


async def timeout_keeps_what_was_printed(bench: Bench) -> None:
    async with bench.started() as box:
        begun = time.monotonic()
        done = await box.sh("echo early; sleep 60", timeout_s=0.3)
        expect(done.timed_out and done.exit_code is None and done.stdout == b"early\n", done)
        expect(time.monotonic() - begun < 10, "took too long")


async def timeout_lets_a_command_clean_up(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("trap 'echo bye; exit' TERM; echo ready; sleep 60 & wait", timeout_s=1)
        expect(done.timed_out and done.stdout == b"ready\nbye\n", done)


async def timeout_ends_what_ignores_it(bench: Bench) -> None:
    async with bench.started() as box:
        text = "trap '' TERM; (while :; do printf x >> beat; sleep 0.05; done) & while :; do sleep 0.05; done"
        done = await box.sh(text, timeout_s=0.3)
        expect(done.timed_out, done)
        await stands_still(box)


async def cancelling_ends_the_whole_tree(bench: Bench) -> None:
    async with bench.started() as box:
        running = asyncio.create_task(box.sh(f"({BEAT}) & ({BEAT})", "beat", timeout_s=60))
        await beats(box)
        running.cancel()
        await asyncio.wait({running})
        expect(running.cancelled(), "the call was not cancelled")
        await stands_still(box)


async def background_child_does_not_hold_the_call(bench: Bench) -> None:
    async with bench.started() as box:
        begun = time.monotonic()
        done = await box.sh("sleep 60 & echo done")
        expect(done.stdout == b"done\n" and done.exit_code == 0, done)
        expect(time.monotonic() - begun < 8, "waited for the child")


async def nothing_outlives_its_command(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sh(f"({BEAT}) & while [ ! -s beat ]; do sleep 0.02; done", "beat")
        await stands_still(box)


async def no_daemon_outlives_its_command(bench: Bench) -> None:
    async with bench.started() as box:
        text = "for i in $(seq 40); do printf x >> beat; sleep 0.05; done"
        done = await box.sh(f"setsid -f /bin/sh -c '{text}' </dev/null >/dev/null 2>&1; until [ -s beat ]; do :; done")
        expect(done.exit_code == 0, done)
        await stands_still(box)


async def stopping_ends_what_runs(bench: Bench) -> None:
    async with bench.started() as box:
        running = asyncio.create_task(box.sh(BEAT, "beat", timeout_s=60))
        await beats(box)
        await box.sandbox.stop()
        await expect_error(SandboxDied, running)
        before = (box.workspace / "beat").stat().st_size
        await asyncio.sleep(0.2)
        expect((box.workspace / "beat").stat().st_size == before, "it still runs")


async def head_and_tail_of_much_output(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("echo FIRST; head -c 20000000 /dev/zero; echo LAST", max_output=10_000)
        expect(done.truncated and done.total_bytes == 20_000_011, done.total_bytes)
        expect(done.stdout.startswith(b"FIRST\n") and done.stdout.endswith(b"LAST\n"), done.stdout[:20])
        expect(len(done.stdout) < 10_200, len(done.stdout))


async def output_without_end_is_ended(bench: Bench) -> None:
    async with bench.started(limits=Limits(output_stop_bytes=4 << 20)) as box:
        done = await box.run("yes", timeout_s=14)
        expect(not done.timed_out and done.truncated and done.signal is not None, done.exit_code)


async def bytes_are_kept_as_they_are(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh(r"printf '\377\000\033[31m\r\n'")
        expect(done.stdout == b"\xff\x00\x1b[31m\r\n", done.stdout)


async def long_line(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("head -c 900000 /dev/zero | tr '\\0' a")
        expect(done.stdout == b"a" * 900_000, len(done.stdout))


async def output_is_streamed(bench: Bench) -> None:
    seen: list[tuple[str, bytes]] = []
    first = asyncio.Event()

    def sink(which: Literal["out", "err"], chunk: bytes) -> None:
        seen.append((which, chunk))
        first.set()

    async with bench.started() as box:
        request = _request("echo one; while [ ! -e go ]; do sleep 0.02; done; echo two >&2")
        running = asyncio.create_task(box.sandbox.exec(request, sink))
        await asyncio.wait_for(first.wait(), 10)
        expect(not running.done(), "nothing was seen before the end")
        await box.sandbox.write_file("go", b"")
        await running
        expect(seen == [("out", b"one\n"), ("err", b"two\n")], seen)


async def failing_callback_ends_the_command(bench: Bench) -> None:
    def sink(which: Literal["out", "err"], chunk: bytes) -> None:
        raise ZeroDivisionError(which)

    async with bench.started() as box:
        request = _request("echo x; exec sleep 60")
        await expect_error(ZeroDivisionError, asyncio.wait_for(box.sandbox.exec(request, sink), 10))


async def commands_run_side_by_side(bench: Bench) -> None:
    async with bench.started() as box:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(box.sh(f"echo {n}")) for n in range(8)]
        expect([task.result().stdout for task in tasks] == [b"%d\n" % n for n in range(8)], tasks)


def _request(text: str) -> ExecRequest:
    return ExecRequest(argv=("/bin/bash", "-c", text), timeout_s=15)


BEHAVIOURS: tuple[Behaviour, ...] = (
    exit_code,
    exit_code_above_128,
    ending_by_signal,
    absent_command_is_127,
    unrunnable_command_is_126,
    forged_absence_is_exit_1,
    arguments_arrive_unchanged,
    zero_byte_is_refused,
    streams_are_apart,
    input_arrives,
    no_input_is_the_end_of_input,
    unread_input_does_no_harm,
    environment_is_only_ours,
    request_environment_wins,
    path_starts_with_the_jobs_folders,
    home_and_temporary_folder_are_writable,
    starts_in_the_workspace,
    starts_in_a_folder_of_it,
    absent_folder_is_126,
    timeout_keeps_what_was_printed,
    timeout_lets_a_command_clean_up,
    timeout_ends_what_ignores_it,
    cancelling_ends_the_whole_tree,
    background_child_does_not_hold_the_call,
    nothing_outlives_its_command,
    no_daemon_outlives_its_command,
    stopping_ends_what_runs,
    head_and_tail_of_much_output,
    output_without_end_is_ended,
    bytes_are_kept_as_they_are,
    long_line,
    output_is_streamed,
    failing_callback_ends_the_command,
    commands_run_side_by_side,
)
