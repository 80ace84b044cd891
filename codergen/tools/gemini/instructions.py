"""GEMINI.md files below the root: shown with the first result that comes from their folder."""

import posixpath
from dataclasses import replace

from codergen.errors import FileRefused, PathEscape
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.gemini.paths import relative, within
from codergen.tools.gemini.told import part
from codergen.tools.wording import Wording, said

NAME = "GEMINI.md"


def candidates(root: str, folder: str, shown: frozenset[str]) -> tuple[str, ...]:
    """Files that would be news, outermost first. That of the root itself is told when the session begins. Pure."""
    if not within(root, folder):
        return ()
    names = [name for name in relative(root, folder).split("/") if name != "."]
    folders = [posixpath.join(root, *names[: depth + 1]) for depth in range(len(names))]
    return tuple(path for path in (posixpath.join(f, NAME) for f in folders) if path not in shown)


async def with_instructions(result: ToolResult, wording: Wording, context: ToolContext, folder: str) -> ToolResult:
    """`result`, and what stands in the instruction files from the root down to `folder`."""
    found: dict[str, str] = {}
    for path in candidates(context.root, folder, context.state.instructions):
        text = await _read(context, path)
        if text:
            found[path] = part(wording, "instructions.block", path=path, text=text)
    if not found:
        return result
    what = said("instructions.found", content=result.content, blocks="\n\n".join(found.values()))
    state = {**result.state, "instructions": list(found)}
    return replace(result, content=wording.text(what), said=what, state=state)


async def _read(context: ToolContext, path: str) -> str:
    """Trimmed; empty when it is not there or cannot be read."""
    try:
        data = await context.sandbox.read_file(path)
    except (FileNotFoundError, FileRefused, PathEscape):
        return ""
    return data.decode("utf-8", "replace").strip()
