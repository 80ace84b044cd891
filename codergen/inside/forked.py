"""One piece of work in a forked child, watched: it may crash, hang or eat memory without harming its parent."""

import contextlib
import json
import os
import resource
import select
import signal
import time

MEMORY_HEADROOM = 512 << 20
"""Bytes that a child may take on top of what its parent had."""


class Ended:
    """What a child reported before it ended, and how it ended: `done`, `hang` or `died`."""

    def __init__(self, messages, how):
        self.messages = messages
        self.how = how


def watch(work, silence, first_silence=None):
    """Run `work(report)` in a child; it is killed after `silence` seconds of wall time without a report.

    `first_silence` holds until the first report, for work with a slow start.
    """
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _be_the_child(work, read_end, write_end)
    os.close(write_end)
    try:
        lines, silent = _read_until_silent(read_end, silence, first_silence or silence)
    finally:
        os.close(read_end)
        _kill(pid)
    _, status = os.waitpid(pid, 0)
    messages = [json.loads(line) for line in lines]
    if messages and messages[-1] == "done":
        return Ended(messages[:-1], "done")
    out_of_time = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF
    return Ended(messages, "hang" if silent or out_of_time else "died")


def limit_cpu(seconds):
    """End this child once it has used so much more processor time; a busy machine does not count against it."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _be_the_child(work, read_end, write_end):
    code = 1
    try:
        os.close(read_end)
        _limit_memory()
        channel = os.fdopen(write_end, "w", encoding="utf-8")

        def report(message):
            channel.write(json.dumps(message) + "\n")
            channel.flush()

        work(report)
        report("done")
        code = 0
    finally:
        os._exit(code)


def _limit_memory():
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = used + MEMORY_HEADROOM
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def _read_until_silent(read_end, silence, first_silence):
    """Whole lines until the child closes its end; and whether it was silent for too long instead."""
    data = b""
    deadline = time.monotonic() + first_silence
    while True:
        ready, _, _ = select.select([read_end], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return data.split(b"\n")[:-1], True
        chunk = os.read(read_end, 1 << 16)
        if not chunk:
            return data.split(b"\n")[:-1], False
        data += chunk
        deadline = time.monotonic() + silence


def _kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
