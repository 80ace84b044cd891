"""One running bwrap as a process tree: its first process inside, what it reported, and how all of it is ended."""

import asyncio
import json
import os
import select
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from codergen.errors import SandboxDied
from codergen.sandbox.base import ExecResult
from codergen.sandbox.collector import Collected
from codergen.sandbox.local import result_of
from codergen.sandbox.proctable import beneath, send_to_groups
from codergen.sandbox.tree import until

_GONE_WITHIN_S = 5.0
_LAST_SIGNAL = 64
_NOT_FOUND = b"No such file or directory"


@dataclass(slots=True)
class Status:
    """What bwrap writes to `--json-status-fd`. The command cannot write there."""

    text: bytes = b""

    def _value(self, key: str) -> int | None:
        for line in self.text.splitlines():
            with suppress(ValueError):
                if key in (entry := json.loads(line)):
                    return int(entry[key])
        return None

    @property
    def first_process(self) -> int | None:
        """Process 1 of the sandbox, as the host numbers it."""
        return self._value("child-pid")

    @property
    def exit_code(self) -> int | None:
        """None unless the command was really started and ended by itself."""
        return self._value("exit-code")


class Namespace:
    """`Tree` of one bwrap. When process 1 of a pid namespace is dead, the kernel has ended all others before."""

    def __init__(self, process: "subprocess.Popen[bytes]", status_fd: int) -> None:
        self._process, self._fd = process, status_fd
        self._loop = asyncio.get_running_loop()
        self._first: int | None = None
        """A pidfd of process 1."""
        self.status = Status()
        os.set_blocking(status_fd, False)
        self._loop.add_reader(status_fd, self._read)

    def begun(self) -> bool:
        self._read()
        first = self.status.first_process
        return self._process.returncode is not None or (first is not None and bool(beneath(first)))

    def send(self, number: int) -> None:
        self._read()
        first = self.status.first_process
        inside = beneath(first) if first is not None and self._first is not None and not _ended(self._first) else []
        send_to_groups(inside, number)
        if not inside and number == signal.SIGTERM:
            self.kill()  # nothing has begun that could clean up, and process 1 ignores what comes from outside

    def kill(self) -> None:
        self._read()
        with suppress(ProcessLookupError, PermissionError):
            if self._first is not None:
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
        if self._process.returncode is None:
            self._process.kill()

    async def gone(self) -> None:
        self._read()
        if self._first is not None:
            pidfd = self._first
            await until(lambda: _ended(pidfd), within_s=_GONE_WITHIN_S)

    def close(self) -> None:
        self._loop.remove_reader(self._fd)
        os.close(self._fd)
        if self._first is not None:
            os.close(self._first)
            self._first = None

    def _read(self) -> None:
        try:
            while chunk := os.read(self._fd, 4096):
                self.status.text += chunk
            self._loop.remove_reader(self._fd)
        except BlockingIOError:
            pass
        if self._first is None and (first := self.status.first_process) is not None:
            with suppress(ProcessLookupError):
                self._first = os.pidfd_open(first)


def _ended(pidfd: int) -> bool:
    return bool(select.select([pidfd], [], [], 0)[0])


def command_result(argv: Sequence[str], done: Collected, status: Status, *, oom: bool) -> ExecResult:
    """What became of the command, as against what became of bwrap. Raises SandboxDied when only the latter is known."""
    if status.exit_code is not None:
        return result_of(_with_code(done, _as_subprocess(status.exit_code)), oom=oom)
    if done.returncode < 0 or done.timed_out or oom:
        return result_of(_with_code(done, -signal.SIGKILL), oom=oom)
    said = (done.stderr or done.stdout).strip()  # a terminal has only the one
    if said.startswith(b"bwrap: execvp "):
        text = f"{argv[0]}: {'command not found' if said.endswith(_NOT_FOUND) else 'cannot be run'}\n".encode()
        return _refused(127 if said.endswith(_NOT_FOUND) else 126, text, done)
    if said.startswith(b"bwrap: Can't chdir to "):
        return _refused(126, said.removeprefix(b"bwrap: ") + b"\n", done)
    raise SandboxDied(f"bubblewrap ended before the command began: {said.decode(errors='replace')[:500]}")


def _as_subprocess(code: int) -> int:
    """bwrap says 128 + n for signal n, and so does a shell for its child: the two cannot be told apart."""
    return 128 - code if 128 < code <= 128 + _LAST_SIGNAL else code


def _with_code(done: Collected, returncode: int) -> Collected:
    return replace(done, returncode=returncode)


def _refused(code: int, text: bytes, done: Collected) -> ExecResult:
    return ExecResult(stdout=b"", stderr=text, exit_code=code, total_bytes=len(text), duration_ms=done.duration_ms)
