"""The chat completions wire: OpenAI's older API and what is compatible with it. Reading is in `chat_read`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from providers.events import ToolCallDelta
from providers.scripted import Reply, deltas, pieces
from providers.twin import wire
from providers.twin.front import Answer, Asked, Call, Failure, FailureName, Frame, Rejected, Turn, Wire
from providers.twin.fronts.chat_read import read
from providers.types import ModelInfo, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage

ERRORS: Mapping[FailureName, tuple[str, str | None]] = {
    "bad_request": ("invalid_request_error", None),
    "too_long": ("invalid_request_error", "context_length_exceeded"),
    "auth": ("invalid_request_error", "invalid_api_key"),
    "permission": ("permission_error", None),
    "not_found": ("invalid_request_error", None),
    "model_not_found": ("invalid_request_error", "model_not_found"),
    "rate_limit": ("requests", "rate_limit_exceeded"),
    "quota": ("insufficient_quota", "insufficient_quota"),
    "server": ("server_error", None),
    "unavailable": ("server_error", None),
    "overloaded": ("overloaded_error", None),
}
"""`type` and `code` of an error body (assumed: the SDK types none of them; 529 is not OpenAI's own)."""
FINISH: Mapping[StopReason, str] = {
    "length": "length",
    "context": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
}
"""SDK type Choice.finish_reason has no more words; every other stop is "stop"."""


def front() -> "ChatFront":
    return ChatFront()


@dataclass(frozen=True, slots=True)
class ChatFront:
    """Paths /v1/chat/completions and /v1/models."""

    provider: str = "chat"
    api: str = "litellm_chat"
    base_path: str = "/v1"

    def environment(self, url: str) -> Mapping[str, str]:
        return {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "twin"}

    def serves(self, call: Call) -> Literal["generate", "side", ""]:
        if (call.method, call.path) == ("POST", "/v1/chat/completions"):
            return "generate"
        listed = call.path == "/v1/models" or call.path.startswith("/v1/models/")
        return "side" if call.method == "GET" and listed else ""

    def read(self, call: Call) -> Asked:
        return read(call)

    def frames(self, turn: Turn, asked: Asked, usage: Usage) -> Iterator[Frame]:
        head = _head(asked, "chat.completion.chunk")
        yield _chunk(head, {"role": "assistant", "content": ""})
        for delta in _deltas(turn):
            yield _chunk(head, delta, content=True)
        yield _chunk(head, {}, finish=FINISH.get(turn.stopped, "stop"))
        options: Wire = asked.call.body.get("stream_options") or {}
        if options.get("include_usage"):  # SDK type ChatCompletionStreamOptionsParam
            yield wire.sse({**head, "choices": [], "usage": _usage(usage)})
        yield wire.sse("[DONE]")

    def whole(self, turn: Turn, asked: Asked, usage: Usage) -> Wire:
        message: dict[str, Any] = {"role": "assistant", "content": _join(turn, TextPart) or None}
        if reasoning := _join(turn, ReasoningPart):
            message["reasoning_content"] = reasoning
        if calls := [_call(part) for part in turn.parts if isinstance(part, ToolCallPart)]:
            message["tool_calls"] = calls
        choice = {"index": 0, "message": message, "finish_reason": FINISH.get(turn.stopped, "stop"), "logprobs": None}
        return {**_head(asked, "chat.completion"), "choices": [choice], "usage": _usage(usage)}

    def headers(self, call: Call) -> Mapping[str, str]:
        return {"x-request-id": wire.request_id(self.provider, call.number)}

    def failure(self, failure: Failure) -> Answer:
        headers = {} if failure.retry_after is None else {"retry-after": f"{failure.retry_after:g}"}
        return Answer(status=failure.status, headers=headers, body=_error(failure))

    def interruption(self, failure: Failure, asked: Asked) -> Frame:
        return wire.sse(_error(failure))

    def side(self, call: Call, models: Sequence[ModelInfo]) -> Answer:
        listed = [_model(model) for model in models]
        name = call.path.removeprefix("/v1/models").removeprefix("/")
        if not name:
            return Answer(body={"object": "list", "data": listed})
        for model in listed:
            if model["id"] == name:
                return Answer(body=model)
        raise Rejected(Failure(name="model_not_found", message=f"The model '{name}' does not exist"))


def _head(asked: Asked, kind: str) -> Wire:
    number = asked.call.number
    return {"id": f"chatcmpl-{number}", "object": kind, "created": asked.call.now, "model": asked.request.model}


def _chunk(head: Wire, delta: Wire, *, finish: str | None = None, content: bool = False) -> Frame:
    return wire.sse({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}, content=content)


def _deltas(turn: Turn) -> Iterator[Wire]:
    """Reasoning (a field that many compatible servers have) and text in order, then the calls, interleaved."""
    for part in turn.parts:
        if isinstance(part, ReasoningPart):
            yield from ({"reasoning_content": piece} for piece in pieces(part.text, turn.piece))
        elif isinstance(part, TextPart):
            yield from ({"content": piece} for piece in pieces(part.text, turn.piece))
    calls = tuple(part for part in turn.parts if isinstance(part, ToolCallPart))
    for event in deltas(Reply(tool_calls=calls, piece=turn.piece)):
        if isinstance(event, ToolCallDelta):
            yield {"tool_calls": [_call_delta(event, freeform=calls[event.index].freeform)]}


def _call_delta(event: ToolCallDelta, *, freeform: bool) -> Wire:
    kind, text = ("custom", "input") if freeform else ("function", "arguments")
    wired: dict[str, Any] = {"index": event.index, kind: {text: event.arguments}}
    if event.id:
        wired |= {"id": event.id, "type": kind, kind: {"name": event.name, text: event.arguments}}
    return wired


def _call(part: ToolCallPart) -> Wire:
    """SDK types ChatCompletionMessageFunctionToolCall and ChatCompletionMessageCustomToolCall."""
    if part.freeform:
        return {"id": part.id, "type": "custom", "custom": {"name": part.name, "input": part.arguments}}
    return {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": part.arguments}}


def _join(turn: Turn, kind: type[TextPart] | type[ReasoningPart]) -> str:
    return "".join(part.text for part in turn.parts if isinstance(part, kind))


def _usage(usage: Usage) -> Wire:
    """SDK type CompletionUsage: cached tokens are part of the prompt, reasoning is part of the completion."""
    prompt = usage.total - usage.output
    return {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output,
        "total_tokens": prompt + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _error(failure: Failure) -> Wire:
    kind, code = ERRORS[failure.name]
    return {"error": {"message": failure.message, "type": kind, "param": None, "code": code}}


def _model(model: ModelInfo) -> Wire:
    """SDK type Model; `meta` is how llama.cpp's server tells its window (assumed)."""
    told: dict[str, Any] = {"id": model.id, "object": "model", "created": 1, "owned_by": "twin"}
    if model.context_tokens is not None:
        told["meta"] = {"n_ctx": model.context_tokens}
    return told
