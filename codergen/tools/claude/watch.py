"""Which files are other than the model saw them last: looked at after each command, told by the layout."""

from typing import Any

from codergen.tools.base import ToolContext
from codergen.tools.claude import files, paths
from codergen.tools.claude.files import Known

WATCHED = 64
"""Files that are looked at, those seen last."""
SHOWN = 8_000
"""Characters of a change that are shown."""
AROUND = 8
"""Unchanged lines that are shown before and after it."""


async def changed(context: ToolContext, known: Known) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """`{"path", "lines"}` of each, for a result's details, and the change of state by which it is told once. `lines` is
    empty where the text before is not known, and None where the file is gone."""
    told: list[dict[str, Any]] = []
    state: dict[str, Any] = {}
    for path, seen in list(context.state.files.items())[-WATCHED:]:
        if not paths.within(path, context.root):
            continue
        found = await files.look(path, context)
        if found.kind == "absent":
            told.append({"path": path, "lines": None})
            state[path] = None
        elif found.kind == "file" and files.digest(found.data) != seen.sha256:
            before = known.text(path)
            lines = "" if before is None else new_lines(before, found.data.decode("utf-8", "replace"))
            told.append({"path": path, "lines": lines})
            state |= known.seen(path, found.data, whole=seen.whole and before is not None)["files"]
    return told, {"files": state} if state else {}


def new_lines(before: str, after: str) -> str:
    """The changed stretch as it is now, numbered, with the lines around it, and cut. Pure."""
    old, new = before.split("\n"), after.removesuffix("\n").split("\n")
    old = old[:-1] if before.endswith("\n") else old
    same = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - same
    alike = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    shown = range(max(0, same - AROUND), min(len(new), len(new) - alike + AROUND))
    text = "\n".join(f"{at + 1}\t{new[at]}" for at in shown)
    return text if len(text) <= SHOWN else text[:SHOWN].rpartition("\n")[0] + "\n..."
