"""Changes of files as unified diffs. Pure."""

import difflib
from collections.abc import Mapping


def unified_diff(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """As git would write it, file by file."""
    parts: list[str] = []
    for path in sorted(after):
        old, new = before[path].splitlines(keepends=True), after[path].splitlines(keepends=True)
        for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
            parts.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(parts)


def changed_text(diff: str) -> tuple[str, ...]:
    """What a unified diff changes, without what its writer adds: file names and changed lines."""
    kept = (line for line in diff.splitlines() if line.startswith(("+", "-")))
    return tuple(line.split("\t")[0] if line.startswith(("+++ ", "--- ")) else line for line in kept)
