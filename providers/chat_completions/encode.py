"""Requests to the body of a chat completion. Reasoning is left out: this wire has no place to send it back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from providers.errors import FeatureMissing
from providers.types import (
    MediaPart,
    Message,
    ModelRequest,
    NamedTool,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
)

Wire = dict[str, Any]


def _tool_call(part: ToolCallPart) -> Wire:
    """The call of a freeform tool, left behind by another API, is told as one with a single text argument."""
    arguments = json.dumps({"input": part.arguments}) if part.freeform else part.arguments
    return {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": arguments}}


def _assistant(message: Message) -> Wire:
    wire: Wire = {"role": "assistant", "content": message.text or None}
    if message.tool_calls:
        wire["tool_calls"] = [_tool_call(part) for part in message.tool_calls]
    return wire


def _media(part: MediaPart) -> Wire:
    """A picture by address or as data; a document as a file."""
    where = part.url or f"data:{part.media_type};base64,{part.data}"
    if part.media_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": where}}
    return {"type": "file", "file": {"filename": part.name or "document.pdf", "file_data": where}}


def _content(parts: Iterable[TextPart | MediaPart]) -> str | list[Wire]:
    """Plain text where there is nothing else: every server takes that."""
    found = tuple(parts)
    if all(isinstance(part, TextPart) for part in found):
        return "".join(part.text for part in found if isinstance(part, TextPart))
    return [_media(part) if isinstance(part, MediaPart) else {"type": "text", "text": part.text} for part in found]


def _results_and_text(message: Message) -> list[Wire]:
    """Tool results come first, one message each, as the wire demands them right behind the calls.

    A result can hold text only, so its pictures follow in a message of the user's side.
    """
    results = [part for part in message.parts if isinstance(part, ToolResultPart)]
    wires: list[Wire] = [{"role": "tool", "tool_call_id": part.call_id, "content": part.content} for part in results]
    shown = [picture for part in results for picture in part.media]
    said = [*shown, *(part for part in message.parts if isinstance(part, TextPart | MediaPart))]
    if said:
        wires.append({"role": "user" if message.role == "tool" else message.role, "content": _content(said)})
    return wires


def messages(request: ModelRequest) -> list[Wire]:
    """The conversation, with the system text in front."""
    wires: list[Wire] = [{"role": "system", "content": request.system}] if request.system else []
    for message in request.messages:
        wires += [_assistant(message)] if message.role == "assistant" else _results_and_text(message)
    return wires


def tool(spec: ToolSpec) -> Wire:
    function: Wire = {"name": spec.name, "description": spec.description, "parameters": dict(spec.parameters)}
    return {"type": "function", "function": function | ({"strict": True} if spec.strict else {})}


def _choice(request: ModelRequest) -> object:
    if not request.tools or request.tool_choice == "auto":
        return None
    if isinstance(request.tool_choice, NamedTool):
        return {"type": "function", "function": {"name": request.tool_choice.name}}
    return request.tool_choice


def _output(request: ModelRequest) -> Wire | None:
    if request.output is None:
        return None
    shape = {"name": request.output.name, "schema": dict(request.output.schema)}
    return {"type": "json_schema", "json_schema": shape}


def body(request: ModelRequest) -> Wire:
    """Everything the wire itself knows; `grammar`, `effort` and `options` are left to the client, which knows its
    server. Raises FeatureMissing for a freeform tool."""
    if any(spec.freeform for spec in request.tools):
        raise FeatureMissing("freeform", provider="chat_completions")
    optional: Mapping[str, Any] = {
        "tools": [tool(spec) for spec in request.tools] or None,
        "tool_choice": _choice(request),
        "parallel_tool_calls": request.parallel_tool_calls if request.tools else None,
        "response_format": _output(request),
        "max_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    return {
        "model": request.model,
        "messages": messages(request),
        "stream": True,
        "stream_options": {"include_usage": True},
        **{name: value for name, value in optional.items() if value is not None},
    }
