"""The conversation of a Messages request, checked and put into our words. Raises Rejected."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from providers.anthropic_messages.facts import API, Facts
from providers.twin.check import as_list, as_object, as_text, need
from providers.twin.front import Wire
from providers.twin.fronts import anthropic_signature
from providers.types import MediaPart, Message, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart

Messages = tuple[Message, ...]
NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")
"""Tools' names and the ids of their calls (assumed)."""
ROLES = ("user", "assistant", "system")
"""SDK types UserMessageParam, AssistantMessageParam, SystemMessageParam."""
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
"""SDK type Base64ImageSourceParam."""
BLOCK = "SDK type ContentBlockParam"
USER_ONLY = frozenset({"tool_result", "image", "document", "search_result", "container_upload"})
MODEL_ONLY = frozenset({"thinking", "redacted_thinking", "tool_use", "server_tool_use"})
ANY = frozenset({"text", "tool_addition", "tool_removal", "compaction", "fallback", "mcp_tool_use", "mcp_tool_listing"})
"""All but the first are of beta ContentBlockParam; Claude Code may add tools in mid-conversation (wire.md 1.1)."""
RESULT = re.compile(r"\w+_tool_result")
"""What the service's own tools gave: WebSearchToolResultBlockParam and its like."""


def blocks(value: object, place: str) -> list[Wire]:
    """Content as blocks: a string is short for one block of text (SDK type MessageCreateParams.messages)."""
    if isinstance(value, str):
        return [{"type": "text", "text": value}]
    found = as_list(value, place, BLOCK)
    return [as_object(block, f"{place}.{at}", BLOCK) for at, block in enumerate(found)]


def messages(value: object, model: str, known: Facts) -> Messages:
    """Every message, in order; results of tools become a message of their own."""
    told = as_list(value, "messages", "SDK type MessageCreateParams.messages")
    need(told, "messages: at least one message is required", "assumed")
    wires = [as_object(item, f"messages.{at}", "SDK type MessageParam") for at, item in enumerate(told)]
    for at, message in enumerate(wires):
        role = message.get("role")
        need(role in ROLES, f"messages.{at}.role: {role!r} is none of {', '.join(ROLES)}", "SDK type MessageParam")
    _placed(wires, known)
    found: list[Message] = []
    names: dict[str, str] = {}
    for at, message in enumerate(wires):
        found += _message(message, f"messages.{at}", model, names)
    _answered(wires)
    return tuple(found)


def _placed(wires: Sequence[Wire], known: Facts) -> None:
    """Where a role may stand."""
    roles = [message["role"] for message in wires]
    need(roles[0] == "user", "messages: first message must use the user role", "assumed")
    for at, role in enumerate(roles):
        if role != "system":
            continue
        need(known.system_role, "role 'system' is not supported on this model", "catalogue; wire.md 1.2")
        need(roles[at - 1] == "user", f"messages.{at}: role 'system' must follow a 'user' message", "wire.md 1.2")
        following = roles[at + 1] if at + 1 < len(roles) else "assistant"
        need(
            following == "assistant",
            f"messages.{at}: role 'system' must precede an 'assistant' message or end the array",
            "assumed, from a public report of that answer",
        )


def _message(message: Wire, place: str, model: str, names: dict[str, str]) -> Iterator[Message]:
    role = message["role"]
    content: Any = message.get("content")
    need(content is not None or role == "system", f"{place}.content: Field required", "SDK type MessageParam")
    need(content or role == "system", f"{place}: messages must have non-empty content", "assumed")
    parts: list[Part] = []
    results: list[Part] = []
    for at, block in enumerate(blocks(content or [], f"{place}.content")):
        here = f"{place}.content.{at}"
        _allowed(block, role, here)
        if block["type"] == "tool_result":
            need(not parts, f"{here}: tool_result blocks must come first in the content", "assumed")
            results.append(_result(block, here, names))
            continue
        if block["type"] == "tool_use":
            names[as_text(block.get("id"), f"{here}.id", "SDK type ToolUseBlockParam.id")] = str(block.get("name"))
        parts += _part(block, here, model)
    if results:
        yield Message(role="tool", parts=tuple(results))
    if parts:
        yield Message(role=role, parts=tuple(parts))


def _allowed(block: Wire, role: str, place: str) -> None:
    kind = str(block.get("type"))
    own = RESULT.fullmatch(kind) is not None
    need(own or kind in USER_ONLY | MODEL_ONLY | ANY, f"{place}: unexpected type {kind!r}", BLOCK)
    if role == "assistant":
        need(kind not in USER_ONLY, f"{place}: {kind} blocks can only be in user messages", "assumed")
    else:
        need(kind not in MODEL_ONLY, f"{place}: {kind} blocks can only be in assistant messages", "assumed")


