"""Requests of the Messages wire, checked and put into our words. SDK types are those of `anthropic.types`.

Where a rule is "assumed", it is what the service is known to answer to that mistake, in no type of the SDK.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal, cast, get_args

from providers.anthropic_messages.facts import facts
from providers.twin import wire
from providers.twin.check import as_list, as_object, as_text, need
from providers.twin.front import Asked, Block, Call, Failure, Rejected, Wire
from providers.twin.fronts import anthropic_content as content
from providers.twin.fronts import anthropic_rules as rules
from providers.types import Effort, ModelInfo, ModelRequest, NamedTool, OutputSchema, ToolChoice, ToolSpec

CREATE = "SDK type MessageCreateParams"
_FIELDS = """max_tokens messages model cache_control container diagnostics inference_geo metadata output_config
    service_tier speed stop_sequences stream system thinking tool_choice tools temperature top_k top_p"""
PLAIN_FIELDS = frozenset(_FIELDS.split())
"""Of MessageCreateParams. The last three are in no type any more; models that took them are assumed to do so still."""
_BETA_FIELDS = "billing_policy compaction context_management fallback_credit_token fallbacks mcp_servers thread"
BETA_FIELDS = frozenset(_BETA_FIELDS.split())
"""Of beta MessageCreateParams; Claude Code sends `context_management` (wire.md 1.1)."""
MEDIA_TOKENS = 1_600
"""Of a picture or a document (assumed: the most that a picture costs)."""


def authorised(call: Call) -> str:
    """The key, from either header: the SDK sends the second, Claude Code the first (packages.md 0.4, wire.md 1.1)."""
    bearer = call.headers.get("authorization", "")
    key = call.headers.get("x-api-key") or (bearer[7:] if bearer.lower().startswith("bearer ") else "")
    if not key:
        raise Rejected(Failure(name="auth", message="x-api-key header is required", rule="no key (assumed)"))
    need("anthropic-version" in call.headers, "anthropic-version: header is required", "wire.md 1.1, Headers")
    return key


def read(call: Call, info: Callable[[str], ModelInfo], *, counting: bool = False) -> Asked:
    """A checked request. Raises Rejected with the rule that is broken."""
    key = authorised(call)
    body = as_object(call.body, "body", CREATE)
    model = as_text(body.get("model"), "model", f"{CREATE}.model")
    beta = call.query.get("beta") == "true" or bool(call.headers.get("anthropic-beta"))
    for name in body:
        known = name in PLAIN_FIELDS or (beta and name in BETA_FIELDS)
        need(known, f"{name}: Extra inputs are not permitted", f"{CREATE} has no such field")
    offered = as_list(body.get("tools") or [], "tools", CREATE)
    tools = tuple(_tool(tool, f"tools.{at}") for at, tool in enumerate(offered))
    need(len({tool.name for tool in tools}) == len(tools), "tools: Tool names must be unique", "assumed")
    known = info(model)
    messages = content.messages(body.get("messages"), model, facts(known))
    rules.check(body, facts(known), listed=bool(known.features), tools={tool.name for tool in tools}, counting=counting)
    found = Asked(
        call=call,
        request=_request(body, model, tools, messages),
        blocks=tuple(_blocks(body)),
        streaming=body.get("stream") is True,
        key=key,
        conversation=call.headers.get("x-claude-code-session-id", "") or _session(body),
        explicit_cache=True,
    )
    if not counting:
        _fits(found, known)
    return found


def _fits(asked: Asked, known: ModelInfo) -> None:
    count = sum(wire.block_tokens(block) for block in asked.blocks)
    if known.context_tokens is not None and count > known.context_tokens:
        message = f"prompt is too long: {count} tokens > {known.context_tokens} maximum"
        raise Rejected(Failure(name="too_long", message=message, rule="window of the catalogue"))


def _request(body: Wire, model: str, tools: tuple[ToolSpec, ...], messages: content.Messages) -> ModelRequest:
    choice: Wire = body.get("tool_choice") or {}
    config: Wire = body.get("output_config") or {}
    form: Wire | None = config.get("format")
    effort = config.get("effort")
    off = rules.thinking(body) == "disabled"
    return ModelRequest(
        model=model,
        messages=messages,
        system="\n\n".join(block["text"] for block in content.blocks(body.get("system") or [], "system")),
        tools=tools,
        max_output_tokens=body["max_tokens"],
        temperature=body.get("temperature"),
        stop=tuple(body.get("stop_sequences") or ()),
        effort="none" if off else effort if effort in cast("tuple[Effort, ...]", get_args(Effort)) else None,
        tool_choice=_choice(choice),
        parallel_tool_calls=False if choice.get("disable_parallel_tool_use") else None,
        output=OutputSchema(name="output", schema=form["schema"]) if form else None,
        cache=any(block.mark for block in _blocks(body)),
    )


def _tool(value: object, place: str) -> ToolSpec:
    """SDK type ToolUnionParam: a tool of the caller's, or one of the service's own, which has a `type`."""
    tool = as_object(value, place, "SDK type ToolUnionParam")
    name = as_text(tool.get("name"), f"{place}.name", "SDK type ToolParam.name")
    if tool.get("type") not in (None, "custom"):
        return ToolSpec(name=name, description="")
    need(content.NAME.fullmatch(name), f"{place}.name: String should match pattern '{content.NAME.pattern}'", "assumed")
    schema = as_object(tool.get("input_schema"), f"{place}.input_schema", "SDK type ToolParam.input_schema")
    need(schema.get("type") == "object", f"{place}.input_schema.type: must be 'object'", "SDK type InputSchemaTyped")
    return ToolSpec(
        name=name,
        description=str(tool.get("description", "")),
        parameters=schema,
        strict=tool.get("strict") is True,
    )


def _choice(choice: Wire) -> ToolChoice:
    match choice.get("type", "auto"):
        case "none":
            return "none"
        case "any":
            return "required"
        case "tool":
            return NamedTool(name=str(choice["name"]))
        case _:
            return "auto"


def _session(body: Wire) -> str:
    """What Claude Code calls its session within `metadata.user_id` (wire.md 1.1)."""
    try:
        told: object = json.loads(cast("Wire", body.get("metadata") or {}).get("user_id") or "{}")
    except (ValueError, AttributeError):
        return ""
    return str(cast("Wire", told).get("session_id", "")) if isinstance(told, dict) else ""


def _mark(wired: Wire) -> Literal["", "5m", "1h"]:
    mark: Wire | None = wired.get("cache_control")
    return "" if not mark else "1h" if mark.get("ttl") == "1h" else "5m"


def _one(place: str, role: str, wired: Wire) -> Block:
    plain = {name: value for name, value in wired.items() if name != "cache_control"}
    return Block(
        place=place,
        text=wire.canonical([role, plain] if role else plain),
        mark=_mark(wired),
        on_demand=wired.get("defer_loading") is True,
        tokens=MEDIA_TOKENS if wired.get("type") in ("image", "document") else None,
    )


def _referenced(block: Wire) -> Iterator[str]:
    """Tools that a result brings in by `tool_reference` (wire.md 1.3)."""
    inner = block.get("content")
    items = cast("list[Any]", inner) if block.get("type") == "tool_result" and isinstance(inner, list) else []
    yield from (str(item["tool_name"]) for item in items if item.get("type") == "tool_reference")


def _blocks(body: Wire) -> Iterator[Block]:
    """Tools, system, messages; a mark for the whole request sits on its last block (CREATE.cache_control).

    A tool with `defer_loading` is no part of the prompt until a result refers to it (SDK type ToolParam): it stands
    there, so that loading one keeps what is cached.
    """
    offered = list(enumerate(cast("list[Wire]", body.get("tools") or [])))
    later = {str(tool["name"]): (at, tool) for at, tool in offered if tool.get("defer_loading") is True}
    found = [_one(f"tools[{at}]", "", tool) for at, tool in offered if str(tool["name"]) not in later]
    places: list[tuple[str, str, Any]] = [("system", "", body.get("system") or [])]
    places += [
        (f"messages[{at}].content", message["role"], message.get("content") or [])
        for at, message in enumerate(cast("list[Wire]", body["messages"]))
    ]
    for place, role, value in places:
        for at, block in enumerate(content.blocks(value, place)):
            loaded = [later.pop(name) for name in _referenced(block) if name in later]
            found += [_one(f"tools[{number}]", "", tool) for number, tool in loaded]
            found.append(_one(f"{place}[{at}]", role, block))
    if found and (mark := _mark(body)):
        found[-1] = replace(found[-1], mark=mark)
    yield from found
