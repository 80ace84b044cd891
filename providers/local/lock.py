"""Locks between processes that end with their holder, whatever ended it."""

import asyncio
import fcntl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from providers.errors import LocalModelError


def try_lock(path: Path) -> IO[bytes] | None:
    """An open file that holds the lock until it is closed, or None when somebody else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def is_held(path: Path) -> bool:
    """Whether some process holds the lock now."""
    if not path.exists():
        return False
    file = try_lock(path)
    if file is None:
        return True
    file.close()
    return False


@asynccontextmanager
async def exclusive(path: Path, *, wait: float, what: str) -> AsyncGenerator[None, None]:
    """Hold the lock for the block. Raises LocalModelError when it is still taken after `wait` seconds."""
    end = asyncio.get_running_loop().time() + wait
    while (file := try_lock(path)) is None:
        if asyncio.get_running_loop().time() >= end:
            raise LocalModelError(f"another process is busy with {what}", remedy="wait for it, then try again")
        await asyncio.sleep(0.1)
    try:
        yield
    finally:
        file.close()
