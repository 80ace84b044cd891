"""Chunks (`types.GenerateContentResponse`, dumped as the wire spells it) to events and one response. Pure."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from providers import accumulate, usage
from providers.errors import BadRequest, CutStream, GarbledResponse, PermissionDenied, ProviderError, Refused
from providers.events import ModelEvent, ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.gemini_generate.contents import API, Signed, signature
from providers.types import ModelResponse, StopReason, Usage

Wire = Mapping[str, Any]

STOP: Mapping[str, StopReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "TOO_MANY_TOOL_CALLS": "pause",
    **dict.fromkeys(
        (
            "SAFETY",
            "RECITATION",
            "LANGUAGE",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION",
            "ESCALATION",
            "MODEL_ARMOR",
        ),
        "content_filter",
    ),
}
"""`types.FinishReason`; what is in neither table is "other"."""

FAILED: Mapping[str, type[ProviderError]] = {
    "MALFORMED_FUNCTION_CALL": GarbledResponse,
    "MALFORMED_RESPONSE": GarbledResponse,
    "UNEXPECTED_TOOL_CALL": GarbledResponse,
    "MISSING_THOUGHT_SIGNATURE": BadRequest,
    "PUP_LIMITED_DISABLED": PermissionDenied,
}
"""Reasons that leave no answer behind. The model wanted a call that nobody can read: told as a stop, it would look like
the end of the work."""

SERVICE_PARTS: Mapping[str, str] = {
    "executableCode": "executable_code",
    "codeExecutionResult": "code_execution_result",
    "toolCall": "tool_call",
    "toolResponse": "tool_response",
}
"""Parts of tools that the service runs itself, with the SDK's names. They go back as they came."""


@dataclass(slots=True, kw_only=True)
class ChunkReader:
    """Folds one stream."""

    model: str
    salt: str
    """Makes ids of calls unique where the service gives none."""
    began: bool = False
    raw_stop: str = ""
    counted: Usage = field(default_factory=Usage)
    request_id: str | None = None
    _seen: list[ModelEvent] = field(default_factory=list[ModelEvent])
    _calls: int = 0
    _sealed: bool = False
    """The last text was signed: more text is a part of its own."""
    _served_by: str = ""
    _told: str = ""

    def feed(self, chunk: Wire) -> list[ModelEvent]:
        """The events of one chunk. Raises GarbledResponse when it is none, Refused when the prompt was blocked."""
        try:
            found = self._read(chunk)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise GarbledResponse(f"a chunk that is no answer of Gemini: {error}", provider=API) from error
        self.began = self.began or bool(found)
        self._seen += found
        return found

    def _read(self, chunk: Wire) -> list[ModelEvent]:
        if not chunk:
            raise ValueError("nothing in it")
        self._served_by = chunk.get("modelVersion") or self._served_by
        self.request_id = chunk.get("responseId") or self.request_id
        if chunk.get("usageMetadata"):
            self.counted = usage.gemini(chunk["usageMetadata"])
        candidates = cast("list[Wire]", chunk.get("candidates") or [])
        if not candidates:
            self._blocked(chunk.get("promptFeedback") or {})
            return []
        first = candidates[0]
        self.raw_stop = first.get("finishReason") or self.raw_stop
        self._told = first.get("finishMessage") or self._told
        content: Wire = first.get("content") or {}
        return [event for part in cast("list[Wire]", content.get("parts") or []) for event in self._part(part)]

    def _blocked(self, feedback: Wire) -> None:
        reason = feedback.get("blockReason")
        if reason:
            told = feedback.get("blockReasonMessage") or f"the prompt was blocked ({reason})"
            raise Refused(f"{API}: {told}", provider=API, code=str(reason).lower(), request_id=self.request_id)

    def _part(self, part: Wire) -> list[ModelEvent]:
        """Events of one part; a signature comes right before the part it signs, that of a thought right behind."""
        found = self._body(part)
        own = next((name for name in SERVICE_PARTS if part.get(name)), None)
        if own:
            return [ReasoningEnd(opaque={"part": {SERVICE_PARTS[own]: part[own]}, **_signed(part, "nothing")})]
        if not part.get("thoughtSignature"):
            apart = self._sealed and any(isinstance(event, TextDelta) for event in found)
            self._sealed = self._sealed and not found
            return [ReasoningEnd(), *found] if apart else found
        if part.get("thought"):
            return [*found, ReasoningEnd(opaque=_signed(part, "thought"))]
        of: Signed = "call" if part.get("functionCall") else "text" if found else "nothing"
        self._sealed = of == "text"
        return [ReasoningEnd(opaque=_signed(part, of)), *found]

    def _body(self, part: Wire) -> list[ModelEvent]:
        if part.get("functionCall"):
            return [self._call(part["functionCall"])]
        text = part.get("text")
        if not text:
            return []
        return [ReasoningDelta(text=text) if part.get("thought") else TextDelta(text=text)]

    def _call(self, wire: Wire) -> ToolCallDelta:
        """A call comes whole in one part (`FunctionCall.partial_args` is not of this API)."""
        index, self._calls = self._calls, self._calls + 1
        return ToolCallDelta(
            index=index,
            id=wire.get("id") or f"call_{self.salt}_{index}",
            name=wire["name"],
            arguments=json.dumps(wire.get("args") or {}, ensure_ascii=False),
        )

    def response(self, *, cost_usd: Decimal | None) -> ModelResponse:
        """The whole answer. Raises CutStream while no finish reason has come, and what `FAILED` says."""
        if not self.raw_stop:
            raise CutStream("the stream ended before the answer did", provider=API, request_id=self.request_id)
        if self.raw_stop in FAILED:
            raise FAILED[self.raw_stop](
                f"{API}: {self._told or self.raw_stop}",
                provider=API,
                code=self.raw_stop.lower(),
                request_id=self.request_id,
            )
        stop = STOP.get(self.raw_stop, "other")
        return ModelResponse(
            message=accumulate.message(self._seen, provider=API, model=self.model),
            stop="tool_calls" if stop == "stop" and self._calls else stop,
            usage=self.counted,
            model=self._served_by or self.model,
            raw_stop=self.raw_stop,
            request_id=self.request_id,
            cost_usd=cost_usd,
        )


def _signed(part: Wire, of: Signed) -> Wire:
    """`opaque` of a signed part. The SDK's dump writes bytes in the base64 of URLs."""
    encoded = part.get("thoughtSignature")
    return signature(base64.b64decode(encoded, altchars=b"-_", validate=True), of) if encoded else {}
