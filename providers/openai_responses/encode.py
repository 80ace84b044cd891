"""A request of ours as keywords of `responses.create`. Pure; only keywords that openai 2.54 and 3.54 both have.

Two requests of one conversation begin with the same bytes: instructions, tools and items are functions of the request
alone, in the order they were given.
"""

from typing import Any

from providers import effort
from providers.errors import FeatureMissing
from providers.openai_responses import schema
from providers.openai_responses.items import API, Wire, conversation
from providers.types import ModelInfo, ModelRequest, NamedTool, ToolSpec


def keywords(request: ModelRequest, info: ModelInfo) -> dict[str, Any]:
    """Everything for the call. Raises FeatureMissing for what this API has no word for.

    Of `options`, `text` and `reasoning` join what the request says there: an answer's form, the effort. An option
    `reasoning` takes the place of the summary that is asked for otherwise.

    No `max_output_tokens` unless one is asked for: absent is the model's own limit, so nothing is cut by us.
    """
    _check(request)
    optional: dict[str, Any] = {
        "instructions": request.system or None,
        "max_output_tokens": request.max_output_tokens,
        "temperature": None if _lacks(info, "sampling") else request.temperature,
        "prompt_cache_key": request.cache_key if request.cache and request.cache_key else None,
        "extra_body": {k: v for k, v in request.options.items() if k not in ("text", "reasoning")} or None,
        "text": _text(request),
        **_tools(request),
        **_reasoning(request, info),
    }
    return {
        "model": request.model,
        "input": conversation(request.messages, model=request.model),
        "store": False,
        "stream": True,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _check(request: ModelRequest) -> None:
    """`ResponseCreateParams` has no stop sequences and no GBNF. It has no seed either, but that is only a wish."""
    asked = {"grammar": request.grammar is not None, "stop": bool(request.stop)}
    for feature, wanted in asked.items():
        if wanted:
            raise FeatureMissing(feature, provider=API)


def _lacks(info: ModelInfo, feature: str) -> bool:
    """Whether the catalogue lists the model, and without this."""
    return info.context_tokens is not None and feature not in info.features


def _reasoning(request: ModelRequest, info: ModelInfo) -> Wire:
    """Nothing for a model that is known not to reason: the service refuses the words (assumed)."""
    if _lacks(info, "reasoning"):
        return {}
    wanted = {"effort": effort.nearest(request.effort, info.efforts)} if request.effort else {}
    rest = request.options.get("reasoning", {"summary": "auto"})
    return {"reasoning": {**wanted, **rest} or None, "include": ["reasoning.encrypted_content"]}


def _text(request: ModelRequest) -> Wire | None:
    given: Wire = dict(request.options.get("text", {}))
    if request.output is None:
        return given or None
    shape = {"name": request.output.name, "schema": dict(request.output.schema), "strict": True}
    return {**given, "format": {"type": "json_schema", **shape}}


def _tools(request: ModelRequest) -> Wire:
    if not request.tools:
        return {}
    return {
        "tools": [tool(spec) for spec in request.tools],
        "tool_choice": _choice(request),
        "parallel_tool_calls": request.parallel_tool_calls,
    }


def tool(spec: ToolSpec) -> Wire:
    """`CustomToolParam`, or `FunctionToolParam`: strict where the schema is one that a model can be held to."""
    head = {"name": spec.name, "description": spec.description}
    if not spec.freeform:
        strict = spec.strict and not schema.fault(spec.parameters)
        return {"type": "function", **head, "parameters": dict(spec.parameters), "strict": strict}
    if spec.grammar is None:
        return {"type": "custom", **head, "format": {"type": "text"}}
    grammar = {"syntax": spec.grammar.syntax, "definition": spec.grammar.definition}
    return {"type": "custom", **head, "format": {"type": "grammar", **grammar}}


def _choice(request: ModelRequest) -> str | Wire:
    """`ToolChoiceFunctionParam` or `ToolChoiceCustomParam` for one tool by name."""
    if not isinstance(request.tool_choice, NamedTool):
        return request.tool_choice
    name = request.tool_choice.name
    freeform = any(spec.freeform for spec in request.tools if spec.name == name)
    return {"type": "custom" if freeform else "function", "name": name}
