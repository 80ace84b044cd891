"""What tools of servers are called here, and which of them are told at once. Pure."""

import json
import re
from collections.abc import Sequence
from hashlib import sha256

from providers.types import ToolSpec

LONGEST = 64
"""As providers have it."""
SHARE = 0.1
"""Of a model's context, which the tools of all servers may take before only their names are told."""
LOADED = "loaded_tools"
"""Key of `ToolState.notes`: names of tools that were searched for and are offered from then on."""
_BYTES_PER_TOKEN = 4


def name(server: str, tool: str) -> str:
    """`mcp__SERVER__TOOL` in characters that every provider takes. What had to be changed ends in a few digits of its
    hash, so that two of them stay two."""
    full = f"mcp__{server}__{tool}"
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", full)
    if plain == full and len(full) <= LONGEST:
        return full
    return f"{plain[: LONGEST - 9]}_{sha256(full.encode()).hexdigest()[:8]}"


def lazy(specs: Sequence[ToolSpec], window: int | None, share: float = SHARE) -> bool:
    """Whether these take more than their share; `window` in tokens, None where it is not known."""
    size = sum(len(json.dumps([s.name, s.description, dict(s.parameters)])) for s in specs)
    return size / _BYTES_PER_TOKEN > share * (window or 200_000)


def find(query: str, specs: Sequence[ToolSpec], most: int) -> tuple[ToolSpec, ...]:
    """Those that are named in full; else those in which most words stand, the name counting more."""
    words = re.findall(r"[A-Za-z0-9_-]+", query)
    named = [spec for spec in specs if spec.name in words]
    if named:
        return tuple(named[:most])
    scored = [(sum(_score(word.lower(), spec) for word in words), spec) for spec in specs]
    return tuple(spec for score, spec in sorted(scored, key=lambda one: -one[0])[:most] if score)


def _score(word: str, spec: ToolSpec) -> int:
    return 3 * (word in spec.name.lower()) + (word in spec.description.lower())
