"""Requests to the body of a chat completion. Reasoning is left out: this wire has no place to send it back."""

from collections.abc import Mapping
from typing import Any

from providers.types import Message, ModelRequest, TextPart, ToolCallPart, ToolResultPart, ToolSpec

Wire = dict[str, Any]


def _tool_call(part: ToolCallPart) -> Wire:
    return {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": part.arguments}}


def _assistant(message: Message) -> Wire:
    wire: Wire = {"role": "assistant", "content": message.text or None}
    if message.tool_calls:
        wire["tool_calls"] = [_tool_call(part) for part in message.tool_calls]
    return wire


def _results_and_text(message: Message) -> list[Wire]:
    """Tool results come first, one message each, as the wire demands them right behind the calls."""
    wires: list[Wire] = [
        {"role": "tool", "tool_call_id": part.call_id, "content": part.content}
        for part in message.parts
        if isinstance(part, ToolResultPart)
    ]
    if any(isinstance(part, TextPart) for part in message.parts):
        wires.append({"role": "user" if message.role == "tool" else message.role, "content": message.text})
    return wires


def messages(request: ModelRequest) -> list[Wire]:
    """The conversation, with the system text in front."""
    wires: list[Wire] = [{"role": "system", "content": request.system}] if request.system else []
    for message in request.messages:
        wires += [_assistant(message)] if message.role == "assistant" else _results_and_text(message)
    return wires


def tool(spec: ToolSpec) -> Wire:
    function = {"name": spec.name, "description": spec.description, "parameters": dict(spec.parameters)}
    return {"type": "function", "function": function}


def body(request: ModelRequest) -> Wire:
    """Everything the wire itself knows; `grammar` and `options` are left to the client, which knows its server."""
    optional: Mapping[str, Any] = {
        "tools": [tool(spec) for spec in request.tools] or None,
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
