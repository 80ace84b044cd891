"""Paths of a call, made absolute as inside. Pure."""

import posixpath

from codergen.tools.base import ToolContext


def cwd(context: ToolContext) -> str:
    """Where commands start now."""
    return context.state.cwd or context.root


def absolute(path: str, context: ToolContext) -> str:
    """A relative path counts from where commands start."""
    return posixpath.normpath(posixpath.join(cwd(context), path))


def within(path: str, root: str) -> bool:
    """`path` is `root` or below it; both normal and absolute."""
    return path == root or path.startswith(root.rstrip("/") + "/")
