"""What the core of a twin and one wire say to each other. A front is pure: values in, bytes out, no I/O, no state.

The core owns the socket, pace, faults, prompt-cache accounting, the log and the brains; a front knows one wire. How to
write one: docs/twins.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from providers.scripted import Reply
from providers.types import ModelInfo, ModelRequest, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage

Wire = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request as it arrived."""

    method: str
    path: str
    """Without query, and without the prefix that names the provider."""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Names in lower case."""
    body: Any = None
    """Parsed JSON; None when there is none or it is not JSON (the core answers that itself)."""
    number: int = 1
    """Of this request in the life of the twin: ids made of it are unique and the same in every run."""
    now: int = 1_790_000_000
    """Unix seconds, for fields that tell a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of the prompt, in the order in which the service caches it (assumed: tools, system, messages)."""

    place: str
    """Where it stands: `tools[3]`, `system[0]`, `messages[4].content[0]`. Tools and system begin with those words,
    wherever the wire keeps them: everything else is taken for a message."""
    text: str
    """Canonical: equal text means an equal prefix. `canonical()` makes it; cache marks are left out of it."""
    mark: Literal["", "5m", "1h"] = ""
    """An explicit cache mark at the end of this block, where the wire has such."""
    on_demand: bool = False
    """A tool that was loaded in mid-conversation; the stability checker leaves it out."""
    tokens: int | None = None
    """When the text does not tell (pictures); None is counted by `wire.tokens`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that the front found valid."""

    call: Call
    request: ModelRequest
    """The wire's request in our words: what brains read and expectations are held against. Also tools with their
    schemas, freeform tools, `output`, `tool_choice`, `max_output_tokens`; what has no word of ours is left out."""
    blocks: tuple[Block, ...]
    streaming: bool
    key: str = field(default="", repr=False)
    """API key as it was sent. The core keeps a hash of it, to keep caches of different keys apart."""
    conversation: str = ""
    """What the client itself calls the conversation (session id, cache key); empty when the wire does not tell."""
    explicit_cache: bool = False
    """Only prefixes up to a mark are cached (Anthropic). False: any prefix is, by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the model says next, in no vendor's words."""

    parts: tuple[TextPart | ReasoningPart | ToolCallPart, ...]
    """In order. `ReasoningPart.opaque` is `{"redacted": True}` for reasoning that goes out unreadable, else None: the
    front makes the signature (`wire.sign`) and holds what comes back against it."""
    stop: StopReason | None = None
    """None: `tool_calls` when there are some, else `stop`."""
    usage: Usage | None = None
    """None: counted by the core."""
    piece: int = 8
    """Characters per delta."""
    delay: float = 0.0
    """Seconds before the first byte."""
    pause: float = 0.0
    """Seconds before each further piece of content."""

    @property
    def stopped(self) -> StopReason:
        return self.stop or ("tool_calls" if any(isinstance(part, ToolCallPart) for part in self.parts) else "stop")


def turn(reply: Reply) -> Turn:
    """A scripted reply as a turn: reasoning, text, calls."""
    parts: list[TextPart | ReasoningPart | ToolCallPart] = []
    if reply.reasoning:
        parts.append(ReasoningPart(text=reply.reasoning))
    if reply.text:
        parts.append(TextPart(text=reply.text))
    return Turn(
        parts=(*parts, *reply.tool_calls),
        stop=reply.stop,
        usage=reply.usage,
        piece=reply.piece,
        delay=reply.delay,
        pause=reply.pause,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Some bytes of a stream that belong together: one server-sent event with its blank line at the end."""

    data: bytes
    content: bool = False
    """Carries output (a delta). Pauses, cuts, duplicates and garbage are placed by it."""


FailureName = Literal[
    "bad_request",
    "too_long",
    "auth",
    "permission",
    "not_found",
    "model_not_found",
    "rate_limit",
    "quota",
    "server",
    "unavailable",
    "overloaded",
]
STATUS: Mapping[FailureName, int] = {
    "bad_request": 400,
    "too_long": 400,
    "auth": 401,
    "permission": 403,
    "not_found": 404,
    "model_not_found": 404,
    "rate_limit": 429,
    "quota": 429,
    "server": 500,
    "unavailable": 503,
    "overloaded": 529,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why the service says no, in no vendor's words."""

    name: FailureName
    message: str
    retry_after: float | None = None
    """Seconds, for the vendor's own header or detail."""
    rule: str = ""
    """What a request broke, and where that is said: an SDK type, a row of wire.md, or "assumed". Goes to the log."""

    @property
    def status(self) -> int:
        """The usual one. A wire that tells it otherwise (Gemini: a bad key is a 400) says so in its front."""
        return STATUS[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One whole HTTP answer that is not a stream."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Wire | Sequence[Any] | str = ""
    """Sent as JSON, unless it is text."""


class Rejected(Exception):
    """`Front.read` or `Front.side` says no; the core answers with `Front.failure(failure)`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Front(Protocol):
    """One wire. Every method is pure and may be called in any order."""

    @property
    def provider(self) -> str:
        """`anthropic`, `openai`, `gemini`, `chat`: the word of --provider, and the prefix `/PROVIDER` of its paths."""
        ...

    @property
    def api(self) -> str:
        """Our client of this wire, as in `providers.registry`; the catalogue is asked by it."""
        ...

    @property
    def base_path(self) -> str:
        """What our client's base URL has behind host and port: `/v1`, or nothing."""
        ...

    def environment(self, url: str) -> Mapping[str, str]:
        """Variables that point the vendor's own tools at `url` (scheme, host, port), a placeholder key included."""
        ...

    def serves(self, call: Call) -> Literal["generate", "side", ""]:
        """Whether this call is for a model, for something beside it (lists, token counts), or not of this wire.

        Decides by method and path, and by headers where two wires share a path (`/v1/models`)."""
        ...

    def read(self, call: Call) -> Asked:
        """A call for a model, checked. Raises Rejected."""
        ...

    def frames(self, turn: Turn, asked: Asked, usage: Usage) -> Iterator[Frame]:
        """The whole stream, event by event, in the vendor's order, including its end."""
        ...

    def whole(self, turn: Turn, asked: Asked, usage: Usage) -> Wire:
        """The body for a call that did not ask for a stream."""
        ...

    def headers(self, call: Call) -> Mapping[str, str]:
        """Sent with every answer, good or bad: request id and such. The core adds the content type."""
        ...

    def failure(self, failure: Failure) -> Answer:
        """The vendor's error answer."""
        ...

    def interruption(self, failure: Failure, asked: Asked) -> Frame:
        """How the vendor tells a failure after the stream has begun."""
        ...

    def side(self, call: Call, models: Sequence[ModelInfo]) -> Answer:
        """Answers what `serves` called "side". Raises Rejected."""
        ...
