"""Chunks of a chat completion to events and one response. A stream is whole only when a finish reason came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from providers import accumulate
from providers.errors import CutStream, GarbledResponse
from providers.events import ModelEvent, ReasoningDelta, TextDelta, ToolCallDelta
from providers.types import ModelResponse, StopReason, Usage

Wire = Mapping[str, Any]

STOP: Mapping[str, StopReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


def usage(wire: Wire) -> Usage:
    """Counts in our normal form: this wire counts cached tokens within the prompt, we do not."""
    prompt: Wire = wire.get("prompt_tokens_details") or {}
    completion: Wire = wire.get("completion_tokens_details") or {}
    read = int(prompt.get("cached_tokens") or 0)
    written = int(prompt.get("cache_write_tokens") or prompt.get("cache_creation_tokens") or 0)
    return Usage(
        input=max(0, int(wire.get("prompt_tokens") or 0) - read - written),
        cache_read=read,
        cache_write=written,
        output=int(wire.get("completion_tokens") or 0),
        reasoning=int(completion.get("reasoning_tokens") or 0),
    )


def _tool_call(wire: Wire, position: int) -> ToolCallDelta:
    function: Wire = wire.get("function") or {}
    index = wire.get("index")
    return ToolCallDelta(
        index=position if index is None else int(index),
        id=wire.get("id") or "",
        name=function.get("name") or "",
        arguments=function.get("arguments") or "",
    )


def events(delta: Wire) -> list[ModelEvent]:
    """Events of one `delta`; empty pieces are dropped."""
    found: list[ModelEvent] = []
    reasoning = delta.get("reasoning_content") or delta.get("reasoning")
    if isinstance(reasoning, str) and reasoning:
        found.append(ReasoningDelta(text=reasoning))
    if delta.get("content"):
        found.append(TextDelta(text=delta["content"]))
    calls = cast("list[Wire]", delta.get("tool_calls") or [])
    found += [_tool_call(wire, position) for position, wire in enumerate(calls)]
    return found


@dataclass(slots=True, kw_only=True)
class ChunkReader:
    """Folds one stream. `provider` and `model` name the source of reasoning parts and of errors."""

    provider: str
    model: str
    began: bool = False
    raw_stop: str = ""
    _seen: list[ModelEvent] = field(default_factory=list[ModelEvent])
    _served_by: str = ""
    _usage: Usage = field(default_factory=Usage)

    def feed(self, chunk: Wire) -> list[ModelEvent]:
        """The events of one chunk. Raises GarbledResponse when it is not one."""
        try:
            found = self._read(chunk)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise GarbledResponse(f"a chunk that is no chat completion: {error}", provider=self.provider) from error
        self.began = self.began or bool(found)
        self._seen += found
        return found

    def _read(self, chunk: Wire) -> list[ModelEvent]:
        if "choices" not in chunk:
            raise ValueError("no choices")
        self._served_by = chunk.get("model") or self._served_by
        if chunk.get("usage"):
            self._usage = usage(chunk["usage"])
        choices = cast("list[Wire]", chunk["choices"] or [])
        if not choices:
            return []
        self.raw_stop = choices[0].get("finish_reason") or self.raw_stop
        return events(choices[0].get("delta") or {})

    def response(self, *, request_id: str | None, cost_usd: Decimal | None) -> ModelResponse:
        """The whole answer. Raises CutStream while no finish reason has come."""
        if not self.raw_stop:
            raise CutStream("the stream ended before the answer did", provider=self.provider, request_id=request_id)
        return ModelResponse(
            message=accumulate.message(self._seen, provider=self.provider, model=self.model),
            stop=STOP.get(self.raw_stop, "other"),
            usage=self._usage,
            model=self._served_by or self.model,
            raw_stop=self.raw_stop,
            request_id=request_id,
            cost_usd=cost_usd,
        )

    @property
    def usage(self) -> Usage:
        return self._usage
