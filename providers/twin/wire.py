"""Small pure pieces that every front needs: canonical JSON, server-sent events, token estimates, signatures."""

import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from typing import Any

from providers.twin.front import Block, Frame

_KEY = b"codergen twin: proves that a value came back unchanged, guards nothing"
CHARACTERS_PER_TOKEN = 4
"""Assumed. Every provider counts otherwise; the twin's numbers are stable and grow with the text, no more."""


def canonical(value: Any) -> str:  # noqa: ANN401  # any JSON value
    """One text for equal JSON: keys sorted, no blanks."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def tokens(text: str) -> int:
    """The documented estimate: a token per four characters, rounded up."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def block_tokens(block: Block) -> int:
    return tokens(block.text) if block.tokens is None else block.tokens


def sse(data: Mapping[str, Any] | str, *, event: str = "", content: bool = False) -> Frame:
    """One server-sent event. `data` is sent as JSON, unless it is text (`[DONE]`)."""
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    head = f"event: {event}\n" if event else ""
    return Frame(data=f"{head}data: {text}\n\n".encode(), content=content)


def sign(*facts: str) -> str:
    """A signature over some texts, the same in every run, so that a conversation may outlive the twin."""
    return hmac.new(_KEY, "\0".join(facts).encode(), hashlib.sha256).hexdigest()


def signed(signature: str, *facts: str) -> bool:
    """Whether `sign(*facts)` made this signature."""
    return hmac.compare_digest(signature.encode(), sign(*facts).encode())


def request_id(provider: str, number: int) -> str:
    return f"req_twin_{provider}_{number:04d}"
