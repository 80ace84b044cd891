"""Values that cross the model boundary: message parts, tools, requests, responses, usage. Pure, no vendor's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]
StopReason = Literal["stop", "length", "tool_calls", "content_filter", "refusal", "pause", "context", "other"]
"""`refusal`: the model declined. `content_filter`: something beside the model cut its answer. `pause`: the service
stopped in the middle of its own work and goes on when asked again. `context`: the window is full."""

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
"""How much a model should think, in the order of cost. A client sends the nearest step its model has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPart:
    """A picture or a document. One of `data` and `url` is set."""

    media_type: str
    """e.g. `image/png`, `application/pdf`."""
    data: str = field(default="", repr=False)
    """Base64."""
    url: str = ""
    name: str = ""
    """File name, for documents."""
    detail: str = ""
    """How closely a picture is looked at, in the API's own word; empty leaves it to the client."""
    kind: Literal["media"] = "media"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningPart:
    """Thinking of a model. `opaque` is what its provider wants back unchanged; it is dropped for any other model.

    A signature that belongs to another part (Gemini signs its calls) is a reasoning part right before that part.
    """

    text: str = ""
    opaque: Mapping[str, Any] | None = None
    """JSON values, verbatim from the wire."""
    provider: str = ""
    """Api name in `providers.registry`."""
    model: str = ""
    """As it was asked for."""
    kind: Literal["reasoning"] = "reasoning"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallPart:
    id: str
    name: str
    arguments: str
    """JSON text as the model wrote it, or free text for a freeform tool. May be invalid: whoever runs it checks."""
    freeform: bool = False
    """The call of a tool that takes text, not JSON."""
    kind: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultPart:
    call_id: str
    name: str
    content: str
    is_error: bool | None = None
    """None leaves it unsaid, where the API has a word for it."""
    media: tuple[MediaPart, ...] = ()
    """Pictures that go with the text."""
    kind: Literal["tool_result"] = "tool_result"


Part = TextPart | MediaPart | ReasoningPart | ToolCallPart | ToolResultPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn. A `system` message may stand in mid-conversation: where an API has no such role, it goes to the user's
    side, marked as the system's."""

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
class Grammar:
    """What the text of a freeform tool must follow."""

    syntax: Literal["lark", "regex"]
    definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    name: str
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON Schema with an object at its root. Empty for a freeform tool."""
    freeform: bool = False
    """Takes text as it is. Only for clients whose `features` has "freeform"."""
    grammar: Grammar | None = None
    """For a freeform tool; None is any text."""
    strict: bool = False
    """Arguments are held to the schema by the service, where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTool:
    """The choice of one tool that must be called."""

    name: str


ToolChoice = Literal["auto", "none", "required"] | NamedTool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSchema:
    """The shape an answer's text must have. Only for clients whose `features` has "structured_output"."""

    name: str
    schema: Mapping[str, Any]


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
    """A wish, not a demand: left out where the API has no word for it."""
    stop: tuple[str, ...] = ()
    grammar: str | None = None
    """GBNF the answer must follow; only for clients whose `features` has "grammar"."""
    effort: Effort | None = None
    """None leaves it to the service."""
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | None = None
    """None leaves it to the service."""
    output: OutputSchema | None = None
    cache_key: str = ""
    """Same for all requests of one conversation: helps the service find what it has cached."""
    cache: bool = True
    """Marks for prompt caching are placed where the API wants them."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Passed through to the wire as they are; an option wins over what we would send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens in one normal form: the counts do not overlap, except that reasoning is part of output."""

    input: int = 0
    """Fresh input, without cached."""
    cache_read: int = 0
    cache_write: int = 0
    """Written to a cache that lives minutes, the usual one."""
    cache_write_1h: int = 0
    """Written to a cache that lives an hour and costs more."""
    output: int = 0
    reasoning: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input,
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
            cache_write_1h=self.cache_write_1h + other.cache_write_1h,
            output=self.output + other.output,
            reasoning=self.reasoning + other.reasoning,
        )

    @property
    def total(self) -> int:
        return self.input + self.cache_read + self.cache_write + self.cache_write_1h + self.output


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
    """Of {"tools", "grammar", "freeform", "images", "documents", "reasoning", "structured_output", "caching"}, and what
    only the client of its api reads: {"adaptive_thinking", "effort", "mid_system", "prefill", "sampling",
    "forced_tools"}."""
    efforts: tuple[Effort, ...] = ()
    """What it can be asked to think, cheapest first; empty when it can't or it is not known."""
