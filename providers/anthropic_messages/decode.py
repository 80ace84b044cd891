"""Events of a message stream to our events and one response. Pure; a stream is whole only after `message_stop`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers import accumulate, usage
from providers.anthropic_messages.facts import API
from providers.errors import CutStream, GarbledResponse
from providers.events import ModelEvent, ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.pricing import Price, cost
from providers.types import ModelResponse, StopReason

Wire = Mapping[str, Any]

STOP: Mapping[str, StopReason] = {
    "end_turn": "stop",
    "max_tokens": "length",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "refusal": "refusal",
    "model_context_window_exceeded": "context",
}
"""Every word of the SDK's StopReason."""


@dataclass(slots=True, kw_only=True)
class _Open:
    """A content block that still grows."""

    index: int
    start: dict[str, Any]
    json: str = ""
    """Pieces of `input_json_delta`, joined."""

    def begin(self) -> list[ModelEvent]:
        match self.start["type"]:
            case "text":
                return [TextDelta(text=self.start["text"])] if self.start.get("text") else []
            case "thinking":
                return [ReasoningDelta(text=self.start["thinking"])] if self.start.get("thinking") else []
            case "tool_use":
                return [ToolCallDelta(index=self.index, arguments="", id=self.start["id"], name=self.start["name"])]
            case _:
                return []

    def grow(self, delta: Wire) -> list[ModelEvent]:
        """One RawContentBlockDelta. Citations and kinds that are not known are passed over."""
        match delta["type"]:
            case "text_delta":
                return [TextDelta(text=delta["text"])] if delta["text"] else []
            case "thinking_delta":
                self.start["thinking"] = self.start.get("thinking", "") + delta["thinking"]
                return [ReasoningDelta(text=delta["thinking"])] if delta["thinking"] else []
            case "signature_delta":
                self.start["signature"] = self.start.get("signature", "") + delta["signature"]
            case "input_json_delta":
                self.json += delta["partial_json"]
                if self.start["type"] == "tool_use" and delta["partial_json"]:
                    return [ToolCallDelta(index=self.index, arguments=delta["partial_json"])]
            case _:
                pass
        return []

    def end(self) -> list[ModelEvent]:
        """Thinking without its signature cannot go back. A block of a kind that is not ours (a server tool's call or
        result, a compaction) can: it is kept whole, as reasoning that nobody reads."""
        match self.start["type"]:
            case "text":
                return []
            case "tool_use":
                whole = json.dumps(self.start.get("input") or {})
                return [] if self.json else [ToolCallDelta(index=self.index, arguments=whole)]
            case "thinking":
                return [ReasoningEnd(opaque=self.start if self.start.get("signature") else None)]
            case _:
                filled = {"input": json.loads(self.json)} if self.json else {}
                return [ReasoningEnd(opaque={**self.start, **filled})]


@dataclass(slots=True, kw_only=True)
class EventReader:
    """Folds one stream. `model` is the one that was asked for."""

    model: str
    began: bool = False
    done: bool = False
    """`message_stop` came; nothing after it counts."""
    raw_stop: str = ""
    _served_by: str = ""
    _usage: dict[str, Any] = field(default_factory=dict[str, Any])
    _open: dict[int, _Open] = field(default_factory=dict[int, _Open])
    _seen: list[ModelEvent] = field(default_factory=list[ModelEvent])

    def feed(self, event: object) -> list[ModelEvent]:
        """Our events of one RawMessageStreamEvent. Raises GarbledResponse when it is none, or out of order."""
        try:
            found = self._read(event)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise GarbledResponse(f"{API}: an event that is none of a message: {error!r}", provider=API) from error
        self._seen += found
        return found

    def _read(self, event: Any) -> list[ModelEvent]:  # noqa: ANN401 - whatever came
        match event["type"]:
            case "message_start":
                self._start(event["message"])
            case "content_block_start":
                return self._opened(int(event["index"]), event["content_block"])
            case "content_block_delta":
                return self._open[int(event["index"])].grow(event["delta"])
            case "content_block_stop":
                return self._open.pop(int(event["index"])).end()
            case "message_delta":
                self.raw_stop = event["delta"].get("stop_reason") or self.raw_stop
                self._count(event.get("usage") or {})
            case "message_stop":
                self.done = True
            case _:
                pass  # a kind of event that is newer than this client
        return []

    def _start(self, message: Wire) -> None:
        if self.began:
            raise ValueError("a second message_start")
        self.began = True
        self._served_by = message.get("model") or ""
        self._count(message.get("usage") or {})

    def _count(self, wire: Wire) -> None:
        """Counts are cumulative: a later one that is there replaces the earlier."""
        self._usage.update({name: value for name, value in wire.items() if value is not None})

    def _opened(self, index: int, block: Wire) -> list[ModelEvent]:
        if not self.began or index in self._open:
            raise ValueError(f"content block {index} out of order")
        self._open[index] = _Open(index=index, start=dict(block))
        return self._open[index].begin()

    def response(self, *, request_id: str | None, price: Price | None) -> ModelResponse:
        """The whole answer. Raises CutStream before `message_stop`, GarbledResponse when it came without a reason."""
        if not self.done:
            raise CutStream(f"{API}: the stream ended before the answer did", provider=API, request_id=request_id)
        if not self.raw_stop:
            raise GarbledResponse(f"{API}: an answer without a stop reason", provider=API, request_id=request_id)
        counted = usage.anthropic(self._usage)
        return ModelResponse(
            message=accumulate.message(self._seen, provider=API, model=self.model),
            stop=STOP.get(self.raw_stop, "other"),
            usage=counted,
            model=self._served_by or self.model,
            raw_stop=self.raw_stop,
            request_id=request_id,
            cost_usd=cost(price, counted),
        )
