"""A session's conversation as values, and how events build it. Pure: live state and a resumed journal are one fold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import takewhile
from typing import Any, Literal, cast

from pydantic import TypeAdapter

from providers.types import MediaPart, Message, StopReason, TextPart, ToolResultPart, user

By = Literal["model", "harness", "translated"]
"""Who made an assistant's message: a model; the harness, without asking one; or a model's words in which the profile
read tool calls that the model did not spell as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEntry:
    text: str
    steer: bool = False
    """Said while a turn was under way: it is part of that turn and begins none."""
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
    is_error: bool | None = None
    media: tuple[MediaPart, ...] = ()
    after: str = ""
    """A text that follows all results of its round."""
    kind: Literal["tool"] = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEntry:
    """What the harness tells the model between others' words; a profile decides in which role it goes out."""

    text: str
    about: str
    """What it is, e.g. `cwd`, `file_changed`, `loop`, `last_chance`, `compaction`."""
    kind: Literal["note"] = "note"


Entry = UserEntry | AssistantEntry | ToolEntry | NoteEntry

INTERRUPTED = "Interrupted before it ended; it may have been carried out in part. Look before repeating it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    entries: tuple[Entry, ...] = ()
    settled: tuple[Message, ...] = field(default=(), compare=False, repr=False)
    """Messages of the rounds that can't change any more, so that a long session does not make them again each time."""
    settled_entries: int = field(default=0, compare=False, repr=False)
    """How many entries `settled` covers."""
    memo: dict[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)
    """What a layout made of `settled`, by its name, handed on to longer conversations. It may be empty at any time, and
    of another conversation that began as this one: whoever uses it checks."""

    @property
    def turn(self) -> tuple[Entry, ...]:
        """What came since the user's message that began it, without that."""
        last = max((i for i, entry in enumerate(self.entries) if _begins(entry)), default=-1)
        return self.entries[last + 1 :]

    @property
    def asked(self) -> str:
        """The user's message that began the last turn."""
        return next((e.text for e in reversed(self.entries) if isinstance(e, UserEntry) and not e.steer), "")

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
                case UserEntry() | NoteEntry():
                    return ()
        return ()

    def messages(self) -> tuple[Message, ...]:
        """As providers take them: results of one round in one message, in the order of their calls."""
        return (*self.settled, *_messages(self.entries[self.settled_entries :]))

    def add(self, *entries: Entry) -> "Conversation":
        """Anything but a tool's answer closes the round before it."""
        grown = self
        for entry in entries:
            if isinstance(entry, ToolEntry):
                grown = replace(grown, entries=(*grown.entries, entry))
            else:
                grown = replace(
                    grown,
                    entries=(*grown.entries, entry),
                    settled=grown.messages(),
                    settled_entries=len(grown.entries),
                )
        return grown


def mapped(conversation: Conversation, name: str, change: Callable[[Message], Message]) -> tuple[Message, ...]:
    """All messages, each changed by a function of nothing but itself; settled ones are changed once, under `name`."""
    settled = conversation.settled
    last, done = cast("tuple[Message | None, list[Message]]", conversation.memo.get(name, (None, [])))
    if len(done) > len(settled) or (done and settled[len(done) - 1] is not last):
        done = []
    done += map(change, settled[len(done) :])
    conversation.memo[name] = (settled[-1] if settled else None, done)
    return (*done, *map(change, conversation.messages()[len(settled) :]))


def _begins(entry: Entry) -> bool:
    return isinstance(entry, UserEntry) and not entry.steer


def _messages(entries: tuple[Entry, ...]) -> list[Message]:
    out: list[Message] = []
    for position, entry in enumerate(entries):
        match entry:
            case UserEntry():
                out.append(user(entry.text))
            case AssistantEntry():
                out.append(entry.message)
                if answers := _answers(entry, entries[position + 1 :]):
                    out.append(Message(role="tool", parts=(*map(_result, answers), *_texts(answers))))
            case NoteEntry():
                out.append(Message(role="system", parts=(TextPart(text=entry.text),)))
            case ToolEntry():
                pass
    return out


def _answers(asked: AssistantEntry, after: tuple[Entry, ...]) -> list[ToolEntry]:
    """In the order of the calls."""
    answers = takewhile(lambda entry: isinstance(entry, ToolEntry), after)
    found = {entry.call_id: entry for entry in answers if isinstance(entry, ToolEntry)}
    return [found[call.id] for call in asked.message.tool_calls if call.id in found]


def _result(entry: ToolEntry) -> ToolResultPart:
    return ToolResultPart(
        call_id=entry.call_id, name=entry.name, content=entry.content, is_error=entry.is_error, media=entry.media
    )


def _texts(answers: list[ToolEntry]) -> list[TextPart]:
    return [TextPart(text=entry.after) for entry in answers if entry.after]


def compacted(conversation: Conversation, kept_from: int, summary: str) -> Conversation:
    """The first message, a note with `summary`, and the entries from `kept_from` on, before them the user's message
    that they answer where it lies further back."""
    entries = conversation.entries
    head = entries[:1] if entries and isinstance(entries[0], UserEntry) else ()
    tail = entries[kept_from:]
    standing: tuple[Entry, ...] = ()
    if not any(map(_begins, tail)):
        standing = tuple(filter(_begins, entries[len(head) : kept_from]))[-1:]
    return Conversation().add(*head, NoteEntry(text=summary, about="compaction"), *standing, *tail)


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
        case "steer.entered":
            return conversation.add(UserEntry(text=data["text"], steer=True))
        case "model.message":
            entry = AssistantEntry(message=message_from(data["message"]), by=data["by"], stop=data["stop"])
            return conversation.add(entry)
        case "tool.end":
            names = ("call_id", "name", "content", "details", "is_error")
            media = tuple(MediaPart(**part) for part in data.get("media", ()))
            entry = ToolEntry(**{name: data[name] for name in names}, media=media, after=data.get("after", ""))
            return conversation.add(entry)
        case "note":
            return conversation.add(NoteEntry(text=data["text"], about=data["about"]))
        case "compaction":
            return compacted(conversation, data["kept_from"], data["summary"])
        case _:
            return conversation
