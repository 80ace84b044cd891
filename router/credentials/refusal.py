"""Errors of our own in each vendor's shape, so that its tool shows them. Pure."""

import json
from dataclasses import dataclass
from typing import Any

_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    502: "api_error",
    504: "timeout_error",
}
_GEMINI_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "FAILED_PRECONDITION",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    502: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_FINAL_BELOW = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request that is not sent, or whose answer is not passed on. `code` is one word for the log and for openai."""

    status: int
    code: str
    message: str

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Asks the vendors' SDKs not to try again what cannot get better."""
        again = () if self.status >= _FINAL_BELOW else (("x-should-retry", "false"),)
        return (("content-type", "application/json"), *again)


def body(api: str, refusal: Refusal) -> bytes:
    """The error as `api` writes errors."""
    return json.dumps(_shape(api, refusal)).encode()


def in_stream(api: str, refusal: Refusal) -> bytes:
    """The error as an event, after an answer that began and was cut: without it one tool calls the half a success.

    Begins with a blank line, which ends an event that was cut in its middle.
    """
    shape = _shape(api, refusal)
    if api == "openai_responses":
        inner = shape["error"]
        shape = {"type": "error", "code": inner["code"], "message": inner["message"], "param": None}
    name = "" if api == "gemini_generate" else "event: error\n"
    return f"\n\n{name}data: {json.dumps(shape)}\n\n".encode()


def _shape(api: str, refusal: Refusal) -> dict[str, Any]:
    text = f"codergen credential proxy: {refusal.message}"
    if api == "anthropic_messages":
        kind = _ANTHROPIC_TYPES.get(refusal.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": text}}
    if api == "gemini_generate":
        status = _GEMINI_STATUS.get(refusal.status, "UNKNOWN")
        return {"error": {"code": refusal.status, "message": text, "status": status}}
    kind = "insufficient_quota" if refusal.status == 402 else "invalid_request_error"
    return {"error": {"message": text, "type": kind, "param": None, "code": refusal.code}}
