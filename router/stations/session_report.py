"""What a session amounts to as a station's report, read out of its conversation. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codergen.conversation import AssistantEntry, Conversation, ToolEntry
from providers.types import ToolCallPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What was done in the workspace, and what the checks said of it."""

    files: tuple[str, ...]
    """Changed and not changed back."""
    checked: bool
    """The public checks passed after the last change."""
    validation: tuple[str, ...]
    """One line for each check that ran."""
    tried: tuple[Mapping[str, Any], ...]
    """Changes in order: path, new text, and what the check after it said."""


def work(conversation: Conversation) -> Work:
    changes: list[tuple[str, str, str]] = []
    tried: list[dict[str, Any]] = []
    validation: list[str] = []
    checked = False
    for call, result in _calls(conversation):
        if call.name == "check" and not result.is_error:
            checked = bool(result.details.get("passed"))
            said = [str(run["summary"]) for run in result.details.get("runs", ())]
            validation += said
            if tried and not tried[-1]["check"]:
                tried[-1]["check"] = "; ".join(said)
        elif call.name in {"edit", "write"} and not result.is_error:
            checked = False
            change = _change(call)
            if changes and _undoes(changes[-1], change):
                changes.pop()
            else:
                changes.append(change)
                tried.append({"path": change[0], "new": change[2], "check": ""})
        elif call.name == "shell":
            checked = False
    files = tuple(dict.fromkeys(path for path, _, _ in changes))
    return Work(files=files, checked=checked, validation=tuple(validation), tried=tuple(tried))


def _calls(conversation: Conversation) -> Iterator[tuple[ToolCallPart, ToolEntry]]:
    """Calls with their results, in the order of the results."""
    calls: dict[str, ToolCallPart] = {}
    for entry in conversation.entries:
        match entry:
            case AssistantEntry():
                calls = {call.id: call for call in entry.message.tool_calls}
            case ToolEntry() if entry.call_id in calls:
                yield calls[entry.call_id], entry
            case _:
                pass


def _change(call: ToolCallPart) -> tuple[str, str, str]:
    """Path, old and new text."""
    arguments: dict[str, Any] = json.loads(call.arguments)
    return arguments["path"], arguments.get("old_string", ""), arguments.get("new_string", arguments.get("content", ""))


def _undoes(before: tuple[str, str, str], after: tuple[str, str, str]) -> bool:
    return bool(before[1]) and (before[0], before[2], before[1]) == after
