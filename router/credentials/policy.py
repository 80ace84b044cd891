"""Which requests may go out, and what they ask for. Pure: a request in, what it asks for or a refusal out."""

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

from router.credentials.headers import Pairs, presented
from router.credentials.refusal import Refusal
from router.credentials.values import GateLimits
from router.credentials.wires import MODEL, Wire

Json = Mapping[str, Any]

BYTES_PER_TOKEN = 3
"""Source code has 3 to 4 bytes to a token: an estimate that is rather too many tokens than too few."""
MEDIA_TOKENS = 5_000
"""For each picture; documents are counted by their size too."""
_BYTES_PER_MEDIA_TOKEN = 40
_LONG = 4096
_BASE64 = re.compile(r"[A-Za-z0-9+/_=-]+")

_RUN_BY_VENDOR: Mapping[str, re.Pattern[str]] = {
    "anthropic_messages": re.compile(r"web_|code_execution|mcp_|advisor"),
    "openai_responses": re.compile(r"web_|file_search|code_interpreter|image_generation|mcp|computer"),
}
"""Types of tools that the vendor runs on its side. What runs in the box (`bash_20250124`, `custom`) is not here."""
_ORDINARY = frozenset({"default", "auto", "standard", "standard_only", "flex", "unspecified"})
_GEMINI_OWN = frozenset({"functionDeclarations", "function_declarations"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """As it came from the box. Header names in lower case."""

    method: str
    path: str
    query: str
    headers: Pairs
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that may go out as far as its form goes; money is decided after."""

    model: str
    carrier: str
    """The header that takes the real key."""
    query: tuple[tuple[str, str], ...]
    generates: bool
    input_tokens: int
    """Estimate from above."""
    output_tokens: int | None
    """The most it lets the model write; None where it does not say."""
    long_cache: bool
    """It may write to the dear cache."""
    dear: bool
    """It asks for faster service at a price of its own, which no list here has."""


def admit(api: str, wire: Wire, request: Request, limits: GateLimits, placeholder: str) -> Asked | Refusal:
    """What the request asks for, or why it does not go out."""
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    carrier, key = presented(wire, dict(request.headers), query)
    if not hmac.compare_digest(key.encode(), placeholder.encode()):
        return Refusal(status=401, code="placeholder", message="the request does not carry this job's placeholder key")
    found = next(
        ((route, match) for route in wire.routes if (match := route.path.fullmatch(request.path)) is not None), None
    )
    if found is None or found[0].method != request.method:
        return Refusal(status=403, code="not_allowed", message="only calls of the model are let through, not this path")
    passed = tuple((name, value) for name, value in query.items() if name != wire.key_query)
    if extra := sorted(name[:40] for name, _ in passed if name not in wire.query):
        return Refusal(status=403, code="not_allowed", message=f"query parameters are not let through: {extra}")
    content = _content(request.body)
    if content is None:
        return Refusal(status=400, code="not_json", message="the request's body is not a JSON object")
    model = found[1].groupdict().get("model") or content.get("model")
    if not isinstance(model, str) or not re.fullmatch(MODEL, model):
        return Refusal(status=400, code="no_model", message="the request names no model")
    if not limits.hosted_tools and (hosted := sorted(set(hosted_tools(api, content)))):
        text = f"tools that the vendor runs are off, they lead out of the sandbox: {', '.join(hosted)[:200]}"
        return Refusal(status=403, code="hosted_tools", message=text)
    return Asked(
        model=model,
        carrier=carrier,
        query=passed,
        generates=found[0].generates,
        input_tokens=input_tokens(content),
        output_tokens=output_tokens(api, content),
        long_cache=b'"1h"' in request.body or b'"24h"' in request.body or b'"12h"' in request.body,
        dear=_dear(content),
    )


def _content(body: bytes) -> Json | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("Json", value) if isinstance(value, dict) else None


def hosted_tools(api: str, content: Json) -> Iterator[str]:
    """What the request asks the vendor to do beside answering."""
    if content.get("mcp_servers") or content.get("container"):
        yield "mcp_servers or container"
    if content.get("background"):
        yield "background"
    pattern = _RUN_BY_VENDOR.get(api)
    for tool in _tools(content):
        if pattern is None:
            yield from (name for name in tool if name not in _GEMINI_OWN)
        elif pattern.match(kind := str(tool.get("type", ""))):
            yield kind


def _tools(content: Json) -> Iterator[Json]:
    """Tools at the top, in namespaces, and in input items that add some (codex: `additional_tools`)."""
    places: list[Any] = [content.get("tools")]
    if isinstance(items := content.get("input"), list):
        places += [cast("Json", item).get("tools") for item in cast("list[Any]", items) if isinstance(item, dict)]
    while places:
        for tool in cast("list[Any]", place) if isinstance(place := places.pop(), list) else []:
            if isinstance(tool, dict):
                yield cast("Json", tool)
                places.append(cast("Json", tool).get("tools"))


def output_tokens(api: str, content: Json) -> int | None:
    """The most that may be written, over all alternatives asked for."""
    if api != "gemini_generate":
        return _positive(content.get("max_tokens" if api == "anthropic_messages" else "max_output_tokens"))
    config = content.get("generationConfig") or content.get("generation_config")
    settings: Json = cast("Json", config) if isinstance(config, dict) else {}
    most = _positive(settings.get("maxOutputTokens") or settings.get("max_output_tokens"))
    return most and most * (_positive(settings.get("candidateCount") or settings.get("candidate_count")) or 1)


def _dear(content: Json) -> bool:
    """Faster service: `speed` (anthropic), `service_tier` (openai), `serviceTier` (gemini)."""
    tiers = {str(content.get(name) or "default").lower() for name in ("service_tier", "serviceTier", "speed")}
    return not tiers <= _ORDINARY


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def input_tokens(content: Json) -> int:
    """Tokens of a request, estimated from above: all its text, names and numbers too; long base64 as media."""
    text, media = 0, 0
    queue: list[Any] = [content]
    while queue:
        value = queue.pop()
        if isinstance(value, dict):
            queue += cast("dict[str, Any]", value).values()
            text += sum(len(name) + 4 for name in cast("dict[str, Any]", value))
        elif isinstance(value, list):
            queue += cast("list[Any]", value)
        elif isinstance(value, str) and len(value) > _LONG and _is_base64(value):
            media += MEDIA_TOKENS + len(value) // _BYTES_PER_MEDIA_TOKEN
        else:
            text += len(value.encode()) if isinstance(value, str) else 8
    return media + text // BYTES_PER_TOKEN + 1


def _is_base64(value: str) -> bool:
    return _BASE64.fullmatch(value.partition("base64,")[2] or value) is not None
