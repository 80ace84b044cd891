"""What a request of the Messages wire may say beside the conversation. Everything here raises Rejected."""

from collections.abc import Iterator, Set
from typing import Any, cast

from providers.anthropic_messages.facts import EFFORTS, SMALLEST_BUDGET, Facts
from providers.twin.check import as_list, as_object, as_text, need
from providers.twin.front import Wire
from providers.twin.fronts.anthropic_content import blocks

SAMPLING = ("temperature", "top_p", "top_k")
MARKS = 4
"""Assumed: the service names this number when it refuses more."""
THINKING = {
    "enabled": "SDK type ThinkingConfigEnabledParam",
    "disabled": "SDK type ThinkingConfigDisabledParam",
    "adaptive": "SDK type ThinkingConfigAdaptiveParam",
    "between_tools": "SDK type ThinkingConfigBetweenToolsParam",
}
THINKS = ("enabled", "adaptive")
DISPLAYS = (None, "summarized", "omitted", "updates")
"""SDK type ThinkingConfigAdaptiveParam.display; the last is Claude Code's (wire.md 1.1)."""


def check(body: Wire, known: Facts, *, listed: bool, tools: Set[str], counting: bool) -> None:
    """Every rule on fields beside the conversation. What depends on the model holds only for one that is `listed`."""
    limit = body.get("max_tokens")
    need(isinstance(limit, int) and limit >= 0, "max_tokens: Field required", "SDK type MessageCreateParams.max_tokens")
    most = known.max_tokens
    need(
        not listed or cast("int", limit) <= most,
        f"max_tokens: {limit} > {most}, which is the maximum for {body['model']}",
        "catalogue: max_output_tokens",
    )
    stops = as_list(body.get("stop_sequences") or [], "stop_sequences", "SDK type MessageCreateParams.stop_sequences")
    for stop in stops:
        need(isinstance(stop, str) and stop.strip(), "stop_sequences: each must contain non-whitespace", "assumed")
    _thinking(body, known, listed=listed, counting=counting)
    _sampling(body, known, listed=listed)
    _output(body, known, listed=listed)
    _tool_choice(body, known, listed=listed, tools=tools)
    _prefill(body, known, listed=listed)
    _marks(body)


def _prefill(body: Wire, known: Facts, *, listed: bool) -> None:
    """What a server tool was doing may be gone on with; a text that the caller began may not, on most models."""
    last = cast("list[Wire]", body["messages"])[-1]
    begun = last["role"] == "assistant" and blocks(last["content"], "content")[-1].get("type") == "text"
    need(
        not begun or known.prefill or not listed,
        "this model does not support assistant message prefill, the conversation must end with a user message",
        "SDK type MessageCreateParams.messages",
    )


def thinking(body: Wire) -> str:
    """`thinking.type`; empty when the request leaves it to the service."""
    return str(cast("Wire", body.get("thinking") or {}).get("type", ""))


def _sampling(body: Wire, known: Facts, *, listed: bool) -> None:
    for name in SAMPLING:
        if body.get(name) is not None:
            need(not listed or known.sampling, f"{name}: not supported for this model", "catalogue: sampling")
    need(
        thinking(body) not in THINKS or body.get("temperature") in (None, 1),
        "temperature may only be set to 1 when thinking is enabled",
        "assumed",
    )


def _thinking(body: Wire, known: Facts, *, listed: bool, counting: bool) -> None:
    plan = as_object(body.get("thinking") or {"type": "disabled"}, "thinking", "SDK type ThinkingConfigParam")
    kind = plan.get("type")
    need(kind in THINKING, f"thinking.type: {kind!r} is none of {', '.join(THINKING)}", "SDK type ThinkingConfigParam")
    need(plan.get("display") in DISPLAYS, "thinking.display: not a known value", THINKING["adaptive"])
    adaptive = not listed or known.thinking == "adaptive"
    need(kind != "adaptive" or adaptive, "adaptive thinking is not supported on this model", "catalogue")
    if kind != "enabled":
        return
    budget = plan.get("budget_tokens")
    need(
        isinstance(budget, int) and budget >= SMALLEST_BUDGET,
        f"thinking.budget_tokens: must be at least {SMALLEST_BUDGET}",
        THINKING["enabled"],
    )
    need(
        counting or cast("int", budget) < cast("int", body["max_tokens"]),
        "thinking.budget_tokens: must be less than max_tokens",
        THINKING["enabled"],
    )


