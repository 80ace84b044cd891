"""Which requests may go out, and what they ask for. Pure: a request in, what it asks for or a refusal out."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

from router.credentials.headers import Pairs, presented
from router.credentials.hosted import hosted
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

_OUTPUT: Mapping[str, str] = {
    "anthropic_messages": "max_tokens",
    "openai_responses": "max_output_tokens",
    "gemini_generate": "maxOutputTokens",
}
_MOST_ALTERNATIVES = 100
"""More than any API gives; also for a number that cannot be read."""
_SETTINGS = "generationConfig"
"""Where Gemini's API has its limits; the others have them at the top."""
_ORDINARY = frozenset({"default", "auto", "standard", "standard_only", "flex", "unspecified"})
_ELSEWHERE = (
    "previous_response_id",
    "conversation",
    "prompt",
    "cachedContent",
    "cached_content",
    "fallbacks",
    "thread",
)
"""Fields that bring in input or another model which the request does not show: openai 3, gemini 2, anthropic 2."""
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
    """The most it lets the model write in one alternative; None where it does not say."""
    alternatives: int = 1
    thinking_tokens: int = 0
    """A part of the output that it gives to thinking; the limit has to be above."""
    long_cache: bool
    """It may write to the dear cache."""
    dear: bool
    """What it costs cannot be told from it: faster service at a price of its own, or content that the service keeps."""


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
    if not limits.hosted_tools and (found_hosted := sorted(set(hosted(api, content)))):
        text = f"what the vendor would run or fetch leads out of the sandbox: {', '.join(found_hosted)[:200]}"
        return Refusal(status=403, code="hosted_tools", message=text)
    return Asked(
        model=model,
        carrier=carrier,
        query=passed,
        generates=found[0].generates,
        input_tokens=input_tokens(content),
        output_tokens=_positive(_settings(api, content).get(_OUTPUT[api])),
        alternatives=_alternatives(api, content),
        thinking_tokens=_positive(_object(content.get("thinking")).get("budget_tokens")) or 0,
        long_cache=b'"1h"' in request.body or b'"24h"' in request.body or b'"12h"' in request.body,
        dear=_dear(content),
    )


def _content(body: bytes) -> Json | None:
    try:
        value = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return cast("Json", value) if isinstance(value, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that is there twice could be read one way here and another way by the vendor."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name twice")
    return value


def with_output(api: str, body: bytes, tokens: int) -> bytes:
    """The same request with an output limit of `tokens`."""
    content = json.loads(body)
    if api == "gemini_generate":
        content[_SETTINGS] = {**_object(content.get(_SETTINGS)), _OUTPUT[api]: tokens}
    else:
        content[_OUTPUT[api]] = tokens
    return json.dumps(content, separators=(",", ":")).encode()


def _settings(api: str, content: Json) -> Json:
    if api != "gemini_generate":
        return content
    return _object(content.get(_SETTINGS))


def _alternatives(api: str, content: Json) -> int:
    """The most that any spelling asks for: Gemini reads both of each name, and numbers written as text."""
    if api != "gemini_generate":
        return 1
    settings = (_object(content.get(name)) for name in (_SETTINGS, "generation_config"))
    counts = [one[name] for one in settings for name in ("candidateCount", "candidate_count") if name in one]
    return max((_count(value) for value in counts), default=1)


def _count(value: object) -> int:
    try:
        return min(_MOST_ALTERNATIVES, max(1, int(float(str(value)))))
    except (ValueError, OverflowError):
        return 1 if value is None else _MOST_ALTERNATIVES


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _dear(content: Json) -> bool:
    """Faster service: `speed` (anthropic), `service_tier` (openai), `serviceTier` (gemini). Or what is not in it."""
    if any(content.get(name) for name in _ELSEWHERE):
        return True
    tiers = {str(content.get(name) or "default").lower() for name in ("service_tier", "serviceTier", "speed")}
    return not tiers <= _ORDINARY


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


_MEDIA = frozenset({"data", "image_url", "file_data", "url"})
"""Fields that hold base64 on the three wires: a source's or a part's data, a picture, a file."""


def input_tokens(content: Json) -> int:
    """Tokens of a request, estimated from above: all its text, names and numbers too; long base64 in the fields that
    hold media as media. The same letters in a text are a text, and dearer."""
    text, media = 0, 0
    queue: list[tuple[str, Any]] = [("", content)]
    while queue:
        field, value = queue.pop()
        if isinstance(value, dict):
            queue += cast("dict[str, Any]", value).items()
            text += sum(len(name) + 4 for name in cast("dict[str, Any]", value))
        elif isinstance(value, list):
            queue += [(field, item) for item in cast("list[Any]", value)]
        elif isinstance(value, str) and field in _MEDIA and len(value) > _LONG and _is_base64(value):
            media += MEDIA_TOKENS + len(value) // _BYTES_PER_MEDIA_TOKEN
        else:
            text += len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else 8
    return media + text // BYTES_PER_TOKEN + 1


def _is_base64(value: str) -> bool:
    return _BASE64.fullmatch(value.partition("base64,")[2] or value) is not None
