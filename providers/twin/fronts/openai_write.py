"""Answers of the Responses wire: output items, the response around them, and the stream that tells both piece by piece.

Events, their fields and their order are those of SDK type ResponseStreamEvent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from providers.scripted import pieces
from providers.twin import wire
from providers.twin.front import Asked, Frame, Turn, Wire
from providers.twin.fronts.openai_read import input_items
from providers.twin.fronts.openai_reasoning import removed, seal
from providers.types import ReasoningPart, StopReason, TextPart, ToolCallPart, Usage

NOTHING: Wire = {}
INCOMPLETE: Mapping[StopReason, str] = {
    "length": "max_output_tokens",
    "context": "max_output_tokens",
    "content_filter": "content_filter",
    "pause": "steered",
    "other": "max_messages",
}
"""SDK type IncompleteDetails.reason. The other stops are complete answers."""
OPEN: Mapping[str, Mapping[str, Any]] = {
    "reasoning": {"summary": [], "encrypted_content": ""},
    "message": {"content": [], "status": "in_progress"},
    "function_call": {"arguments": "", "status": "in_progress"},
    "custom_tool_call": {"input": "", "status": "in_progress"},
}
"""What an item lacks when it begins (`encrypted_content` "may be incomplete" then: SDK type)."""


def items(turn: Turn, asked: Asked) -> list[Wire]:
    """Output items of a turn, as their ends tell them."""
    told: list[Wire] = []
    number = f"{asked.call.number:04d}"
    for at, part in enumerate(turn.parts):
        after = f"_r{at - 1}" if at and isinstance(turn.parts[at - 1], ReasoningPart) else ""
        match part:
            case ReasoningPart():
                told.append(_reasoning(part, f"rs_{number}_{at}", asked))
            case TextPart():
                told.append(_message(part.text, f"msg_{number}_{at}{after}", refused=turn.stopped == "refusal"))
            case ToolCallPart():
                told.append(_call(part, f"{number}_{at}{after}"))
    if told and turn.stopped in INCOMPLETE and "status" in told[-1]:
        told[-1] = {**told[-1], "status": "incomplete"}
    return told


def _reasoning(part: ReasoningPart, id: str, asked: Asked) -> Wire:
    """A summary only when one was asked for (SDK type Reasoning.summary), and never of what is not to be read."""
    wished: Wire = asked.call.body.get("reasoning") or {}
    readable = wished.get("summary") and part.text and not part.opaque
    summary = [{"type": "summary_text", "text": part.text}] if readable else []
    content = seal(asked.request.model, id, part.text)
    return {"id": id, "type": "reasoning", "summary": summary, "encrypted_content": content}


def _message(text: str, id: str, *, refused: bool) -> Wire:
    said: Wire = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    content = [{"type": "refusal", "refusal": text} if refused else said]
    return {"id": id, "type": "message", "role": "assistant", "status": "completed", "content": content}


def _call(part: ToolCallPart, id: str) -> Wire:
    namespace, _, name = part.name.rpartition(".")
    head = {"call_id": part.id, "name": name, **({"namespace": namespace} if namespace else {}), "status": "completed"}
    if part.freeform:
        return {"id": f"ctc_{id}", "type": "custom_tool_call", **head, "input": part.arguments}
    return {"id": f"fc_{id}", "type": "function_call", **head, "arguments": part.arguments}


def response(turn: Turn, asked: Asked, usage: Usage) -> Wire:
    """SDK type Response, whole."""
    reason = INCOMPLETE.get(turn.stopped)
    told = _head(asked, "incomplete" if reason else "completed")
    return {
        **told,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": items(turn, asked),
        "usage": _usage(usage),
    }


def _head(asked: Asked, status: str) -> Wire:
    """The response as far as the request tells it."""
    body, moved = asked.call.body, list(removed(input_items(asked.call.body), asked.request.model))
    return {
        "id": f"resp_{asked.call.number:04d}",
        "object": "response",
        "created_at": asked.call.now,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": None,
        "model": asked.request.model,
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
        "previous_response_id": None,
        "prompt_cache_key": body.get("prompt_cache_key"),
        "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "default",
        "store": body.get("store") is not False,
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "top_logprobs": 0,
        "top_p": body.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": None,
        "metadata": body.get("metadata") or {},
        **({"input_transformations": moved} if moved else {}),
    }


def _usage(usage: Usage) -> Wire:
    """SDK type ResponseUsage: what was cached or written counts as input, reasoning as output."""
    into = usage.total - usage.output
    written = {
        "cache_write_tokens": usage.cache_write + usage.cache_write_1h,
        "cache_write_tokens_details": {
            "ttl_30m_tokens": usage.cache_write,
            "ttl_12h_tokens": usage.cache_write_1h,
        },
    }
    return {
        "input_tokens": into,
        "input_tokens_details": {"cached_tokens": usage.cache_read, **written},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }


@dataclass(slots=True)
class _Numbers:
    """Gives each event of one stream its number."""

    next: int = 0

    def frame(self, kind: str, fields: Wire, *, content: bool = False) -> Frame:
        event = {"type": kind, "sequence_number": self.next, **fields}
        self.next += 1
        return wire.sse(event, event=kind, content=content)


def frames(turn: Turn, asked: Asked, usage: Usage) -> Iterator[Frame]:
    """The whole stream."""
    numbers, begun = _Numbers(), _head(asked, "in_progress")
    yield numbers.frame("response.created", {"response": begun})
    yield numbers.frame("response.in_progress", {"response": begun})
    for at, item in enumerate(items(turn, asked)):
        yield numbers.frame("response.output_item.added", {"output_index": at, "item": {**item, **OPEN[item["type"]]}})
        where = {"item_id": item["id"], "output_index": at}
        for kind, fields, content in _told(item, where, turn.piece):
            yield numbers.frame(kind, fields, content=content)
        yield numbers.frame("response.output_item.done", {"output_index": at, "item": item})
    end = response(turn, asked, usage)
    yield numbers.frame(f"response.{end['status']}", {"response": end})


def _told(item: Wire, where: Wire, piece: int) -> Iterator[tuple[str, Wire, bool]]:
    """Events between the begin and the end of an item: name, fields, whether they are output."""
    match item["type"]:
        case "reasoning":
            for index, part in enumerate(item["summary"]):
                here = {**where, "summary_index": index}
                yield "response.reasoning_summary_part.added", {**here, "part": {**part, "text": ""}}, False
                yield from _text("response.reasoning_summary_text", "text", part["text"], here, piece)
                yield "response.reasoning_summary_part.done", {**here, "part": part}, False
        case "message":
            here, part = {**where, "content_index": 0}, item["content"][0]
            field = "refusal" if part["type"] == "refusal" else "text"
            extra: Wire = {} if field == "refusal" else {"logprobs": []}
            yield "response.content_part.added", {**here, "part": {**part, field: ""}}, False
            yield from _text(f"response.{part['type']}", field, part[field], {**here, **extra}, piece)
            yield "response.content_part.done", {**here, "part": part}, False
        case "function_call":
            name = {"name": item["name"]}  # typed by openai 2.54 at the end of the arguments, by 3.54 no more
            yield from _text("response.function_call_arguments", "arguments", item["arguments"], where, piece, name)
        case _:
            yield from _text("response.custom_tool_call_input", "input", item["input"], where, piece)


def _text(
    name: str, field: str, text: str, where: Wire, piece: int, end: Wire = NOTHING
) -> Iterator[tuple[str, Wire, bool]]:
    for delta in pieces(text, piece):
        yield f"{name}.delta", {**where, "delta": delta}, True
    yield f"{name}.done", {**where, field: text, **end}, False
