"""Values that cross the model boundary: message parts, tools, requests, responses, usage. Pure, no vendor's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
StopReason = Literal["stop", "length", "tool_calls", "content_filter", "context", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningPart:
    """Thinking of a model. `opaque` is what its provider wants back unchanged; it is dropped for any other model."""

    text: str = ""
    opaque: Mapping[str, Any] | None = None
    provider: str = ""
    model: str = ""
    kind: Literal["reasoning"] = "reasoning"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallPart:
    id: str
    name: str
    arguments: str
    """JSON text as the model wrote it, or free text for a freeform tool. May be invalid: whoever runs it checks."""
    kind: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultPart:
    call_id: str
    name: str
    content: str
    is_error: bool = False
    kind: Literal["tool_result"] = "tool_result"


Part = TextPart | ReasoningPart | ToolCallPart | ToolResultPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """All text parts joined, without reasoning."""
        return "".join(p.text for p in self.parts if isinstance(p, TextPart))

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        return tuple(p for p in self.parts if isinstance(p, ToolCallPart))


def user(text: str) -> Message:
    """A user message of one text part."""
    return Message(role="user", parts=(TextPart(text=text),))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema with an object at its root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One call of a model."""

    model: str
    """The provider's own id."""
    messages: tuple[Message, ...]
    system: str = ""
    tools: tuple[ToolSpec, ...] = ()
    max_output_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    grammar: str | None = None
    """GBNF the answer must follow; only for clients whose `features` has "grammar"."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Passed through to the wire as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens in one normal form: the five counts do not overlap, except that reasoning is part of output."""

    input: int = 0
    """Fresh input, without cached."""
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input,
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
            output=self.output + other.output,
            reasoning=self.reasoning + other.reasoning,
        )

    @property
    def total(self) -> int:
        return self.input + self.cache_read + self.cache_write + self.output


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResponse:
    """A whole answer."""

    message: Message
    stop: StopReason
    usage: Usage
    model: str
    """As the server names it."""
    raw_stop: str = ""
    """The server's own word for why it stopped."""
    request_id: str | None = None
    cost_usd: Decimal | None = None
    """None is unknown, never zero. Local models cost Decimal(0)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What is known of a model before it is called."""

    id: str
    context_tokens: int | None
    max_output_tokens: int | None
    features: frozenset[str] = frozenset()
    """Of {"tools", "grammar", "images"}."""
