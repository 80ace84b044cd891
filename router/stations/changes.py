"""Which files of a workspace a session changed, by any means: commands leave no list of what they wrote."""

from collections.abc import Mapping

from codergen.sandbox.base import ExecRequest, Sandbox

_LEFT_BEHIND = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".git")
"""Folders that tools write beside the work."""
_SKIP = tuple(word for name in _LEFT_BEHIND for word in ("-name", name, "-prune", "-o"))
_LIST = ("find", ".", *_SKIP, "(", "-type", "f", "-o", "-type", "l", ")", "-printf", "%P\\t%s %T@ %m %l\\0")
_MOST = 64 << 20

Listing = Mapping[str, str]
"""Path -> what changes with the file: size, time, mode."""


async def listing(sandbox: Sandbox) -> Listing:
    """The workspace as it is. Raises SandboxError."""
    done = await sandbox.exec(ExecRequest(argv=_LIST, timeout_s=60, max_output=_MOST))
    rows = (row.partition("\t") for row in done.stdout.decode("utf-8", "replace").split("\0") if row)
    return {path: facts for path, _, facts in rows}


def changed(before: Listing, after: Listing) -> tuple[str, ...]:
    """Made, changed and removed, sorted. Pure."""
    return tuple(sorted(path for path in {*before, *after} if before.get(path) != after.get(path)))
