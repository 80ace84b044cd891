"""Thinking that can prove, when it comes back, that it was not changed."""

import base64
from typing import Any

from providers.twin.wire import sign, signed
from providers.types import ReasoningPart

Wire = dict[str, Any]


def block(part: ReasoningPart, model: str) -> Wire:
    """SDK type ThinkingBlock or RedactedThinkingBlock."""
    if part.opaque and part.opaque.get("redacted"):
        hidden = base64.b64encode(part.text.encode()).decode()
        return {"type": "redacted_thinking", "data": f"{hidden}.{sign('anthropic', model, hidden)}"}
    return {"type": "thinking", "thinking": part.text, "signature": sign("anthropic", model, part.text)}


def unchanged(wire: Wire, model: str) -> bool:
    """Whether `block` made this, for this model."""
    if wire["type"] == "redacted_thinking":
        hidden, _, signature = str(wire.get("data", "")).rpartition(".")
        return signed(signature, "anthropic", model, hidden)
    return signed(str(wire.get("signature", "")), "anthropic", model, str(wire.get("thinking", "")))
