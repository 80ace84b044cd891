"""Requests to keywords of `generate_content_stream`, as plain mappings of `types.GenerateContentConfig`. Pure.

`ModelRequest.options` are fields of that type, in Python's or in the wire's spelling (`cached_content`,
`safetySettings`, `top_k`), and `extra_body` for what the SDK has no name for.

This API has no field for `parallel_tool_calls`, and none for `cache` and `cache_key`: it caches prefixes by itself.
"""

import re
from collections.abc import Mapping
from typing import Any

from providers.errors import FeatureMissing
from providers.gemini_generate import thinking
from providers.gemini_generate.contents import API, Wire, contents
from providers.types import ModelInfo, ModelRequest, NamedTool, ToolSpec

IN_CACHE = ("system_instruction", "tool_config")
"""Not sent beside `cached_content`, and no tools: they are part of what was cached, and the service refuses them."""


def keywords(request: ModelRequest, info: ModelInfo) -> Wire:
    """`model`, `contents` and `config`. Raises FeatureMissing for what this API has no place for."""
    _check(request)
    return {
        "model": request.model,
        "contents": contents(
            request.messages, model=request.model, sign_calls=thinking.wants_signatures(request.model)
        ),
        "config": config(request, info),
    }


def config(request: ModelRequest, info: ModelInfo) -> Wire:
    """Everything but the conversation. The SDK's own loops over tools and over cut answers are off."""
    sent: Mapping[str, Any] = {
        "system_instruction": request.system or None,
        "tool_config": _tool_config(request),
        "max_output_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stop_sequences": list(request.stop) or None,
        "response_mime_type": "application/json" if request.output else None,
        "response_json_schema": dict(request.output.schema) if request.output else None,
    }
    options = {_snake(name): value for name, value in request.options.items()}
    extra = _body(request, info, options)
    left_out = IN_CACHE if options.get("cached_content") else ()
    return {
        **{name: value for name, value in sent.items() if value is not None and name not in left_out},
        **options,
        **({"http_options": {"extra_body": extra}} if extra else {}),
        "automatic_function_calling": {"disable": True},
        "automatic_continuation": False,
    }


def _body(request: ModelRequest, info: ModelInfo, options: dict[str, Any]) -> Wire:
    """Parts of the body itself: those of `extra_body`, which is taken out of the options, and what would go out with
    names in snake case if the SDK were given it."""
    extra: Wire = dict(options.pop("extra_body", None) or {})
    thought = None if "thinking_config" in options else thinking.config(info, request.effort)
    if thought:
        extra["generationConfig"] = {"thinkingConfig": thought, **extra.get("generationConfig", {})}
    if request.tools and not options.keys() & {"tools", "cached_content"}:
        extra = {"tools": [{"functionDeclarations": [declaration(spec) for spec in request.tools]}], **extra}
    return extra


def declaration(spec: ToolSpec) -> Wire:
    """`FunctionDeclaration` as on the wire, with its JSON Schema as it is (wire.md 3.1)."""
    wire: Wire = {"name": spec.name, "description": spec.description}
    return {**wire, "parametersJsonSchema": dict(spec.parameters)} if spec.parameters else wire


def _tool_config(request: ModelRequest) -> Wire | None:
    """`types.FunctionCallingConfig`. AUTO is what the service does unasked; VALIDATED holds arguments to the schema."""
    match request.tool_choice:
        case NamedTool(name=name):
            told: Wire = {"mode": "ANY", "allowed_function_names": [name]}
        case "required":
            told = {"mode": "ANY"}
        case "none":
            told = {"mode": "NONE"}
        case _ if request.tools and all(spec.strict for spec in request.tools):
            told = {"mode": "VALIDATED"}
        case _:
            return None
    return {"function_calling_config": told} if request.tools else None


def _check(request: ModelRequest) -> None:
    if request.grammar is not None:
        raise FeatureMissing("grammar", provider=API)
    if any(spec.freeform for spec in request.tools):
        raise FeatureMissing("freeform", provider=API)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda found: f"_{found[1].lower()}", name)
