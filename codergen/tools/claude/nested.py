"""Instruction files below the workspace's root, as they are shown with the first file that is read there."""

import posixpath
from dataclasses import replace

from codergen.tools import instructions
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.claude import paths
from codergen.tools.claude.speech import Speech

NAMES = instructions.RULES["claude"].names


async def shown(result: ToolResult, path: str, context: ToolContext, say: Speech) -> ToolResult:
    """The result of reading `path` with the files behind it that the model was not shown yet, and the memory of having
    shown them."""
    if not paths.within(path, context.root):
        return result
    found = await instructions.nested(posixpath.dirname(path), context, NAMES, but=path)
    if not found:
        return result
    after = "\n".join(say.text("Layout.nested", path=file.path, text=file.text) for file in found)
    return replace(result, after=after, state={**result.state, "instructions": [file.path for file in found]})
