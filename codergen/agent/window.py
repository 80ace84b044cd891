"""How full a model's window is: what the provider counted, and an estimate of what came since. Pure.

Providers count exactly and late; we count at once and roughly. So a figure says how much of it is which.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from codergen.conversation import AssistantEntry, Conversation, Entry, NoteEntry, ToolEntry, UserEntry
from providers.types import (
    MediaPart,
    Message,
    ModelRequest,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Usage,
)

CHARACTERS = 3.5
"""Of ASCII text to a token: source code lies between 3 and 4, so that an estimate errs on the high side."""
WIDE = 1.0
"""Tokens of a character beyond ASCII."""
MEDIA = 1_600
"""Tokens of a picture of usual size."""
ENTRY = 8
"""Tokens around each message or result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The provider's last count."""

    tokens: int = 0
    """Of request and answer together; 0 is none yet."""
    entries: int = 0
    """How many entries of the conversation it covers."""
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """What the next request needs."""

    measured: int
    """Counted by the provider."""
    estimated: int
    """Ours, for the rest."""
    window: int | None
    """The model's, None where it is not known."""

    @property
    def tokens(self) -> int:
        return self.measured + self.estimated

    @property
    def share(self) -> float | None:
        return None if not self.window else self.tokens / self.window

    def data(self) -> dict[str, Any]:
        """As events and documents have it."""
        return {"measured": self.measured, "estimated": self.estimated, "window": self.window}


def apply(measured: Measured, kind: str, data: Mapping[str, Any], entries: int) -> Measured:
    """The last count after an event; `entries` is the length of the conversation before it. A count that a compaction
    made invalid is forgotten."""
    match kind:
        case "model.usage":
            total = Usage(**data["usage"]).total
            return Measured(tokens=total, entries=entries + 1, model=data["model"]) if total else measured
        case "compaction":
            return Measured()
        case _:
            return measured


def fill(measured: Measured, conversation: Conversation, request: ModelRequest, window: int | None) -> Fill:
    """How full the window is with `request`, which a profile made of `conversation`."""
    if not measured.tokens or measured.entries > len(conversation.entries):
        return Fill(measured=0, estimated=request_tokens(request), window=window)
    since = conversation.entries[measured.entries :]
    return Fill(measured=measured.tokens, estimated=entries_tokens(since), window=window)


def text_tokens(text: str) -> int:
    """An estimate."""
    ascii_ = len(text.encode("ascii", "ignore"))
    return round(ascii_ / CHARACTERS + (len(text) - ascii_) * WIDE)


def entries_tokens(entries: Iterable[Entry]) -> int:
    """An estimate."""
    return sum(ENTRY + _entry(entry) for entry in entries)


def request_tokens(request: ModelRequest) -> int:
    """An estimate of the whole request: instructions, tools, messages."""
    tools = sum(
        text_tokens(tool.description) + text_tokens(json.dumps(dict(tool.parameters))) + ENTRY for tool in request.tools
    )
    return text_tokens(request.system) + tools + sum(ENTRY + _message(message) for message in request.messages)


def _entry(entry: Entry) -> int:
    match entry:
        case UserEntry() | NoteEntry():
            return text_tokens(entry.text)
        case AssistantEntry():
            return _message(entry.message)
        case ToolEntry():
            return text_tokens(entry.content) + text_tokens(entry.after) + MEDIA * len(entry.media)
        case _:
            assert_never(entry)


def _message(message: Message) -> int:
    return sum(map(_part, message.parts))


def _part(part: Part) -> int:
    match part:
        case TextPart():
            return text_tokens(part.text)
        case MediaPart():
            return MEDIA
        case ReasoningPart():
            return text_tokens(part.text)
        case ToolCallPart():
            return text_tokens(part.name) + text_tokens(part.arguments)
        case ToolResultPart():
            return text_tokens(part.content) + MEDIA * len(part.media)
        case _:
            assert_never(part)
