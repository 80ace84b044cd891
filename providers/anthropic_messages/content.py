"""Messages of ours as messages of this wire: alternating runs of content blocks. Pure, and the same for a message
wherever the conversation ends, so that every request extends the one before.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, cast

from providers.anthropic_messages.facts import API, Facts
from providers.errors import FeatureMissing
from providers.types import (
    MediaPart,
    Message,
    ModelRequest,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

Wire = dict[str, Any]

_ID = re.compile(r"[a-zA-Z0-9_-]{1,128}")
"""What a tool_use id may look like (assumed: the service names this pattern when it refuses one)."""


def call_id(id: str) -> str:
    """An id of another provider, made fit for this wire; the same every time, and apart from any other."""
    if _ID.fullmatch(id):
        return id
    return f"call_{hashlib.sha256(id.encode()).hexdigest()[:24]}"


def text(content: str) -> list[Wire]:
    """One text block, or none: the service refuses text without a visible character (assumed, from its answers)."""
    return [{"type": "text", "text": content}] if content.strip() else []


def media(part: MediaPart) -> Wire:
    """ImageBlockParam or DocumentBlockParam. Raises FeatureMissing for a type that this API does not take."""
    if part.url:
        source: Wire = {"type": "url", "url": part.url}
    else:
        source = {"type": "base64", "media_type": part.media_type, "data": part.data}
    if part.media_type.startswith("image/"):
        return {"type": "image", "source": source}
    if part.media_type.startswith("text/") and part.data:
        plain = base64.b64decode(part.data).decode(errors="replace")
        source = {"type": "text", "media_type": "text/plain", "data": plain}
    elif part.media_type != "application/pdf":
        raise FeatureMissing(part.media_type, provider=API)
    return {"type": "document", "source": source, **({"title": part.name} if part.name else {})}


def _input(part: ToolCallPart) -> Wire:
    """Arguments as the object that ToolUseBlockParam wants. What the model wrote wrongly stays readable to it."""
    if part.freeform:
        return {"input": part.arguments}
    try:
        value: object = json.loads(part.arguments or "{}")
    except ValueError:
        value = None
    return cast("Wire", value) if isinstance(value, dict) else {"INVALID_JSON": part.arguments}


def _result(part: ToolResultPart) -> Wire:
    """ToolResultBlockParam; its content is a plain string unless pictures go with it."""
    wire: Wire = {"type": "tool_result", "tool_use_id": call_id(part.call_id)}
    if part.media:
        wire["content"] = [*text(part.content), *(media(item) for item in part.media)]
    elif part.content:
        wire["content"] = part.content
    return wire if part.is_error is None else {**wire, "is_error": part.is_error}


def _block(part: Part, *, role: str, model: str) -> list[Wire]:
    """The blocks of one part. Reasoning goes back unchanged to the model that wrote it and is left out for others."""
    match part:
        case TextPart():
            return text(part.text)
        case MediaPart():
            return [] if role == "assistant" else [media(part)]
        case ReasoningPart():
            own = part.opaque is not None and (part.provider, part.model) == (API, model)
            return [dict(part.opaque)] if own and part.opaque is not None else []
        case ToolCallPart():
            return [{"type": "tool_use", "id": call_id(part.id), "name": part.name, "input": _input(part)}]
        case ToolResultPart():
            return [_result(part)]


def marked_system(content: str) -> str:
    """Words of the system that have to stand on the user's side."""
    return f"<system-message>\n{content}\n</system-message>"


def _answers(blocks: Sequence[Wire], calls: Sequence[str]) -> list[Wire]:
    """Results first, in the order of their calls, then the rest: results must come right behind the calls."""
    order = {id: at for at, id in enumerate(calls)}
    results = [block for block in blocks if block["type"] == "tool_result"]
    results.sort(key=lambda block: order.get(block["tool_use_id"], len(order)))
    return [*results, *(block for block in blocks if block["type"] != "tool_result")]


def _user_side(run: Iterable[tuple[str, list[Wire]]], calls: Sequence[str], known: Facts) -> list[Wire]:
    """One user message, and behind it one system message where the model has that role.

    A system message must follow a user's and be followed by an assistant's or by nothing (both said by the service
    when it refuses, and so placed in wire.md 1.2); one that cannot is marked text on the user's side.
    """
    sides = list(run)
    apart = known.system_role and any(role != "system" for role, _ in sides)
    blocks: list[Wire] = []
    system: list[Wire] = []
    for role, found in sides:
        if role != "system":
            blocks += found
        elif apart:
            system += found
        else:
            blocks += [{**block, "text": marked_system(block["text"])} for block in found]
    wires: list[Wire] = [{"role": "user", "content": _answers(blocks, calls)}]
    return [*wires, {"role": "system", "content": system}] if system else wires


def _sides(messages: Iterable[Message], model: str) -> Iterable[tuple[str, list[Wire]]]:
    """Role and blocks of each message that has any."""
    for message in messages:
        blocks = [block for part in message.parts for block in _block(part, role=message.role, model=model)]
        if blocks:
            yield message.role, blocks


def messages(request: ModelRequest, known: Facts) -> list[Wire]:
    """The conversation: runs of one side are merged, so that the roles alternate."""
    wires: list[Wire] = []
    calls: list[str] = []
    for ours, run in groupby(_sides(request.messages, request.model), key=lambda side: side[0] == "assistant"):
        if ours:
            blocks = [block for _, found in run for block in found]
            calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
            wires.append({"role": "assistant", "content": blocks})
        else:
            wires += _user_side(run, calls, known)
    return wires
