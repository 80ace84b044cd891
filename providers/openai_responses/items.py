"""Our conversation as input items of the Responses API. Pure: what a message becomes depends on it and those before.

Calls and messages go without the service's item ids, only reasoning keeps its own: an id of a call makes the service
ask for the reasoning item it was made with, and that is gone once the model changed (assumed; wire.md 2.2 shows the
ids as the vendor's CLI sends them).
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from providers.errors import FeatureMissing
from providers.types import MediaPart, Message, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart

API = "openai_responses"
Wire = dict[str, Any]
LONGEST_CALL_ID = 64
"""Assumed: the service's own limit. Another provider's longer id is replaced by its hash, on both sides of the call."""


def conversation(messages: Sequence[Message], *, model: str) -> list[Wire]:
    """All messages in order. `model` is who will read them: only its own reasoning goes along."""
    found: list[Wire] = []
    freeform: set[str] = set()
    for message in messages:
        freeform |= {part.id for part in message.tool_calls if part.freeform}
        if message.role == "assistant":
            found += _assistant(message.parts, model)
        else:
            found += _given(message, freeform)
    return found


def _assistant(parts: Sequence[Part], model: str) -> list[Wire]:
    """An answer as it came. Reasoning at its end is left out: the service wants the item that followed (assumed)."""
    items: list[Wire] = []
    phase: Wire = {}
    for part in parts:
        match part:
            case ReasoningPart():
                opaque = _own(part, model)
                if opaque.get("type") == "message":
                    phase = {"phase": opaque["phase"]}
                elif opaque:
                    items.append(dict(opaque))
            case TextPart() if part.text:
                items.append({"type": "message", "role": "assistant", "content": part.text, **phase})
            case ToolCallPart():
                items.append(_call(part))
            case _:
                pass
    while items and items[-1]["type"] == "reasoning":
        items.pop()
    return items


def _own(part: ReasoningPart, model: str) -> Mapping[str, Any]:
    """What has to go back; nothing of another model, and nothing that only the service's store could resolve."""
    opaque = part.opaque or {}
    if part.provider != API or part.model != model:
        return {}
    if opaque.get("type") == "reasoning" and not (opaque.get("encrypted_content") or opaque.get("content")):
        return {}
    return opaque


def call_id(id: str) -> str:
    return id if len(id) <= LONGEST_CALL_ID else f"call_{hashlib.sha256(id.encode()).hexdigest()[:32]}"


def _call(part: ToolCallPart) -> Wire:
    """`ResponseFunctionToolCallParam` or `ResponseCustomToolCallParam`."""
    head = {"call_id": call_id(part.id), "name": part.name}
    if part.freeform:
        return {"type": "custom_tool_call", **head, "input": part.arguments}
    return {"type": "function_call", **head, "arguments": part.arguments}


def _given(message: Message, freeform: set[str]) -> list[Wire]:
    """Results first, as the API wants them behind their calls, then what was said. `system` is said as developer."""
    results = [_result(part, freeform) for part in message.parts if isinstance(part, ToolResultPart)]
    content = [_content(part) for part in message.parts if isinstance(part, TextPart | MediaPart)]
    role = "developer" if message.role == "system" else "user"
    return [*results, {"type": "message", "role": role, "content": content}] if content else results


def _result(part: ToolResultPart, freeform: set[str]) -> Wire:
    """`FunctionCallOutput` or `ResponseCustomToolCallOutputParam`. There is no flag for errors: the text says it."""
    output: str | list[Wire] = part.content
    if part.media:
        text = [TextPart(text=part.content)] if part.content else []
        output = [_content(piece) for piece in (*text, *part.media)]
    kind = "custom_tool_call_output" if part.call_id in freeform else "function_call_output"
    return {"type": kind, "call_id": call_id(part.call_id), "output": output}


def _content(part: TextPart | MediaPart) -> Wire:
    """`ResponseInputTextParam`, `ResponseInputImageParam` or `ResponseInputFileParam`."""
    if isinstance(part, TextPart):
        return {"type": "input_text", "text": part.text}
    kind = part.media_type.partition("/")[0]
    if kind in ("audio", "video"):
        raise FeatureMissing(kind, provider=API)
    where = part.url or f"data:{part.media_type};base64,{part.data}"
    if kind == "image":
        return {"type": "input_image", "image_url": where, "detail": part.detail or "auto"}
    if part.url:
        return {"type": "input_file", "file_url": part.url}
    return {"type": "input_file", "filename": part.name or _file_name(part.media_type), "file_data": where}


def _file_name(media_type: str) -> str:
    """The service tells files by their names' ends (assumed)."""
    return f"document.{media_type.rpartition('/')[2]}"
