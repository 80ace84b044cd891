"""What a session may use, what it has used, and which limit is reached. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from providers.types import Usage

LimitName = Literal["turns", "seconds", "tokens", "usd", "tool_calls", "repetition"]
"""`repetition` is no number: a model that goes on in circles after it was told is stopped like one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """Over the whole life of a session, resumed parts included. None is no limit."""

    turns: int | None = 50
    """Answers of a model."""
    seconds: float | None = None
    """Time in turns; waiting for a person does not count."""
    tokens: int | None = None
    """Input, cached input and output together."""
    usd: Decimal | None = None
    tool_calls: int | None = None
    """Answered ones; the calls of one answer are not torn apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Tokens and money include those of agents that were set to work; turns, seconds and tool calls do not."""

    turns: int = 0
    seconds: float = 0.0
    """In turns that ended."""
    usage: Usage = field(default_factory=Usage)
    usd: Decimal = Decimal(0)
    """Of the answers whose price is known."""
    unpriced: int = 0
    """Answers whose price is not known: with any of these, `usd` is a lower bound."""
    tool_calls: int = 0

    @property
    def cost(self) -> Decimal | None:
        """None when it is not known in full."""
        return None if self.unpriced else self.usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    limit: LimitName
    allowed: str
    """With its unit, for people."""


def reached(limits: SessionLimits, spent: Spent, *, seconds: float) -> Reached | None:
    """The first limit that leaves no room for another step; `seconds` is the time in the running turn."""
    if limits.turns is not None and spent.turns >= limits.turns:
        return Reached(limit="turns", allowed=f"{limits.turns} answers")
    if limits.seconds is not None and spent.seconds + seconds >= limits.seconds:
        return Reached(limit="seconds", allowed=f"{limits.seconds:g} s")
    if limits.tokens is not None and spent.usage.total >= limits.tokens:
        return Reached(limit="tokens", allowed=f"{limits.tokens:,} tokens")
    if limits.usd is not None and spent.usd >= limits.usd:
        return Reached(limit="usd", allowed=f"{limits.usd} USD")
    if limits.tool_calls is not None and spent.tool_calls >= limits.tool_calls:
        return Reached(limit="tool_calls", allowed=f"{limits.tool_calls} tool calls")
    return None


def apply(spent: Spent, kind: str, data: Mapping[str, Any]) -> Spent:
    """What is used after an event."""
    match kind:
        case "model.usage":
            return replace(_paid(spent, data), turns=spent.turns + 1)
        case "agent.usage" | "compaction.usage":
            return _paid(spent, data)
        case "tool.end":
            return replace(spent, tool_calls=spent.tool_calls + 1)
        case "turn.end":
            return replace(spent, seconds=spent.seconds + data["seconds"])
        case _:
            return spent


def _paid(spent: Spent, data: Mapping[str, Any]) -> Spent:
    cost = data["cost_usd"]
    return replace(
        spent,
        usage=spent.usage + Usage(**data["usage"]),
        usd=spent.usd + Decimal(cost or 0),
        unpriced=spent.unpriced + (cost is None),
    )
