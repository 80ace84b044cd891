"""What happens when whoever reads our output leaves, as `head` does: the command ends as SIGPIPE would end it.

Python ignores SIGPIPE, so that the broken pipe of a child is no end of ours; this module makes up for it.
"""

import os
import select
import sys
from collections.abc import Callable

from codergen.events import Emit, Event

READER_LEFT = 141
"""128 + SIGPIPE, what a shell reports of a program in a pipeline that was not read to its end."""


def reader_left() -> bool:
    """Standard output or standard error is a pipe that nobody reads any more."""
    poller = select.poll()
    for stream in (sys.stdout, sys.stderr):
        poller.register(stream.fileno(), 0)
    return any(event & select.POLLERR for _, event in poller.poll(0))


def end_unread() -> int:
    """Let what is still buffered go nowhere; returns the exit code."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return READER_LEFT


class Listened:
    """An `Emit` that calls `stop` when its reader has left, so that the work ends in order, and says no more.

    Raising instead would look like a fault of whatever emitted. `unread` says that it happened.
    """

    def __init__(self, show: Emit, stop: Callable[[], object]) -> None:
        self._show, self._stop = show, stop
        self.unread = False

    def __call__(self, event: Event) -> None:
        if self.unread:
            return
        try:
            self._show(event)
        except BrokenPipeError:
            self.unread = True
            self._stop()
