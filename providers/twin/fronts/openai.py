"""The Responses wire of OpenAI. Reading is in `openai_read` and what it names, writing in `openai_write`.

Nothing is stored: whatever needs an earlier response on the service's side is refused (assumed to be refused alike).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from providers.twin import wire
from providers.twin.front import Answer, Asked, Call, Failure, FailureName, Frame, Rejected, Turn, Wire
from providers.twin.fronts import chat, openai_read, openai_write
from providers.types import ModelInfo, Usage

ERRORS: Mapping[FailureName, tuple[str, str | None]] = {
    **chat.ERRORS,
    "server": ("server_error", "server_error"),
    "overloaded": ("service_unavailable_error", "server_is_overloaded"),
    "unavailable": ("service_unavailable_error", "server_is_overloaded"),
}
"""`type` and `code` of an error body (assumed)."""
LAST = 1_000_000
"""Number of an event that tells a failure: a front does not know how far the stream got, and numbers only grow."""


def front() -> "OpenaiFront":
    return OpenaiFront()


@dataclass(frozen=True, slots=True)
class OpenaiFront:
    """Paths /responses, /responses/input_tokens and /models, with and without /v1: the base URL decides."""

    provider: str = "openai"
    api: str = "openai_responses"
    base_path: str = "/v1"

    def environment(self, url: str) -> Mapping[str, str]:
        """Codex takes its address from `model_providers` of its config.toml alone (wire.md 2.7)."""
        return {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "twin", "CODEX_API_KEY": "twin"}

    def serves(self, call: Call) -> Literal["generate", "side", ""]:
        path = _path(call)
        if (call.method, path) == ("POST", "/responses"):
            return "generate"
        if path == "/responses" or path.startswith("/responses/"):
            return "side"
        return "side" if call.method == "GET" and path.startswith("/models") else ""

    def read(self, call: Call) -> Asked:
        return openai_read.read(call)

    def frames(self, turn: Turn, asked: Asked, usage: Usage) -> Iterator[Frame]:
        return openai_write.frames(turn, asked, usage)

    def whole(self, turn: Turn, asked: Asked, usage: Usage) -> Wire:
        return openai_write.response(turn, asked, usage)

    def headers(self, call: Call) -> Mapping[str, str]:
        return {"x-request-id": wire.request_id(self.provider, call.number), "openai-processing-ms": "1"}

    def failure(self, failure: Failure) -> Answer:
        kind, code = ERRORS[failure.name]
        headers = {} if failure.retry_after is None else {"retry-after": f"{failure.retry_after:g}"}
        body = {"error": {"message": failure.message, "type": kind, "param": None, "code": code}}
        return Answer(status=failure.status, headers=headers, body=body)

    def interruption(self, failure: Failure, asked: Asked) -> Frame:
        """SDK type ResponseErrorEvent."""
        kind, code = ERRORS[failure.name]
        told = {"code": code or kind, "message": failure.message, "param": None}
        return wire.sse({"type": "error", "sequence_number": LAST, **told}, event="error")

    def side(self, call: Call, models: Sequence[ModelInfo]) -> Answer:
        path = _path(call)
        if (call.method, path) == ("POST", "/responses/input_tokens"):
            return _count(call)
        if path == "/responses" and call.headers.get("upgrade", "").lower() == "websocket":
            message = "This twin speaks HTTP only."  # after one 426 Codex CLI goes on with HTTP (measured, 0.169.0)
            return Answer(status=426, body={"error": {"message": message, "type": "invalid_request_error"}})
        if path.startswith("/responses"):
            text = f"{call.method} {call.path}: nothing is stored here."
            raise Rejected(Failure(name="not_found", message=text, rule="the twin stores nothing"))
        return chat.front().side(replace(call, path=f"/v1{path}"), models)


def _path(call: Call) -> str:
    return call.path.removeprefix("/v1")


def _count(call: Call) -> Answer:
    """SDK type InputTokenCountResponse."""
    asked = openai_read.read(call)
    count = sum(wire.block_tokens(block) for block in asked.blocks)
    return Answer(body={"object": "response.input_tokens", "input_tokens": count})
