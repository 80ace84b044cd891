"""Prompt-cache accounting by prefix: what a provider would have read from and written to its cache, as usage numbers.

Assumed throughout: block-wise (a provider may match within a block), one minimum for every model, 20 blocks back from
a mark, five minutes of life (an hour where a mark says so), one cache per API key and model.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from providers.twin.front import Asked, Block, Turn
from providers.twin.wire import block_tokens, tokens
from providers.types import ReasoningPart, TextPart, Usage

MINIMUM = 1024
"""Tokens below which nothing is cached."""
STEP = 128
"""Automatic caches count in steps of so many tokens."""
LOOK_BACK = 20
LIFE = {"": 300.0, "5m": 300.0, "1h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """A prompt up to the end of one block."""

    digest: str
    tokens: int
    mark: str


def prefixes(blocks: Sequence[Block]) -> list[Prefix]:
    """Every beginning of a prompt that ends with a block."""
    found: list[Prefix] = []
    running, count = hashlib.sha256(), 0
    for block in blocks:
        running.update(block.text.encode() + b"\0")
        count += block_tokens(block)
        found.append(Prefix(digest=running.hexdigest(), tokens=count, mark=block.mark))
    return found


def output_usage(turn: Turn) -> Usage:
    """Tokens of an answer, by the same estimate as the prompt's."""
    reasoning = sum(max(1, tokens(part.text)) for part in turn.parts if isinstance(part, ReasoningPart))
    said = sum(
        tokens(part.text if isinstance(part, TextPart) else part.name + part.arguments)
        for part in turn.parts
        if not isinstance(part, ReasoningPart)
    )
    return Usage(output=reasoning + said, reasoning=reasoning)


@dataclass(slots=True)
class PromptCache:
    """What is cached, per key and model."""

    _live: dict[tuple[str, str, str], dict[str, float]] = field(
        default_factory=dict[tuple[str, str, str], dict[str, float]]
    )
    """Scope -> digest of a prefix -> when it dies."""

    def usage(self, asked: Asked, turn: Turn, *, provider: str, now: float) -> Usage:
        """Counts of this request; what it leaves in the cache is there for the next."""
        key = hashlib.sha256(asked.key.encode()).hexdigest()
        live = self._live.setdefault((provider, key, asked.request.model), {})
        for digest in [digest for digest, dies in live.items() if dies <= now]:
            del live[digest]
        found = prefixes(asked.blocks)
        prompt = _marked(found, live, now) if asked.explicit_cache else _automatic(found, live, now)
        out = output_usage(turn)
        return replace(prompt, output=out.output, reasoning=out.reasoning)


def _automatic(found: Sequence[Prefix], live: dict[str, float], now: float) -> Usage:
    total = found[-1].tokens if found else 0
    hit = max((prefix.tokens for prefix in found if prefix.digest in live), default=0)
    read = 0 if hit < MINIMUM else hit - hit % STEP
    live.update({prefix.digest: now + LIFE[""] for prefix in found})
    return Usage(input=total - read, cache_read=read)


def _marked(found: Sequence[Prefix], live: dict[str, float], now: float) -> Usage:
    marks = [at for at, prefix in enumerate(found) if prefix.mark and prefix.tokens >= MINIMUM]
    seen = [at for mark in marks for at in range(max(0, mark - LOOK_BACK), mark + 1) if found[at].digest in live]
    read = found[max(seen)].tokens if seen else 0
    written = {"5m": 0, "1h": 0}
    upto = read
    for mark in marks:
        prefix = found[mark]
        written[prefix.mark] += max(0, prefix.tokens - upto)
        upto = max(upto, prefix.tokens)
        live[prefix.digest] = now + LIFE[prefix.mark]
    for at in seen:
        live[found[at].digest] = max(live[found[at].digest], now + LIFE[""])
    total = found[-1].tokens if found else 0
    return Usage(input=total - upto, cache_read=read, cache_write=written["5m"], cache_write_1h=written["1h"])
