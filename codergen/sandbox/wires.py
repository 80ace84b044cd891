"""The descriptors between us and one command: three pipes, or a terminal."""

import fcntl
import os
import pty
import stat
import termios
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

Stream = Literal["out", "err"]


@dataclass(slots=True, kw_only=True)
class Wires:
    """The command's ends, which go with `close_theirs` once it has its own copies, and ours, which do not block."""

    theirs: tuple[int, int, int]
    """Its stdin, stdout and stderr."""
    input: int | None
    """None when there is nothing to be told."""
    outputs: tuple[tuple[Stream, int], ...]
    is_terminal: bool = False

    def give_to(self, uid: int) -> None:
        """A command that runs as `uid` may open them again, as by /dev/stderr. For root."""
        for fd in set(self.theirs):
            if self.is_terminal or stat.S_ISFIFO(os.fstat(fd).st_mode):
                os.fchown(fd, uid, -1)

    def close_theirs(self) -> None:
        for fd in set(self.theirs):
            os.close(fd)
        self.theirs = (-1, -1, -1)

    def close(self) -> None:
        """Ours, where no command came of them."""
        for _, fd in self.outputs:
            os.close(fd)
        if self.input is not None:
            os.close(self.input)


def pipes(*, input: bool) -> Wires:
    """Without `input` the command's stdin is at its end."""
    with ExitStack() as undo:
        stdin, feed = _pipe(undo) if input else (_kept(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), undo), None)
        out, stdout = _pipe(undo)
        err, stderr = _pipe(undo)
        for fd in (feed, out, err):
            if fd is not None:
                os.set_blocking(fd, False)
        undo.pop_all()
    return Wires(theirs=(stdin, stdout, stderr), input=feed, outputs=(("out", out), ("err", err)))


def terminal(rows: int, columns: int) -> Wires:
    """A new terminal of that size. What it shows comes as `out`, what was typed into it among that."""
    with ExitStack() as undo:
        ours, theirs = (_kept(fd, undo) for fd in pty.openpty())
        termios.tcsetwinsize(theirs, (rows, columns))
        typing = _kept(fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, 0), undo)
        os.set_blocking(ours, False)
        undo.pop_all()
    return Wires(theirs=(theirs, theirs, theirs), input=typing, outputs=(("out", ours),), is_terminal=True)


def _pipe(undo: ExitStack) -> tuple[int, int]:
    reading, writing = os.pipe2(os.O_CLOEXEC)
    return _kept(reading, undo), _kept(writing, undo)


def _kept(fd: int, undo: ExitStack) -> int:
    undo.callback(os.close, fd)
    return fd
