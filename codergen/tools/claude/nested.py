"""Instruction files below the workspace's root: shown with the first file that is read in or below their folder."""

import posixpath
from dataclasses import replace

from codergen.errors import PathEscape
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.claude import files, paths
from codergen.tools.claude.speech import Speech

NAMES = ("CLAUDE.md", "AGENTS.md")
"""The first that is there counts."""


async def beside(path: str, context: ToolContext) -> tuple[tuple[str, str], ...]:
    """(path, text) of those that the model was not shown yet, outermost first."""
    if not paths.within(path, context.root):
        return ()
    found: list[tuple[str, str]] = []
    for folder in _folders(path, context.root):
        place = await _first(folder, context)
        if place is not None and place[0] not in context.state.instructions and place[0] != path:
            found.append(place)
    return tuple(found)


def added(result: ToolResult, shown: tuple[tuple[str, str], ...], say: Speech) -> ToolResult:
    """The result with the files behind it, and the memory of having shown them."""
    after = "\n".join(say.text("Layout.nested", path=path, text=text.rstrip("\n")) for path, text in shown)
    return replace(result, after=after, state={**result.state, "instructions": [path for path, _ in shown]})


def _folders(path: str, root: str) -> list[str]:
    """From right below the root to the file's own."""
    parts = posixpath.relpath(posixpath.dirname(path), root).split("/")
    if parts == ["."]:
        return []
    return [posixpath.join(root, *parts[: size + 1]) for size in range(len(parts))]


async def _first(folder: str, context: ToolContext) -> tuple[str, str] | None:
    for name in NAMES:
        path = posixpath.join(folder, name)
        try:
            if await context.sandbox.stat(path) is None:
                continue
        except PathEscape:
            return None
        text = (await files.look(path, context)).text
        if text:
            return path, text
    return None
