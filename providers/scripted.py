"""A model client that plays a script, for tests of everything above this package. Shipped; needs no patching."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from providers import accumulate
from providers.errors import ProviderError
from providers.events import Done, ModelEvent, ReasoningDelta, TextDelta, ToolCallDelta
from providers.types import ModelInfo, ModelRequest, ModelResponse, StopReason, ToolCallPart, Usage


class ScriptError(AssertionError):
    """The code under test and the script disagree: a call too many, or a turn that was never asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One turn of the model."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCallPart, ...] = ()
    stop: StopReason | None = None
    """None: `tool_calls` when there are some, else `stop`."""
    usage: Usage | None = None
    """None: ten tokens in and five out here; a twin counts them."""
    cost_usd: Decimal | None = Decimal(0)
    piece: int = 8
    """Characters per delta."""
    delay: float = 0.0
    """Seconds before the first event."""
    pause: float = 0.0
    """Seconds before each further event."""
    error: ProviderError | None = None
    """Raised in place of the next event once `error_after` events were sent."""
    error_after: int = 0


Turn = Reply | Callable[[ModelRequest], Reply]


def call(name: str, arguments: str, *, id: str = "") -> ToolCallPart:
    """A tool call for a script; its id defaults to one made of the name."""
    return ToolCallPart(id=id or f"call_{name}", name=name, arguments=arguments)


def pieces(text: str, size: int) -> list[str]:
    """`text` cut every `size` characters; none for an empty one."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def deltas(reply: Reply) -> list[ModelEvent]:
    """All events of a reply before its `Done`. Parallel calls arrive interleaved, as providers may send them."""
    events: list[ModelEvent] = [ReasoningDelta(text=piece) for piece in pieces(reply.reasoning, reply.piece)]
    events += [TextDelta(text=piece) for piece in pieces(reply.text, reply.piece)]
    events += [
        ToolCallDelta(index=index, id=part.id, name=part.name, arguments="")
        for index, part in enumerate(reply.tool_calls)
    ]
    queues = [pieces(part.arguments, reply.piece) for part in reply.tool_calls]
    while any(queues):
        for index, queue in enumerate(queues):
            if queue:
                events.append(ToolCallDelta(index=index, arguments=queue.pop(0)))
    return events


def _response(reply: Reply, request: ModelRequest, events: Sequence[ModelEvent]) -> ModelResponse:
    stop: StopReason = reply.stop or ("tool_calls" if reply.tool_calls else "stop")
    return ModelResponse(
        message=accumulate.message(events, provider="scripted", model=request.model),
        stop=stop,
        usage=reply.usage or Usage(input=10, output=5),
        model=request.model,
        raw_stop=stop,
        cost_usd=reply.cost_usd,
    )


@dataclass(slots=True)
class ScriptedClient:
    """Plays `turns` in order, then `always` if there is one.

    A call beyond the script raises `ScriptError`; so does `close()` (or leaving `async with`) while turns are left.
    """

    turns: Sequence[Turn] = ()
    always: Callable[[ModelRequest], Reply] | None = None
    features: frozenset[str] = frozenset({"tools", "grammar"})
    context_tokens: int | None = 128_000
    api: str = "scripted"
    requests: list[ModelRequest] = field(default_factory=list[ModelRequest])
    """Every request, in order, including those answered with an error."""
    interrupted: int = 0
    """Streams that were closed or cancelled before their end."""
    closed: bool = False
    _played: int = 0

    def info(self, model: str) -> ModelInfo:
        return ModelInfo(id=model, context_tokens=self.context_tokens, max_output_tokens=8_192, features=self.features)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        reply = self._next(request)
        events = deltas(reply)
        finished = False
        try:
            await asyncio.sleep(reply.delay)
            for sent, event in enumerate(events):
                if reply.error is not None and sent == reply.error_after:
                    break
                if sent:
                    await asyncio.sleep(reply.pause)
                yield event
            finished = True
            if reply.error is not None:
                raise reply.error
            yield Done(response=_response(reply, request, events))
        finally:
            self.interrupted += not finished

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.check_consumed()

    def check_consumed(self) -> None:
        """Raises `ScriptError` while turns are left."""
        left = len(self.turns) - self._played
        if left:
            raise ScriptError(f"{left} of {len(self.turns)} scripted turns were never asked for")

    def _next(self, request: ModelRequest) -> Reply:
        self.requests.append(request)
        if self._played < len(self.turns):
            turn = self.turns[self._played]
            self._played += 1
        elif self.always is not None:
            turn = self.always
        else:
            raise ScriptError(f"request {len(self.requests)} is beyond the script of {len(self.turns)} turns")
        return turn if isinstance(turn, Reply) else turn(request)

    async def __aenter__(self) -> "ScriptedClient":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            await self.close()
        self.closed = True
