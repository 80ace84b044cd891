"""Which tools the agents of this world offer, as data: how each family runs a command, reads a file, changes it.

Names and arguments are the measured ones (wire.md 1.3, 2.3, 3.3). Pure.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from providers.types import ToolCallPart, ToolSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One edit of one file; `old` stands in it once."""

    path: str
    """As the agent's tools want it."""
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A call without its id."""

    tool: str
    arguments: str
    freeform: bool = False

    def part(self, id: str) -> ToolCallPart:
        return ToolCallPart(id=id, name=self.tool, arguments=self.arguments, freeform=self.freeform)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """One family's words. It fits a request that offers all of `tools`."""

    name: str
    tools: tuple[str, ...]
    shell: Callable[[str], Said]
    read: Callable[[str], Said]
    edit: Callable[[Change], Said]
    absolute: bool = True
    """Paths are given absolute, as the agent sees them; its shell is asked where it stands."""


def _json(tool: str, **arguments: Any) -> Said:  # noqa: ANN401  # any JSON value
    return Said(tool=tool, arguments=json.dumps(arguments))


def _text(tool: str, text: str) -> Said:
    return Said(tool=tool, arguments=text, freeform=True)


def _script(body: str) -> Said:
    return _text("exec", f"{body}\n")


def _run_script(command: str) -> Said:
    return _script(f"const r = await tools.exec_command({{cmd: {json.dumps(command)}}});\ntext(r.output);")


def patch(change: Change) -> str:
    """The change in the format of apply_patch. Whole lines: `old` and `new` begin and end at line boundaries."""
    removed = "".join(f"-{line}\n" for line in change.old.removesuffix("\n").split("\n"))
    added = "".join(f"+{line}\n" for line in change.new.removesuffix("\n").split("\n")) if change.new else ""
    return f"*** Begin Patch\n*** Update File: {change.path}\n@@\n{removed}{added}*** End Patch"


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "'\\''") + "'"


VOCABULARIES: Sequence[Vocabulary] = (
    Vocabulary(
        name="claude",
        tools=("Bash", "Read", "Edit"),
        shell=lambda command: _json("Bash", command=command),
        read=lambda path: _json("Read", file_path=path),
        edit=lambda change: _json("Edit", file_path=change.path, old_string=change.old, new_string=change.new),
    ),
    Vocabulary(
        name="codex, classic",
        tools=("exec_command", "apply_patch"),
        shell=lambda command: _json("exec_command", cmd=command),
        read=lambda path: _json("exec_command", cmd=f"cat {_quoted(path)}"),
        edit=lambda change: _text("apply_patch", patch(change)),
    ),
    Vocabulary(
        name="codex, code mode",
        tools=("exec",),
        shell=_run_script,
        read=lambda path: _run_script(f"cat {_quoted(path)}"),
        edit=lambda change: _script(f"await tools.apply_patch({json.dumps(patch(change))});\ntext('patched');"),
    ),
    Vocabulary(
        name="gemini",
        tools=("run_shell_command", "read_file", "replace"),
        shell=lambda command: _json("run_shell_command", command=command),
        read=lambda path: _json("read_file", file_path=path),
        edit=lambda change: _json(
            "replace",
            file_path=change.path,
            instruction="Make the failing check pass.",
            old_string=change.old,
            new_string=change.new,
        ),
    ),
    Vocabulary(
        name="codergen/plain",
        tools=("check", "read", "edit"),
        absolute=False,
        shell=lambda _: _json("check"),
        read=lambda path: _json("read", path=path),
        edit=lambda change: _json("edit", path=change.path, old_string=change.old, new_string=change.new),
    ),
)


def vocabulary(tools: Sequence[ToolSpec]) -> Vocabulary | None:
    """The first whose tools are all offered."""
    offered = {tool.name for tool in tools}
    return next((words for words in VOCABULARIES if offered.issuperset(words.tools)), None)
