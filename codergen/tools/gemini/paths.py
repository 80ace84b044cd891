"""Which paths a tool may use: those of the workspace. Pure."""

import posixpath
from collections.abc import Mapping

from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.gemini.told import failed
from codergen.tools.wording import Wording

TMP_NOTE = "gemini.tmp"
"""The note of `ToolState` that holds the folder of long outputs, once there is one."""


def absolute(root: str, path: str) -> str:
    """A path of a call, as inside."""
    return posixpath.normpath(posixpath.join(root, path))


def within(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def relative(root: str, path: str) -> str:
    return posixpath.relpath(path, root)


def outside(wording: Wording, context: ToolContext, path: str, env: Mapping[str, str]) -> ToolResult | None:
    """The refusal of a path that is not in the workspace."""
    if within(context.root, absolute(context.root, path)):
        return None
    tmp = context.state.notes.get(TMP_NOTE) or env.get("TMPDIR", "/tmp")
    return failed(wording, "path.outside", path=absolute(context.root, path), root=context.root, tmp=tmp)
