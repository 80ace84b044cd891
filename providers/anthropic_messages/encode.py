"""A request of ours as keywords of `AsyncMessages.create`. Pure.

Left out, because this API has no word for it: `seed`, `cache_key`. A wish, not a demand: `temperature`, which goes out
only to models that still take it and are not told to think, and `max_output_tokens`, cut to what the model can do.
`options` are keys of the body and win over what stands there; two of them are not: `betas` (list, joined by commas
with those of the endpoint) and `extra_headers` (mapping).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from providers.anthropic_messages.content import messages, text
from providers.anthropic_messages.facts import API, BUDGETS, SMALLEST_BUDGET, Facts
from providers.anthropic_messages.marks import marked
from providers.effort import nearest
from providers.errors import FeatureMissing
from providers.types import Effort, ModelRequest, NamedTool, ToolSpec

Wire = dict[str, Any]
BETA = "anthropic-beta"
_HEADER_OPTIONS = ("betas", "extra_headers")


def tool(spec: ToolSpec) -> Wire:
    """ToolParam. Raises FeatureMissing for a freeform tool."""
    if spec.freeform:
        raise FeatureMissing("freeform", provider=API)
    wire: Wire = {"name": spec.name, "input_schema": dict(spec.parameters) or {"type": "object", "properties": {}}}
    if spec.description:
        wire["description"] = spec.description
    return {**wire, "strict": True} if spec.strict else wire


def tool_choice(request: ModelRequest, known: Facts) -> Wire | None:
    """ToolChoiceParam; None leaves it to the service. Raises FeatureMissing where a call cannot be demanded."""
    if not request.tools:
        return None
    one = {"disable_parallel_tool_use": True} if request.parallel_tool_calls is False else {}
    match request.tool_choice:
        case "none":
            return {"type": "none"}
        case "auto":
            return {"type": "auto", **one} if one else None
        case "required":
            choice: Wire = {"type": "any", **one}
        case NamedTool() as named:
            choice = {"type": "tool", "name": named.name, **one}
    if not known.forced_tools:
        raise FeatureMissing(f"tool_choice {choice['type']}", provider=API)
    return choice


def _may_budget(wires: Sequence[Wire]) -> bool:
    """Whether a thinking budget may be set: the turn whose results are sent must then begin with thinking (assumed,
    from the service's answers), and it does not when another model wrote it."""
    last = next((wire for wire in reversed(wires) if wire["role"] == "assistant"), None)
    if last is None or (wires[-1]["role"] == "user" and wires[-1]["content"][0]["type"] != "tool_result"):
        return True
    return last["content"][0]["type"] in {"thinking", "redacted_thinking"}


def thinking(effort: Effort | None, known: Facts, *, room: int, forced: bool, may_budget: bool) -> Wire | None:
    """ThinkingConfigParam; None leaves it to the service.

    No thinking is asked for beside a demanded call: the two exclude each other (assumed, from the service's answers).
    """
    if effort is None or known.thinking == "none":
        return None
    if effort == "none":
        return {"type": "disabled"}
    if forced:
        return None
    if known.thinking == "adaptive":
        return {"type": "adaptive", "display": "summarized"}
    budget = min(BUDGETS[nearest(effort, tuple(BUDGETS))], room - 1)
    return {"type": "enabled", "budget_tokens": budget} if may_budget and budget >= SMALLEST_BUDGET else None


def _output_config(request: ModelRequest, known: Facts) -> Wire | None:
    """OutputConfigParam: effort, and the schema of a structured answer (its name has no place here)."""
    wire: Wire = {}
    if request.effort not in (None, "none") and known.efforts:
        wire["effort"] = nearest(request.effort, known.efforts)
    if request.output is not None:
        wire["format"] = {"type": "json_schema", "schema": dict(request.output.schema)}
    return wire or None


def headers(options: Mapping[str, Any], standing: Mapping[str, str]) -> dict[str, str]:
    """Headers of one request, over the endpoint's `standing` ones: beta words of both, joined by commas."""
    found = {str(name): str(value) for name, value in dict(options.get("extra_headers") or {}).items()}
    asked = [value for source in (standing, found) for name, value in source.items() if name.lower() == BETA]
    words = [word.strip() for value in (*asked, *(options.get("betas") or ())) for word in str(value).split(",")]
    rest = {name: value for name, value in found.items() if name.lower() != BETA}
    unique = [word for word in dict.fromkeys(words) if word]
    return {**rest, BETA: ",".join(unique)} if unique else rest


def body(request: ModelRequest, known: Facts) -> Wire:
    """What goes over the wire, without options."""
    wires = messages(request, known)
    room = min(request.max_output_tokens or known.max_tokens, known.max_tokens)
    choice = tool_choice(request, known)
    forced = choice is not None and choice["type"] in {"any", "tool"}
    plan = thinking(request.effort, known, room=room, forced=forced, may_budget=_may_budget(wires))
    thinks = plan is not None and plan["type"] != "disabled"
    optional: Mapping[str, Any] = {
        "system": text(request.system) or None,
        "tools": [tool(spec) for spec in request.tools] or None,
        "tool_choice": choice,
        "stop_sequences": [stop for stop in request.stop if stop.strip()] or None,
        "thinking": plan,
        "output_config": _output_config(request, known),
        "temperature": request.temperature if known.sampling and not thinks else None,
    }
    whole = {
        "model": request.model,
        "max_tokens": room,
        "messages": wires,
        **{name: value for name, value in optional.items() if value is not None},
    }
    return marked(whole) if request.cache else whole


def keywords(request: ModelRequest, known: Facts, standing: Mapping[str, str]) -> Wire:
    """Keywords for `create`. What the SDK does not name travels in `extra_body`. Raises FeatureMissing."""
    if request.grammar is not None:
        raise FeatureMissing("grammar", provider=API)
    found = body(request, known)
    unnamed = {name: found.pop(name) for name in ("temperature",) if name in found}
    passed = {name: value for name, value in request.options.items() if name not in _HEADER_OPTIONS}
    return {
        **found,
        "stream": True,
        "extra_body": {**unnamed, **passed},
        "extra_headers": headers(request.options, standing),
    }
