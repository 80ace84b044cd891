"""The Messages wire: answers, errors, token counts and model lists. Reading is in `anthropic_read`.

Claude Code speaks it too (wire.md 1): what it sends beyond the SDK's types is accepted.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from providers import catalog
from providers.anthropic_messages.decode import STOP
from providers.anthropic_messages.facts import API
from providers.scripted import pieces
from providers.twin import wire
from providers.twin.check import as_object
from providers.twin.front import Answer, Asked, Call, Failure, FailureName, Frame, Rejected, Turn, Wire
from providers.twin.fronts import anthropic_signature
from providers.twin.fronts.anthropic_read import authorised, read
from providers.types import ModelInfo, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage

ERRORS: Mapping[FailureName, str] = {
    "bad_request": "invalid_request_error",
    "too_long": "invalid_request_error",
    "auth": "authentication_error",
    "permission": "permission_error",
    "not_found": "not_found_error",
    "model_not_found": "not_found_error",
    "rate_limit": "rate_limit_error",
    "quota": "rate_limit_error",
    "server": "api_error",
    "unavailable": "api_error",
    "overloaded": "overloaded_error",
}
"""SDK type ErrorType."""
Spoken = TextPart | ReasoningPart | ToolCallPart
SPENT = {"error_code": "enforced_spend_limit_reached"}
"""How a 429 says that waiting does not help: SDK type EnforcedSpendLimitReachedErrorDetails."""
RAW_STOP: Mapping[StopReason, str] = {
    **{ours: raw for raw, ours in STOP.items()},
    "stop": "end_turn",
    "content_filter": "refusal",
}


def front() -> "AnthropicFront":
    return AnthropicFront(info=partial(catalog.load().info, API))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnthropicFront:
    """Paths /v1/messages, /v1/messages/count_tokens and /v1/models."""

    info: Callable[[str], ModelInfo]
    """What is known of a model: some of what a request may say depends on it."""
    provider: str = "anthropic"
    api: str = API
    base_path: str = ""

    def environment(self, url: str) -> Mapping[str, str]:
        return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "twin"}

    def serves(self, call: Call) -> Literal["generate", "side", ""]:
        """The path of the model list is OpenAI's too; who asks here names a version (SDK: in every request)."""
        if call.method == "POST" and call.path == "/v1/messages":
            return "generate"
        if call.method == "POST" and call.path == "/v1/messages/count_tokens":
            return "side"
        listed = call.path == "/v1/models" or call.path.startswith("/v1/models/")
        return "side" if call.method == "GET" and listed and "anthropic-version" in call.headers else ""

    def read(self, call: Call) -> Asked:
        return read(call, self.info)

    def frames(self, turn: Turn, asked: Asked, usage: Usage) -> Iterator[Frame]:
        start: Wire = {
            **_message(turn, asked),
            "content": [],
            "stop_reason": None,
            "usage": {**_usage(usage), **_FIRST},
        }
        yield _event("message_start", message=start)
        yield _event("ping")
        for index, part in enumerate(_spoken(turn, asked)):
            begin, deltas = _block(part, turn, asked)
            yield _event("content_block_start", index=index, content_block=begin)
            for delta in deltas:
                yield _event("content_block_delta", index=index, delta=delta)
            yield _event("content_block_stop", index=index)
        ended = _message(turn, asked)
        delta = {name: ended[name] for name in ("stop_reason", "stop_sequence", "stop_details") if name in ended}
        counted = {name: value for name, value in _usage(usage).items() if name not in _START_ONLY}
        yield _event("message_delta", delta=delta, usage=counted)
        yield _event("message_stop")

    def whole(self, turn: Turn, asked: Asked, usage: Usage) -> Wire:
        content = [_whole_block(part, asked) for part in _spoken(turn, asked)]
        return {**_message(turn, asked), "content": content, "usage": _usage(usage)}

    def headers(self, call: Call) -> Mapping[str, str]:
        return {"request-id": wire.request_id(self.provider, call.number)}

    def failure(self, failure: Failure) -> Answer:
        headers = {} if failure.retry_after is None else {"retry-after": f"{failure.retry_after:g}"}
        return Answer(status=failure.status, headers=headers, body=_error(failure))

    def interruption(self, failure: Failure, asked: Asked) -> Frame:
        return wire.sse(_error(failure), event="error")

    def side(self, call: Call, models: Sequence[ModelInfo]) -> Answer:
        if call.path == "/v1/messages/count_tokens":
            whole = {**as_object(call.body, "body", "SDK type MessageCountTokensParams"), "max_tokens": 0}
            asked = read(replace(call, body=whole), self.info, counting=True)
            return Answer(body={"input_tokens": sum(wire.block_tokens(block) for block in asked.blocks)})
        authorised(call)
        listed = [_model(model, call) for model in models]
        name = call.path.removeprefix("/v1/models").removeprefix("/")
        if not name:
            return Answer(body=_page(listed, call.query))
        for model in listed:
            if model["id"] == name:
                return Answer(body=model)
        raise Rejected(Failure(name="model_not_found", message=f"model: {name}"))


