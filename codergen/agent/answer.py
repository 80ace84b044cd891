"""One answer of a model: asked for with retries, shown as it comes, recorded with what it used and cost."""

from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from codergen.agent import context
from codergen.agent.parts import Parts
from codergen.agent.record import Record
from codergen.agent.turn import Running
from codergen.conversation import By, message_data
from providers import retry
from providers.errors import CutStream
from providers.events import Done, ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.retry import Retry
from providers.types import Message, ModelRequest, ModelResponse, StopReason


async def answer(turn: Running, parts: Parts, request: ModelRequest) -> Message:
    """The answer as the profile reads it, recorded before it is returned. Raises ProviderError."""
    record, profile = turn.record, parts.profile
    record("model.request", context.record(turn.asked, request))
    turn.asked = request
    before = turn.seconds
    response = await _stream(record, parts, request)
    turn.answers += 1
    message = profile.read(response, record.conversation, parts.frame)
    record("model.usage", usage_data(response, turn.seconds - before))
    if response.cost_usd is None and parts.limits.usd is not None and record.spent.unpriced == 1:
        record("limit.unpriced", {"model": response.model, "allowed": str(parts.limits.usd)})
    say(record, message, "model" if message == response.message else "translated", response.stop)
    return message


def say(record: Record, message: Message, by: By, stop: StopReason | None) -> None:
    """An assistant's message joins the conversation."""
    record("model.message", {"message": message_data(message), "by": by, "stop": stop})


def usage_data(response: ModelResponse, seconds: float) -> dict[str, Any]:
    """What an answer used and cost, as events have it."""
    return {
        "model": response.model,
        "usage": asdict(response.usage),
        "cost_usd": None if response.cost_usd is None else str(response.cost_usd),
        "seconds": round(seconds, 3),
        "stop": response.stop,
        "raw_stop": response.raw_stop,
        "request_id": response.request_id,
    }


def retry_data(again: Retry) -> dict[str, Any]:
    """A call that is made again, as events have it."""
    return {"error": again.error.kind, "message": str(again.error), "call": again.call, "wait": round(again.wait, 3)}


async def _stream(record: Record, parts: Parts, request: ModelRequest) -> ModelResponse:
    def tell(again: Retry) -> None:
        record("model.retry", retry_data(again))

    events = retry.stream(parts.client, request, policy=parts.retry, on_retry=tell)
    async with aclosing(events) as stream:
        async for event in stream:
            if isinstance(event, Done):
                return event.response
            if not isinstance(event, ReasoningEnd):
                record("model.delta", _delta(event))
    raise CutStream("the stream ended without its last event", provider=parts.client.api)


def _delta(event: TextDelta | ReasoningDelta | ToolCallDelta) -> dict[str, Any]:
    match event:
        case TextDelta() | ReasoningDelta():
            return {"part": event.kind, "text": event.text}
        case ToolCallDelta():
            return {
                "part": event.kind,
                "text": event.arguments,
                "index": event.index,
                "id": event.id,
                "name": event.name,
            }
