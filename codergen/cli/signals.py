"""SIGINT and SIGTERM end a command in order: its task is cancelled, so that sandboxes end and folders are removed."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from codergen.errors import CodergenError

T = TypeVar("T")


class Stopped(CodergenError):
    """The command was told to end; 130 for SIGINT, 143 for SIGTERM."""

    def __init__(self, number: signal.Signals) -> None:
        self.exit_code = 128 + number
        super().__init__("interrupted" if number is signal.SIGINT else "terminated")


def run_until_stopped(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` that ends with `Stopped` when the process was told to end."""
    return asyncio.run(_watched(work))


async def _watched(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    assert task is not None
    received: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        received.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        return await work
    except asyncio.CancelledError as error:
        if received:
            raise Stopped(received[0]) from error
        raise
