"""One turn: ask the profile for a step, take it, until it is finished or a limit is reached."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, assert_never

from codergen.agent import context
from codergen.agent.limits import Reached, reached
from codergen.agent.parts import Parts
from codergen.agent.record import Record
from codergen.agent.tool_calls import run_calls
from codergen.conversation import By, message_data
from codergen.profiles.profile import Act, Ask, Finished
from providers import retry
from providers.errors import CutStream
from providers.events import Done, ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.retry import Retry
from providers.types import Message, ModelRequest, ModelResponse, StopReason

Status = Literal["finished", "limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnd:
    """How a turn ended on its own; failures and cancelling are exceptions."""

    status: Status
    reason: str
    """The profile's word, or the limit's name."""
    text: str = ""


@dataclass(slots=True)
class Running:
    """One turn under way."""

    parts: Parts
    record: Record
    started: float = field(default_factory=time.monotonic)
    asked: ModelRequest | None = None
    """The request before, for recording only what is new."""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def reached(self) -> Reached | None:
        return reached(self.parts.limits, self.record.spent, seconds=self.seconds)


async def run_turn(parts: Parts, record: Record, text: str) -> TurnEnd:
    """Take in the user's text and work until the profile is finished or a limit is reached.

    Raises ProviderError and SandboxError. However it ends, an event `turn.end` says so first.
    """
    turn = Running(parts, record)
    record("turn.start", {"text": text})
    end: dict[str, Any] = {"status": "cancelled", "reason": "", "text": ""}
    try:
        result = await _until_limit(turn)
        end = asdict(result)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        end = {"status": "failed", "reason": type(error).__name__, "text": str(error)}
        raise
    finally:
        record("turn.end", end | {"seconds": round(turn.seconds, 3)}, sync=True)
    return result


async def _until_limit(turn: Running) -> TurnEnd:
    """The steps under the time limit, which also ends a model's answer or a command in the middle."""
    allowed = turn.parts.limits.seconds
    left = None if allowed is None else max(0.0, allowed - turn.record.spent.seconds)
    timer = asyncio.timeout(left)
    try:
        async with timer:
            return await _steps(turn)
    except TimeoutError:
        if not timer.expired():
            raise
        return _stopped(turn, Reached(limit="seconds", allowed=f"{allowed:g} s"))


async def _steps(turn: Running) -> TurnEnd:
    parts, record = turn.parts, turn.record
    while True:
        step = parts.profile.request(record.conversation, parts.frame)
        match step:
            case Finished(reason=reason, text=text):
                return TurnEnd(status="finished", reason=reason, text=text)
            case Act(message=message):
                _say(record, message, "harness", None)
            case Ask(request=request):
                if limit := turn.reached():
                    return _stopped(turn, limit)
                message = await _answer(turn, request)
            case _:
                assert_never(step)
        if message.tool_calls:
            await run_calls(message.tool_calls, parts, record)


def _stopped(turn: Running, limit: Reached) -> TurnEnd:
    spent = turn.record.spent
    turn.record("limit.reached", {"limit": limit.limit, "allowed": limit.allowed, "unpriced": spent.unpriced})
    return TurnEnd(status="limit", reason=limit.limit, text=f"stopped at the limit of {limit.allowed}")


def _say(record: Record, message: Message, by: By, stop: StopReason | None) -> None:
    record("model.message", {"message": message_data(message), "by": by, "stop": stop})


async def _answer(turn: Running, request: ModelRequest) -> Message:
    """Call the model; record what it said, what it used and what it cost, then what the profile reads in it."""
    record, profile = turn.record, turn.parts.profile
    record("model.request", context.record(turn.asked, request))
    turn.asked = request
    before = turn.seconds
    response = await _stream(turn, request)
    message = profile.read(response, record.conversation, turn.parts.frame)
    usage = {
        "model": response.model,
        "usage": asdict(response.usage),
        "cost_usd": None if response.cost_usd is None else str(response.cost_usd),
        "seconds": round(turn.seconds - before, 3),
        "stop": response.stop,
        "raw_stop": response.raw_stop,
        "request_id": response.request_id,
    }
    record("model.usage", usage)
    if response.cost_usd is None and turn.parts.limits.usd is not None and record.spent.unpriced == 1:
        record("limit.unpriced", {"model": response.model, "allowed": str(turn.parts.limits.usd)})
    _say(record, message, "model" if message == response.message else "translated", response.stop)
    return message


async def _stream(turn: Running, request: ModelRequest) -> ModelResponse:
    record = turn.record

    def tell(again: Retry) -> None:
        data = {
            "error": again.error.kind,
            "message": str(again.error),
            "call": again.call,
            "wait": round(again.wait, 3),
        }
        record("model.retry", data)

    events = retry.stream(turn.parts.client, request, policy=turn.parts.retry, on_retry=tell)
    async with aclosing(events) as stream:
        async for event in stream:
            if isinstance(event, Done):
                return event.response
            if not isinstance(event, ReasoningEnd):
                record("model.delta", _delta(event))
    raise CutStream("the stream ended without its last event", provider=turn.parts.client.api)


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
