"""One JSON line for each request, appended to a file on the host. It has no place for a header, a key or a body."""

import json
import os
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

from router.credentials.values import Exchange

_PATH = 200


def line(done: Exchange) -> str:
    """The line, without its end. What the box chose is cut to a length."""
    fields = asdict(done) | {"path": done.path[:_PATH], "seconds": round(done.seconds, 4)}
    return json.dumps(fields, default=_plain, separators=(",", ":"))


def _plain(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case Decimal():
            return format(value, "f")
        case _:
            raise TypeError(type(value).__name__)


class Log:
    """Appends; readable by this user only. None as path keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._fd = None if path is None else os.open(path, flags, 0o600)

    def write(self, done: Exchange) -> None:
        """In one write, so that lines of two jobs in one file do not mix."""
        if self._fd is not None:
            os.write(self._fd, f"{line(done)}\n".encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