def _output(body: Wire, known: Facts, *, listed: bool) -> None:
    rule = "SDK type OutputConfigParam"
    config = as_object(body.get("output_config") or {}, "output_config", rule)
    effort = config.get("effort")
    need(effort is None or effort in EFFORTS, f"output_config.effort: {effort!r} is no effort", rule)
    need(effort is None or not listed or known.efforts, "effort is not supported on this model", "catalogue: effort")
    if config.get("format") is not None:
        form = as_object(config["format"], "output_config.format", "SDK type JSONOutputFormatParam")
        need(form.get("type") == "json_schema", "output_config.format.type: must be json_schema", rule)
        as_object(form.get("schema"), "output_config.format.schema", "SDK type JSONOutputFormatParam")


def _tool_choice(body: Wire, known: Facts, *, listed: bool, tools: Set[str]) -> None:
    rule = "SDK type ToolChoiceParam"
    choice = as_object(body.get("tool_choice") or {"type": "auto"}, "tool_choice", rule)
    kind = choice.get("type")
    need(kind in ("auto", "any", "tool", "none"), f"tool_choice.type: {kind!r} is no choice", rule)
    need(tools or not body.get("tool_choice"), "tool_choice may only be specified while providing tools", "assumed")
    if kind not in ("any", "tool"):
        return
    if kind == "tool":
        name = as_text(choice.get("name"), "tool_choice.name", "SDK type ToolChoiceToolParam")
        need(name in tools, f"tool_choice: tool {name!r} not found in provided tools", "assumed")
    need(not listed or known.forced_tools, f"tool_choice {kind!r} is not supported on this model", "catalogue")
    need(thinking(body) not in THINKS, "thinking may not be enabled when tool_choice forces tool use", "assumed")


def _marked(body: Wire) -> Iterator[Wire]:
    """Everything that may carry a mark and does, in the order in which it is cached."""
    places: list[Any] = [cast("list[Wire]", body.get("tools") or []), body.get("system") or []]
    places += [message.get("content") or [] for message in cast("list[Wire]", body["messages"])]
    found = [block for place in places for block in blocks(place, "content")]
    inner = [
        item
        for block in found
        if block.get("type") == "tool_result" and isinstance(block.get("content"), list)
        for item in cast("list[Wire]", block["content"])
    ]
    yield from (wired for wired in [*found, *inner, body] if wired.get("cache_control"))


def _marks(body: Wire) -> None:
    rule = "SDK type CacheControlEphemeralParam"
    marked = list(_marked(body))
    need(
        len(marked) <= MARKS,
        f"A maximum of {MARKS} blocks with cache_control may be provided. Found {len(marked)}.",
        "assumed",
    )
    short = False
    for wired in marked:
        mark = as_object(wired["cache_control"], "cache_control", rule)
        need(mark.get("type") == "ephemeral", "cache_control.type: must be ephemeral", rule)
        need(mark.get("ttl") in (None, "5m", "1h"), "cache_control.ttl: must be 5m or 1h", rule)
        need(wired.get("type") not in ("thinking", "redacted_thinking"), "thinking blocks take no cache_control", rule)
        need(not (short and mark.get("ttl") == "1h"), "a ttl='1h' mark must not come after a ttl='5m' mark", "assumed")
        short = short or (mark.get("ttl") != "1h" and wired is not body)
