"""Reads an answer as it passes: whether its end came, what it used, what went wrong. Pure, piece by piece."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from providers.types import Usage
from providers.usage import READERS

Json = Mapping[str, Any]
_NOTHING: Json = {}
LARGEST = 64 << 20
"""Of one event, or of an answer in one piece. What is larger counts as not whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an answer showed so far."""

    whole: bool = False
    usage: Usage | None = None
    error: str = ""
    """The vendor's word for an error within the answer."""
    garbled: bool = False
    """An event was no JSON: whatever its end says, a tool may have lost a piece."""


@dataclass(slots=True)
class AnswerReader:
    """`feed` every piece in order, then ask `seen`."""

    api: str
    content_type: str
    generates: bool = True
    """False for answers that have no end mark of their own, such as token counts."""
    _rest: bytearray = field(default_factory=bytearray)
    _data: list[bytes] = field(default_factory=list[bytes])
    _counts: dict[str, Any] = field(default_factory=dict[str, Any])
    _whole: bool = False
    _error: str = ""
    _garbled: bool = False
    _spilled: bool = False

    def feed(self, piece: bytes) -> None:
        """Take the next bytes, decoded from any content encoding."""
        if self._spilled:
            return
        self._rest += piece
        if self.streamed and b"\n" in piece:
            self._lines()
        if len(self._rest) > LARGEST:
            self._spilled = True
            self._rest.clear()

    def seen(self) -> Seen:
        """What is known now; after the last piece that is all there is to know."""
        if not self.streamed:
            self._one_piece()
        usage = READERS[self.api](self._counts) if self._counts else None
        whole = self._whole and not (self._spilled or self._error or self._garbled)
        return Seen(whole=whole, usage=usage, error=self._error, garbled=self._garbled)

    @property
    def streamed(self) -> bool:
        """Server-sent events, as against one piece of JSON."""
        return self.content_type.partition(";")[0].strip() == "text/event-stream"

    def _lines(self) -> None:
        *lines, rest = self._rest.split(b"\n")
        self._rest = bytearray(rest)
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(bytes(line[5:]))
            elif not line.strip() and self._data:
                whole, self._data = b"\n".join(self._data), []
                found = list(_objects(whole))
                self._garbled = self._garbled or not found
                for value in found:
                    self._event(value)

    def _one_piece(self) -> None:
        found = list(_objects(bytes(self._rest)))
        for value in found:
            self._event(value)
        self._whole = self._whole or bool(found and not self.generates)

    def _event(self, value: Json) -> None:
        if "error" in value and (error := value["error"]):
            self._error = str(_of(error).get("type") or _of(error).get("status") or _of(error).get("code") or "error")
        counts, whole = _EVENTS[self.api](value)
        self._counts |= {name: count for name, count in counts.items() if count is not None}
        self._whole = self._whole or whole
        if value.get("type") in {"error", "response.failed"}:
            inner = _of(_of(value.get("response")).get("error"))
            self._error = self._error or str(value.get("code") or inner.get("code") or "failed")


def _objects(text: bytes) -> Iterator[Json]:
    """The JSON objects of an event or a body; Gemini without `alt=sse` puts them into a list."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    for part in cast("list[Any]", value) if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            yield cast("Json", part)


def _of(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else _NOTHING


def _anthropic(event: Json) -> tuple[Json, bool]:
    """A stream ends with `message_stop`; counts come at its start and are corrected at its end."""
    match event.get("type"):
        case "message_start":
            return _of(_of(event.get("message")).get("usage")), False
        case "message_delta":
            return _of(event.get("usage")), False
        case "message_stop":
            return _NOTHING, True
        case "message":
            return _of(event.get("usage")), event.get("stop_reason") is not None
        case _:
            return _NOTHING, False


def _openai(event: Json) -> tuple[Json, bool]:
    """A stream ends with `response.completed`, `.incomplete` or `.failed`; the response inside has the counts."""
    body = _of(event.get("response")) if str(event.get("type", "")).startswith("response.") else event
    ended = body.get("status") in {"completed", "incomplete"} and body.get("object") == "response"
    last = event.get("type") in {"response.completed", "response.incomplete"}
    return _of(body.get("usage")), last or (ended and "type" not in event)


def _gemini(event: Json) -> tuple[Json, bool]:
    """Every chunk repeats the counts. A candidate's last one has a reason; a blocked prompt has no candidate."""
    candidates = event.get("candidates")
    listed = cast("list[Any]", candidates) if isinstance(candidates, list) else []
    ended = any(_of(candidate).get("finishReason") for candidate in listed)
    blocked = bool(_of(event.get("promptFeedback")).get("blockReason"))
    return _of(event.get("usageMetadata")), ended or blocked


_EVENTS = {"anthropic_messages": _anthropic, "openai_responses": _openai, "gemini_generate": _gemini}
