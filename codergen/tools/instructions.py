"""Files of standing instructions in a workspace (CLAUDE.md, AGENTS.md, GEMINI.md): which of those that are there count,
and what they say. Pure, but for reading them."""

import posixpath
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from codergen.errors import FileRefused, PathEscape
from codergen.sandbox.base import Sandbox
from codergen.tools.base import ToolContext

LONGEST = 256 * 1024
"""Bytes of one file that are taken in; a file of instructions that is larger is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Where a family's own tool looks."""

    names: tuple[str, ...]
    """In each folder of the workspace; the first that is there counts."""
    local: tuple[str, ...] = ()
    """The user's own for this project, beside the others."""
    home: str = ""
    """Folder of the vendor's tool, relative to the user's home; empty where there is none."""
    moved_by: str = ""
    """Variable that names another folder in its place."""
    most: int = LONGEST
    """Bytes of the files of a workspace together."""
    nested: bool = True
    """Files below the root are shown with the first file that is touched there."""


RULES: Mapping[str, Rules] = {
    "claude": Rules(
        names=("CLAUDE.md", "AGENTS.md"), local=("CLAUDE.local.md",), home=".claude", moved_by="CLAUDE_CONFIG_DIR"
    ),
    "codex": Rules(
        names=("AGENTS.override.md", "AGENTS.md"), home=".codex", moved_by="CODEX_HOME", most=32 * 1024, nested=False
    ),
    "gemini": Rules(names=("GEMINI.md",), home=".gemini"),
    "plain": Rules(names=("AGENTS.md", "CLAUDE.md", "GEMINI.md"), nested=False),
}
"""family -> rules, as measured on 2026-11-22; `plain` are all models without a harness of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that counts."""

    path: str
    """Absolute as inside."""
    text: str


def below(root: str, folder: str) -> tuple[str, ...]:
    """The folders from right below `root` down to `folder`, outermost first; none for what is not below it. Both
    absolute. Pure."""
    relative = posixpath.relpath(posixpath.normpath(folder), posixpath.normpath(root))
    parts = relative.split("/")
    if parts[0] in {".", ".."}:
        return ()
    return tuple(posixpath.join(root, *parts[: size + 1]) for size in range(len(parts)))


def first(names: Sequence[str], folder: str, there: Container[str]) -> str | None:
    """The path of the file that counts in a folder. Pure."""
    return next((path for path in (posixpath.join(folder, name) for name in names) if path in there), None)


async def read(sandbox: Sandbox, path: str) -> str:
    """What a file says; empty where it is not there, leaves the workspace, or is no text of a sensible size. Raises
    SandboxDied."""
    try:
        data = await sandbox.read_file(path, max_bytes=LONGEST)
    except (FileNotFoundError, FileRefused, PathEscape):
        return ""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    return text if text.strip() else ""


async def nested(folder: str, context: ToolContext, names: Sequence[str], *, but: str = "") -> tuple[Found, ...]:
    """Files between the root (without it: those are told when the session begins) and a folder that a call touched,
    outermost first, without those the model has been shown and without `but`, which it is reading now. Whoever shows
    them puts their paths into the result's `state`, under `instructions`."""
    found: list[Found] = []
    for place in below(context.root, folder):
        paths = [posixpath.join(place, name) for name in names]
        for path in paths:
            if path == but or path in context.state.instructions:
                break
            if text := await read(context.sandbox, path):
                found.append(Found(path=path, text=text))
                break
    return tuple(found)