_FIRST = {"output_tokens": 1, "output_tokens_details": None}
"""What `message_start` can know of the output."""
_START_ONLY = frozenset({"cache_creation", "service_tier"})
"""Fields of SDK type Usage that MessageDeltaUsage has not."""


def _event(kind: str, **fields: object) -> Frame:
    return wire.sse({"type": kind, **fields}, event=kind, content=kind == "content_block_delta")


def _spoken(turn: Turn, asked: Asked) -> Iterator[Spoken]:
    """Parts that make a block: no empty text, no thinking where it is off, and none to read where it is to be omitted
    (SDK type ThinkingConfigAdaptiveParam.display)."""
    plan: Wire = asked.call.body.get("thinking") or {}
    for part in turn.parts:
        if isinstance(part, ReasoningPart):
            if plan.get("type") != "disabled":
                hide = plan.get("display") == "omitted" and not part.opaque
                yield replace(part, text="") if hide else part
        elif not isinstance(part, TextPart) or part.text:
            yield part


def _message(turn: Turn, asked: Asked) -> dict[str, Any]:
    """SDK type Message, without content and counts."""
    stop = RAW_STOP.get(turn.stopped, "end_turn")
    details = {"stop_details": {"type": "refusal", "category": None, "explanation": None}} if stop == "refusal" else {}
    return {
        "id": f"msg_twin_{asked.call.number:04d}",
        "type": "message",
        "role": "assistant",
        "model": asked.request.model,
        "stop_reason": stop,
        "stop_sequence": None,
        **details,
    }


def _whole_block(part: Spoken, asked: Asked) -> Wire:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, ReasoningPart):
        return anthropic_signature.block(part, asked.request.model)
    try:
        value = json.loads(part.arguments or "{}")
    except ValueError:
        value = {"INVALID_JSON": part.arguments}
    return {"type": "tool_use", "id": part.id, "name": part.name, "input": value}


def _block(part: Spoken, turn: Turn, asked: Asked) -> tuple[Wire, Iterator[Wire]]:
    """How a content block starts, and its deltas (SDK type RawContentBlockDelta)."""
    if isinstance(part, TextPart):
        told = ({"type": "text_delta", "text": piece} for piece in pieces(part.text, turn.piece))
        return {"type": "text", "text": ""}, told
    if isinstance(part, ToolCallPart):
        json_pieces = ["", *pieces(part.arguments, turn.piece)]
        sent = ({"type": "input_json_delta", "partial_json": piece} for piece in json_pieces)
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": {}}, sent
    whole = anthropic_signature.block(part, asked.request.model)
    if whole["type"] == "redacted_thinking":
        return whole, iter(())
    thought = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(whole["thinking"], turn.piece)]
    signed = {"type": "signature_delta", "signature": whole["signature"]}
    return {"type": "thinking", "thinking": "", "signature": ""}, iter([*thought, signed])


def _usage(usage: Usage) -> dict[str, Any]:
    """SDK type Usage: fresh input apart from cached, thinking within output."""
    return {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write + usage.cache_write_1h,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"thinking_tokens": usage.reasoning},
        "service_tier": "standard",
    }


def _error(failure: Failure) -> Wire:
    """SDK type ErrorResponse; its request id is in the header."""
    error: dict[str, Any] = {"type": ERRORS[failure.name], "message": failure.message}
    if failure.name == "quota":
        error["details"] = SPENT
    return {"type": "error", "error": error, "request_id": None}


def _model(model: ModelInfo, call: Call) -> Wire:
    """SDK type ModelInfo."""
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.id,
        "created_at": datetime.fromtimestamp(call.now, UTC).isoformat().replace("+00:00", "Z"),
        "lifecycle": "active",
        "max_input_tokens": model.context_tokens,
        "max_tokens": model.max_output_tokens,
    }


def _page(listed: Sequence[Wire], query: Mapping[str, str]) -> Wire:
    """SDK type ModelListParams: 20 a page unless `limit` says otherwise, from behind `after_id`."""
    ids = [model["id"] for model in listed]
    first = ids.index(query["after_id"]) + 1 if query.get("after_id") in ids else 0
    limit = int(query["limit"]) if query.get("limit", "").isdigit() else 20
    page = listed[first : first + limit]
    return {
        "data": page,
        "has_more": first + limit < len(listed),
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }
