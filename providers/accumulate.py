"""Events to whole messages. Pure; every client builds its `Done` with this, so deltas and response cannot differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from providers.events import Done, ModelEvent, ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.types import Message, Part, ReasoningPart, TextPart, ToolCallPart


@dataclass(slots=True, kw_only=True)
class _Open:
    """A part that still grows."""

    kind: str
    index: int = -1
    id: str = ""
    name: str = ""
    freeform: bool = False
    whole: bool = False
    opaque: Mapping[str, Any] | None = None
    pieces: list[str] = field(default_factory=list[str])

    def close(self, provider: str, model: str) -> Part:
        text = "".join(self.pieces)
        if self.kind == "text":
            return TextPart(text=text)
        if self.kind == "reasoning":
            return ReasoningPart(text=text, opaque=self.opaque, provider=provider, model=model)
        return ToolCallPart(id=self.id, name=self.name, arguments=text, freeform=self.freeform)


def _call(opened: list[_Open], delta: ToolCallDelta) -> _Open:
    found = next((part for part in opened if part.kind == "tool_call" and part.index == delta.index), None)
    if found is None:
        found = _Open(kind="tool_call", index=delta.index)
        opened.append(found)
    found.id, found.name = found.id or delta.id, found.name or delta.name
    found.freeform = found.freeform or delta.freeform
    return found


def _prose(opened: list[_Open], kind: str) -> _Open:
    if not opened or opened[-1].kind != kind or opened[-1].whole:
        opened.append(_Open(kind=kind))
    return opened[-1]


def parts(events: Iterable[ModelEvent], *, provider: str = "", model: str = "") -> tuple[Part, ...]:
    """Parts in the order in which each began; neighbouring text joins, parallel calls are kept apart by `index`."""
    opened: list[_Open] = []
    for event in events:
        match event:
            case TextDelta():
                _prose(opened, "text").pieces.append(event.text)
            case ReasoningDelta():
                _prose(opened, "reasoning").pieces.append(event.text)
            case ReasoningEnd():
                block = _prose(opened, "reasoning")
                block.opaque, block.whole = event.opaque, True
            case ToolCallDelta():
                _call(opened, event).pieces.append(event.arguments)
            case Done():
                pass
            case _:
                assert_never(event)
    return tuple(part.close(provider, model) for part in opened)


def message(events: Iterable[ModelEvent], *, provider: str = "", model: str = "") -> Message:
    """The assistant's message that these events spell."""
    return Message(role="assistant", parts=parts(events, provider=provider, model=model))
