"""What "everything that one command started" means, and waiting for facts that the kernel tells nobody about."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol


class Tree(Protocol):
    """Everything that one command started."""

    def begun(self) -> bool:
        """There is somebody to hear a signal, or was."""
        ...

    def send(self, number: int) -> None:
        """A signal to all of it."""
        ...

    def kill(self) -> None:
        """End all of it (KILL), also what is left after the leader ended. Called while the leader is not yet reaped."""
        ...

    async def gone(self) -> None:
        """Return when nothing of it runs any more; bounded."""
        ...


async def until(done: Callable[[], bool], *, within_s: float) -> bool:
    """Poll the kernel every millisecond; for facts that it gives no descriptor for. False when time ran out."""
    deadline = time.monotonic() + within_s
    while not done():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.001)
    return True


async def to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Finish `work` (bounded) although this task is cancelled meanwhile; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
