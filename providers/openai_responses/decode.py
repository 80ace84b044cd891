"""Events of a Responses stream to ours, and one response: whole once `response.completed` or `.incomplete` came."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from providers import accumulate
from providers.errors import CutStream, Failure, GarbledResponse, ProviderError, classify
from providers.events import ModelEvent, ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.types import ModelResponse, StopReason, Usage
from providers.usage import openai as usage

Wire = Mapping[str, Any]

NOTHING: Wire = {}
INCOMPLETE: Mapping[str, StopReason] = {
    "max_output_tokens": "length",
    "content_filter": "content_filter",
    "steered": "pause",
}
"""`IncompleteDetails.reason` of the SDK. `max_messages` and what comes later is "other"."""
CALLS: Mapping[str, str] = {"function_call": "arguments", "custom_tool_call": "input"}
"""Item type -> the field that a tool is called with."""
USUAL_TIERS = frozenset({"", "auto", "default"})
_WAIT = re.compile(r"try again in (\d+(?:\.\d+)?) ?(ms|s)\b", re.IGNORECASE)


def failed(told: Wire, *, provider: str, request_id: str | None) -> ProviderError:
    """The error that `ResponseError` or an `error` event stands for. A wait stands in the text only, so it is read."""
    code, message = str(told.get("code") or "").lower(), str(told.get("message") or "")
    wait = _WAIT.search(message)
    return classify(Failure(code=code, body=message))(
        f"{provider}: {message or code or 'failed without a word'}",
        provider=provider,
        code=code,
        retry_after=float(wait[1]) / (1000 if wait[2].lower() == "ms" else 1) if wait else None,
        request_id=request_id,
    )


@dataclass(slots=True, kw_only=True)
class EventReader:
    """Folds one stream. `provider` and `model` name the source of reasoning parts and of errors.

    Items that only the service understands (reasoning, its own tools' calls) become reasoning parts with the item of
    `output_item.done` as `opaque`; a message's `phase` stands in such a part right before its text.
    """

    provider: str
    model: str
    request_id: str | None = None
    began: bool = False
    _seen: list[ModelEvent] = field(default_factory=list[ModelEvent])
    _calls: dict[int, str] = field(default_factory=dict[int, str])
    """Output index -> what a tool is called with, so far."""
    _last: int = -1
    _refused: bool = False
    _end: Wire | None = None

    @property
    def whole(self) -> bool:
        """Whether the last event that matters has come."""
        return self._end is not None

    @property
    def usage(self) -> Usage:
        return usage((self._end or NOTHING).get("usage") or NOTHING)

    @property
    def usual_tier(self) -> bool:
        """Whether the answer was served at the listed price."""
        return str((self._end or NOTHING).get("service_tier") or "") in USUAL_TIERS

    def feed(self, event: object) -> list[ModelEvent]:
        """Our events for one of the stream's. Raises GarbledResponse when it is not one, and what the service tells."""
        try:
            found = self._read(cast("Wire", event))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise GarbledResponse(
                f"an event that is not of this API: {error!r}", provider=self.provider, request_id=self.request_id
            ) from error
        self.began = self.began or bool(found)
        self._seen += found
        return found

    def _read(self, event: Wire) -> list[ModelEvent]:
        number = int(event.get("sequence_number", self._last + 1))
        if number <= self._last:  # sent twice
            return []
        self._last = number
        match event["type"]:
            case "response.output_text.delta" | "response.refusal.delta" as kind:
                self._refused = self._refused or kind == "response.refusal.delta"
                return [TextDelta(text=event["delta"])]
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return [ReasoningDelta(text=event["delta"])]
            case "response.reasoning_summary_part.added":
                return [ReasoningDelta(text="\n\n")] if event["summary_index"] else []
            case "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta":
                return self._grown(event["output_index"], event["delta"])
            case "response.output_item.added":
                return self._opened(event["output_index"], event["item"])
            case "response.output_item.done":
                return self._closed(event["output_index"], event["item"])
            case _:
                self._turned(event)
                return []

    def _turned(self, event: Wire) -> None:
        """The events that end a stream. All others tell nothing that a later one does not tell again."""
        match event["type"]:
            case "response.completed" | "response.incomplete":
                self._end = cast("Wire", dict(event["response"]))
            case "response.failed":
                raise failed(
                    event["response"].get("error") or NOTHING, provider=self.provider, request_id=self.request_id
                )
            case "error":
                raise failed(event.get("error") or event, provider=self.provider, request_id=self.request_id)
            case _:
                pass

    def _opened(self, index: int, item: Wire) -> list[ModelEvent]:
        if item["type"] in CALLS:
            self._calls[index] = ""
            freeform = item["type"] == "custom_tool_call"
            return [ToolCallDelta(index=index, id=item["call_id"], name=item["name"], arguments="", freeform=freeform)]
        if item["type"] == "message" and item.get("phase"):
            return [ReasoningEnd(opaque={"type": "message", "phase": item["phase"]})]
        return []

    def _grown(self, index: int, delta: str) -> list[ModelEvent]:
        self._calls[index] += delta
        return [ToolCallDelta(index=index, arguments=delta)]

    def _closed(self, index: int, item: Wire) -> list[ModelEvent]:
        """What was not said before. A call must be what its pieces spelled: it is going to be run."""
        if item["type"] == "message":
            return []
        if item["type"] not in CALLS:
            return [ReasoningEnd(opaque=item)]
        found = [] if index in self._calls else self._opened(index, item)
        whole, spelled = str(item[CALLS[item["type"]]]), self._calls[index]
        if not whole.startswith(spelled):
            raise ValueError(f"the call of {item['name']!r} is not what its pieces spell")
        return found + (self._grown(index, whole[len(spelled) :]) if whole != spelled else [])

    def response(self, *, cost_usd: Decimal | None) -> ModelResponse:
        """The whole answer. Raises CutStream while its last event has not come."""
        if self._end is None:
            raise CutStream(
                "the stream ended before the answer did", provider=self.provider, request_id=self.request_id
            )
        stop, raw = self._stop(self._end)
        return ModelResponse(
            message=accumulate.message(self._seen, provider=self.provider, model=self.model),
            stop=stop,
            usage=self.usage,
            model=self._end.get("model") or self.model,
            raw_stop=raw,
            request_id=self.request_id,
            cost_usd=cost_usd,
        )

    def _stop(self, end: Wire) -> tuple[StopReason, str]:
        status = str(end.get("status") or "completed")
        if status != "completed":
            reason = str((end.get("incomplete_details") or NOTHING).get("reason") or status)
            return INCOMPLETE.get(reason, "other"), reason
        if self._refused:
            return "refusal", "refusal"
        return ("tool_calls" if self._calls else "stop"), status
