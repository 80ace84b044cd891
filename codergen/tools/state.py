"""What the tools of a session remember from call to call: a fold of what their results said, so a resumed session has
it too. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSeen:
    """A file as the model last saw it."""

    sha256: str
    """Of its whole content then."""
    whole: bool
    """The model saw all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolState:
    cwd: str = ""
    """Where commands start, absolute as inside; empty is the workspace."""
    files: Mapping[str, FileSeen] = field(default_factory=dict[str, FileSeen])
    """By absolute path as inside."""
    instructions: frozenset[str] = frozenset()
    """Paths of instruction files that the model has been shown, absolute as inside."""
    notes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """A family's own: todo list, topic, goal; JSON values."""

    def apply(self, change: Mapping[str, Any]) -> "ToolState":
        """The state after a result's `state`: `cwd` and each of `notes` are replaced, `files` (path -> [sha256, whole],
        null forgets) and `instructions` are added to."""
        files = dict(self.files)
        for path, seen in change.get("files", {}).items():
            if seen is None:
                files.pop(path, None)
            else:
                files[path] = FileSeen(sha256=seen[0], whole=seen[1])
        return replace(
            self,
            cwd=change.get("cwd", self.cwd),
            files=files,
            instructions=self.instructions | frozenset(change.get("instructions", ())),
            notes={**self.notes, **change.get("notes", {})},
        )
