"""Token counts as each wire writes them, to our normal form. Pure, over JSON: SDK objects go in as their dump.

Cited types: anthropic `types.Usage`, openai `types.responses.ResponseUsage`, google-genai
`GenerateContentResponseUsageMetadata` (camel case on the wire).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from providers.types import Usage

Wire = Mapping[str, Any]


def anthropic(wire: Wire) -> Usage:
    """Counts do not overlap on this wire; writes are split by lifetime where the answer says so."""
    split: Wire = wire.get("cache_creation") or {}
    details: Wire = wire.get("output_tokens_details") or {}
    hour = _count(split, "ephemeral_1h_input_tokens")
    written = _count(wire, "cache_creation_input_tokens") or hour + _count(split, "ephemeral_5m_input_tokens")
    return Usage(
        input=_count(wire, "input_tokens"),
        cache_read=_count(wire, "cache_read_input_tokens"),
        cache_write=max(0, written - hour),
        cache_write_1h=hour,
        output=_count(wire, "output_tokens"),
        reasoning=_count(details, "thinking_tokens"),
    )


def openai(wire: Wire) -> Usage:
    """Cached and written tokens are part of the input on this wire, not in ours. Twelve hours is the dear cache."""
    entry: Wire = wire.get("input_tokens_details") or {}
    exit_: Wire = wire.get("output_tokens_details") or {}
    read, written = _count(entry, "cached_tokens"), _count(entry, "cache_write_tokens")
    long = _count(entry.get("cache_write_tokens_details") or {}, "ttl_12h_tokens")
    return Usage(
        input=max(0, _count(wire, "input_tokens") - read - written),
        cache_read=read,
        cache_write=max(0, written - long),
        cache_write_1h=long,
        output=_count(wire, "output_tokens"),
        reasoning=_count(exit_, "reasoning_tokens"),
    )


def gemini(wire: Wire) -> Usage:
    """Cached tokens are part of the prompt on this wire; what tools gave back and thoughts stand beside.

    Names as on the wire, or as the SDK writes them.
    """
    read = _count(wire, "cachedContentTokenCount", "cached_content_token_count")
    prompt = _count(wire, "promptTokenCount", "prompt_token_count")
    thoughts = _count(wire, "thoughtsTokenCount", "thoughts_token_count")
    return Usage(
        input=max(0, prompt - read) + _count(wire, "toolUsePromptTokenCount", "tool_use_prompt_token_count"),
        cache_read=read,
        output=_count(wire, "candidatesTokenCount", "candidates_token_count") + thoughts,
        reasoning=thoughts,
    )


READERS: Mapping[str, Callable[[Wire], Usage]] = MappingProxyType(
    {"anthropic_messages": anthropic, "openai_responses": openai, "gemini_generate": gemini}
)
"""Api name -> reader."""


def _count(wire: Wire, *names: str) -> int:
    """The first of `names` that holds a count."""
    found = (wire.get(name) for name in names)
    return next((value for value in found if isinstance(value, int) and value > 0), 0)
