"""Files as this family's tools meet them: the workspace's through the sandbox's file tools, others as a command inside
would see them, and outputs that we keep."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from codergen.errors import FileRefused, PathEscape
from codergen.sandbox.base import MIB, ExecRequest, Sandbox
from codergen.tools.base import ToolContext
from codergen.tools.claude import paths
from codergen.tools.claude.stored import Stored

LARGEST = 10 * MIB
LARGEST_KEPT, MOST_KEPT = MIB // 4, 128
"""Bytes of a file, and number of files, that are kept to show changes."""
_LOOK = '[ -d "$1" ] && exit 21; [ -e "$1" ] || exit 22; exec cat -- "$1"'
_FOLDER, _ABSENT = 21, 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What stands at a path."""

    kind: Literal["file", "folder", "absent", "refused"]
    data: bytes = b""

    @property
    def text(self) -> str | None:
        """None where the bytes are no text in UTF-8."""
        if b"\0" in self.data[:8192]:
            return None
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError:
            return None


async def look(path: str, context: ToolContext, stored: Stored | None = None) -> Found:
    """`path` is absolute."""
    kept = stored.read(path) if stored is not None else None
    if kept is not None:
        return Found(kind="file", data=kept.encode("utf-8", "replace"))
    if not paths.within(path, context.root):
        return await _elsewhere(path, context.sandbox)
    try:
        seen = await context.sandbox.stat(path)
        if seen is not None and seen.kind == "dir":
            return Found(kind="folder")
        return Found(kind="file", data=await context.sandbox.read_file(path, max_bytes=LARGEST))
    except (FileNotFoundError, NotADirectoryError):
        return Found(kind="absent")
    except PathEscape:  # a link that leads out: what a command would see is what there is
        return await _elsewhere(path, context.sandbox)
    except (FileRefused, OSError):
        return Found(kind="refused")


async def _elsewhere(path: str, sandbox: Sandbox) -> Found:
    """Outside of the workspace: read by a command, so that the wall around commands decides."""
    request = ExecRequest(argv=("/bin/sh", "-c", _LOOK, "sh", path), timeout_s=30, max_output=2 * LARGEST)
    result = await sandbox.exec(request)
    if result.exit_code == 0 and not result.truncated:
        return Found(kind="file", data=result.stdout)
    return Found(kind={_FOLDER: "folder", _ABSENT: "absent"}.get(result.exit_code or 0, "refused"))  # pyright: ignore[reportArgumentType]


class Known:
    """Texts of files as the model saw them last, so that a change can be shown; what was seen at all is in `ToolState`.
    After a resume it is empty, and a change is told without its lines."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    def seen(self, path: str, data: bytes, *, whole: bool) -> dict[str, Any]:
        """Keeps the text; gives the change of state."""
        self._data.pop(path, None)
        if len(data) <= LARGEST_KEPT:
            self._data[path] = data
        while len(self._data) > MOST_KEPT:
            del self._data[next(iter(self._data))]
        return {"files": {path: [digest(data), whole]}}

    def text(self, path: str) -> str | None:
        data = self._data.get(path)
        return None if data is None else data.decode("utf-8", "replace")


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def current(path: str, data: bytes, context: ToolContext) -> bool:
    """Whether the model knows all of a file as it is now."""
    known = context.state.files.get(path)
    return known is not None and known.whole and known.sha256 == digest(data)