def _part(block: Wire, place: str, model: str) -> list[Part]:
    """One block in our words; blocks without such words are passed over."""
    match block["type"]:
        case "text":
            text = as_text(block.get("text"), f"{place}.text", "assumed: text content blocks must be non-empty")
            need(text.strip(), f"{place}: text content blocks must contain non-whitespace text", "assumed")
            return [TextPart(text=text)]
        case "image" | "document":
            return [_media(block, place)]
        case "tool_use":
            return [_call(block, place)]
        case "thinking" | "redacted_thinking":
            need(
                anthropic_signature.unchanged(dict(block), model),
                f"{place}: Invalid `signature` in `thinking` block",
                "SDK type ThinkingBlockParam.signature: unmodified, or 400",
            )
            opaque = {name: inner for name, inner in block.items() if name != "cache_control"}
            return [ReasoningPart(text=str(block.get("thinking", "")), opaque=opaque, provider=API, model=model)]
        case _:
            return []


def _call(block: Wire, place: str) -> ToolCallPart:
    rule = "SDK type ToolUseBlockParam"
    id = as_text(block.get("id"), f"{place}.id", rule)
    need(NAME.fullmatch(id), f"{place}.id: String should match pattern '{NAME.pattern}'", "assumed")
    given = as_object(block.get("input"), f"{place}.input", rule)
    return ToolCallPart(
        id=id, name=as_text(block.get("name"), f"{place}.name", rule), arguments=json.dumps(given, ensure_ascii=False)
    )


def _media(block: Wire, place: str) -> MediaPart:
    """SDK types ImageBlockParam.source and DocumentBlockParam.source."""
    rule = "SDK type ImageBlockParam" if block["type"] == "image" else "SDK type DocumentBlockParam"
    source = as_object(block.get("source"), f"{place}.source", rule)
    kind, media_type = source.get("type"), str(source.get("media_type", ""))
    name = str(block.get("title") or "")
    if kind == "url":
        url = as_text(source.get("url"), f"{place}.source.url", rule)
        return MediaPart(media_type="image/*" if block["type"] == "image" else "application/pdf", url=url, name=name)
    need(kind in ("base64", "text", "content", "file"), f"{place}.source.type: {kind!r} is no source", rule)
    if kind == "base64":
        types = IMAGES if block["type"] == "image" else ("application/pdf",)
        need(media_type in types, f"{place}.source.media_type: must be one of {', '.join(types)}", rule)
        as_text(source.get("data"), f"{place}.source.data", rule)
    return MediaPart(media_type=media_type or "application/octet-stream", data=str(source.get("data", "")), name=name)


def _result(block: Wire, place: str, names: Mapping[str, str]) -> ToolResultPart:
    """SDK type ToolResultBlockParam. References to tools (wire.md 1.3) are told as their names."""
    id = as_text(block.get("tool_use_id"), f"{place}.tool_use_id", "SDK type ToolResultBlockParam")
    inner = block.get("content")
    items = [] if inner is None or inner == "" else blocks(inner, f"{place}.content")
    told = [str(item.get("text") or item.get("tool_name") or "") for item in items if item.get("type") != "image"]
    media = [_media(item, f"{place}.content") for item in items if item.get("type") in ("image", "document")]
    return ToolResultPart(
        call_id=id,
        name=names.get(id, ""),
        content="".join(told),
        is_error=block.get("is_error"),
        media=tuple(media),
    )


def _ids(message: Wire, kind: str, field: str) -> list[str]:
    return [str(block.get(field)) for block in blocks(message.get("content") or [], "") if block["type"] == kind]


def _turns(wires: Sequence[Wire]) -> Iterator[tuple[int, str, list[Wire]]]:
    """Runs of one role, which the service combines (SDK type MessageCreateParams.messages), without system ones."""
    run: list[Wire] = []
    first = 0
    for at, message in enumerate(wires):
        if message["role"] == "system":
            continue
        if run and run[-1]["role"] != message["role"]:
            yield first, run[-1]["role"], run
            run = []
        first = at if not run else first
        run.append(message)
    if run:
        yield first, run[-1]["role"], run


def _answered(wires: Sequence[Wire]) -> None:
    """Every call is answered in the turn right behind it, and nothing else is (assumed)."""
    due: list[str] = []
    for at, role, run in _turns(wires):
        if role == "assistant":
            due = [id for message in run for id in _ids(message, "tool_use", "id")]
            need(len(set(due)) == len(due), f"messages.{at}: `tool_use` ids must be unique", "assumed")
            continue
        given = [id for message in run for id in _ids(message, "tool_result", "tool_use_id")]
        for id in given:
            need(
                given.count(id) == 1 and id in due,
                f"messages.{at}: unexpected `tool_use_id` found in `tool_result` blocks: {id}",
                "assumed",
            )
        missing = [id for id in due if id not in given]
        need(
            not missing,
            f"messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {missing}",
            "assumed",
        )
        due = []
    need(not due, f"messages: `tool_use` ids were found without `tool_result` blocks at the end: {due}", "assumed")
