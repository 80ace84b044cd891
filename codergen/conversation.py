"""A session's conversation as values, and how events build it. Pure: live state and a resumed journal are one fold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from providers.types import Message, StopReason, ToolResultPart, user

By = Literal["model", "harness", "translated"]
"""Who made an assistant's message: a model; the harness, without asking one; or a model's words in which the profile
read tool calls that the model did not spell as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEntry:
    text: str
    kind: Literal["user"] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantEntry:
    message: Message
    by: By
    stop: StopReason | None = None
    """None for the harness."""
    kind: Literal["assistant"] = "assistant"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolEntry:
    call_id: str
    name: str
    content: str
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    is_error: bool = False
    kind: Literal["tool"] = "tool"


Entry = UserEntry | AssistantEntry | ToolEntry

INTERRUPTED = "Interrupted before it ended; it may have been carried out in part. Look before repeating it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    entries: tuple[Entry, ...] = ()

    @property
    def turn(self) -> tuple[Entry, ...]:
        """What came since the last user's message, without it."""
        last = max((i for i, entry in enumerate(self.entries) if isinstance(entry, UserEntry)), default=-1)
        return self.entries[last + 1 :]

    @property
    def asked(self) -> str:
        """The last user's message."""
        return next((e.text for e in reversed(self.entries) if isinstance(e, UserEntry)), "")

    @property
    def unanswered(self) -> tuple[tuple[str, str], ...]:
        """(id, name) of calls of the last assistant's message that have no result."""
        done: set[str] = set()
        for entry in reversed(self.entries):
            match entry:
                case ToolEntry():
                    done.add(entry.call_id)
                case AssistantEntry():
                    return tuple((c.id, c.name) for c in entry.message.tool_calls if c.id not in done)
                case UserEntry():
                    return ()
        return ()

    def messages(self) -> tuple[Message, ...]:
        """As providers take them: results of one round in one message, in the order of their calls."""
        out: list[Message] = []
        for position, entry in enumerate(self.entries):
            match entry:
                case UserEntry():
                    out.append(user(entry.text))
                case AssistantEntry():
                    out.append(entry.message)
                    if results := self._results(position, entry):
                        out.append(Message(role="tool", parts=results))
                case ToolEntry():
                    pass
        return tuple(out)

    def _results(self, position: int, entry: AssistantEntry) -> tuple[ToolResultPart, ...]:
        found: dict[str, ToolEntry] = {}
        for later in self.entries[position + 1 :]:
            if not isinstance(later, ToolEntry):
                break
            found[later.call_id] = later
        return tuple(
            ToolResultPart(call_id=call.id, name=call.name, content=r.content, is_error=r.is_error)
            for call in entry.message.tool_calls
            if (r := found.get(call.id))
        )

    def add(self, *entries: Entry) -> "Conversation":
        return replace(self, entries=(*self.entries, *entries))


@cache
def _codec() -> TypeAdapter[Message]:
    return TypeAdapter(Message)


def message_data(message: Message) -> dict[str, Any]:
    """A message as JSON values."""
    return _codec().dump_python(message, mode="json")


def message_from(data: object) -> Message:
    return _codec().validate_python(data)


def apply(conversation: Conversation, kind: str, data: Mapping[str, Any]) -> Conversation:
    """The conversation after an event. Kinds that do not concern it change nothing."""
    match kind:
        case "turn.start":
            lost = [
                ToolEntry(call_id=id, name=name, content=INTERRUPTED, is_error=True)
                for id, name in conversation.unanswered
            ]
            return conversation.add(*lost, UserEntry(text=data["text"]))
        case "model.message":
            entry = AssistantEntry(message=message_from(data["message"]), by=data["by"], stop=data["stop"])
            return conversation.add(entry)
        case "tool.end":
            names = ("call_id", "name", "content", "details", "is_error")
            return conversation.add(ToolEntry(**{name: data[name] for name in names}))
        case _:
            return conversation
