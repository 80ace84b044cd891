"""What every ModelClient must do, as one suite. Run by tests on each client, the scripted one included.

A case takes a `Subject`, which opens a client whose other side plays the given turns. `FAULTS` needs a wire, so it is
for clients that have one; what a subject is known not to do is listed by the test that runs it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from providers import accumulate
from providers.client import ModelClient
from providers.errors import (
    AuthFailed,
    ContextFull,
    CutStream,
    GarbledResponse,
    ModelUnknown,
    Overloaded,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    ServerFault,
)
from providers.events import Done, ModelEvent, TextDelta
from providers.scripted import Reply, call
from providers.testing import Fault, openai_error
from providers.types import Message, ModelRequest, ModelResponse, TextPart, ToolResultPart, ToolSpec, Usage, user


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """An open client and a view of its other side."""

    client: ModelClient
    model: str
    hung_up: Callable[[], Awaitable[bool]]
    """Whether the other side sees, soon, that the client left in mid-answer."""


class Subject(Protocol):
    def __call__(self, turns: Sequence[Reply | Fault]) -> AbstractAsyncContextManager[Rig]: ...


def ask(rig: Rig, text: str = "hello") -> ModelRequest:
    return ModelRequest(model=rig.model, messages=(user(text),))


async def collect(rig: Rig, request: ModelRequest | None = None) -> list[ModelEvent]:
    return [event async for event in rig.client.stream(request or ask(rig))]


def _response(events: Sequence[ModelEvent]) -> ModelResponse:
    assert isinstance(events[-1], Done), "the last event is Done"
    assert not any(isinstance(event, Done) for event in events[:-1]), "there is one Done"
    return events[-1].response


async def text_streams_in_pieces(subject: Subject) -> None:
    async with subject([Reply(text="one two three four")]) as rig:
        events = await collect(rig)
    assert sum(isinstance(event, TextDelta) for event in events) > 1
    assert _response(events).message.text == "one two three four"
    assert _response(events).stop == "stop"


async def deltas_spell_the_response(subject: Subject) -> None:
    turn = Reply(text="I look at both.", tool_calls=(call("read", '{"path": "a"}'), call("grep", '{"for": "b ü"}')))
    async with subject([turn]) as rig:
        events = await collect(rig)
    spelled, told = accumulate.message(events), _response(events).message
    assert (spelled.text, spelled.tool_calls) == (told.text, told.tool_calls)


async def parallel_tool_calls_stay_apart(subject: Subject) -> None:
    calls = (call("read", '{"path": "a.py"}', id="c1"), call("read", '{"path": "b.py"}', id="c2"))
    async with subject([Reply(tool_calls=calls)]) as rig:
        response = _response(await collect(rig))
    assert response.message.tool_calls == calls
    assert response.stop == "tool_calls"


async def a_conversation_with_tools_is_carried(subject: Subject) -> None:
    asked = call("read", "{}", id="c1")
    request_parts = (
        user("go"),
        Message(role="assistant", parts=(TextPart(text="I read."), asked)),
        Message(role="tool", parts=(ToolResultPart(call_id="c1", name="read", content="42"),)),
    )
    tools = (ToolSpec(name="read", description="Read.", parameters={"type": "object", "properties": {}}),)
    async with subject([Reply(text="It says 42.")]) as rig:
        request = ModelRequest(model=rig.model, messages=request_parts, system="Be brief.", tools=tools)
        response = _response(await collect(rig, request))
    assert response.message.text == "It says 42."


async def usage_is_counted_once(subject: Subject) -> None:
    used = Usage(input=100, cache_read=40, output=7, reasoning=3)
    async with subject([Reply(text="x", usage=used)]) as rig:
        assert _response(await collect(rig)).usage == used


async def running_out_of_room_is_told(subject: Subject) -> None:
    async with subject([Reply(text="and then", stop="length")]) as rig:
        assert _response(await collect(rig)).stop == "length"


async def a_client_serves_many_calls(subject: Subject) -> None:
    async with subject([Reply(text="one"), Reply(text="two")]) as rig:
        assert [_response(await collect(rig)).message.text for _ in range(2)] == ["one", "two"]


async def closing_the_stream_hangs_up(subject: Subject) -> None:
    async with subject([Reply(text="x" * 4000, pause=0.02)]) as rig:
        stream = rig.client.stream(ask(rig))
        async for _ in stream:
            break
        await stream.aclose()
        assert await rig.hung_up()


async def cancelling_the_task_hangs_up(subject: Subject) -> None:
    began = asyncio.Event()

    async def read(rig: Rig) -> None:
        async for _ in rig.client.stream(ask(rig)):
            began.set()

    async with subject([Reply(text="x" * 4000, pause=0.02)]) as rig:
        task = asyncio.create_task(read(rig))
        await began.wait()
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        assert await rig.hung_up()


async def close_may_be_called_twice(subject: Subject) -> None:
    async with subject([Reply(text="x")]) as rig:
        await collect(rig)
        await rig.client.close()
        await rig.client.close()


CASES: Mapping[str, Callable[[Subject], Awaitable[None]]] = {
    case.__name__: case
    for case in (
        text_streams_in_pieces,
        deltas_spell_the_response,
        parallel_tool_calls_stay_apart,
        a_conversation_with_tools_is_carried,
        usage_is_counted_once,
        running_out_of_room_is_told,
        a_client_serves_many_calls,
        closing_the_stream_hangs_up,
        cancelling_the_task_hangs_up,
        close_may_be_called_twice,
    )
}

FAULTS: Mapping[str, tuple[Fault, type[ProviderError]]] = {
    "bad key": (Fault(status=401, body=openai_error("bad key", code="invalid_api_key")), AuthFailed),
    "no such model": (Fault(status=404, body=openai_error("no model", code="model_not_found")), ModelUnknown),
    "too fast": (Fault(status=429, body=openai_error("slow down"), headers={"retry-after": "7"}), RateLimited),
    "out of money": (Fault(status=429, body=openai_error("pay", code="insufficient_quota")), QuotaExhausted),
    "broken": (Fault(status=500, body=openai_error("oops")), ServerFault),
    "overloaded": (Fault(status=529, body=openai_error("busy", type="overloaded_error")), Overloaded),
    "too long": (
        Fault(status=400, body=openai_error("maximum context length is 9", code="context_length_exceeded")),
        ContextFull,
    ),
    "cut": (Fault(cut_after=2), CutStream),
    "ended early": (Fault(cut_after=2, clean_end=True), CutStream),
    "not the api": (Fault(body="<html>hi</html>", content_type="text/html"), GarbledResponse),
    "not json": (Fault(body="data: {nonsense\n\n", content_type="text/event-stream"), GarbledResponse),
}


async def fault_is_mapped(subject: Subject, fault: Fault, expected: type[ProviderError]) -> None:
    """A bad answer becomes exactly `expected`, after one request, with its facts as fields."""
    async with subject([fault, Reply(text="a second call must not happen")]) as rig:
        try:
            await collect(rig)
        except ProviderError as error:
            assert type(error) is expected, f"{error!r} is no {expected.__name__}"
            assert error.provider == rig.client.api
            if fault.status != 200:
                assert error.status == fault.status
            if "retry-after" in fault.headers:
                assert error.retry_after == float(fault.headers["retry-after"])
        else:
            raise AssertionError(f"no error where {expected.__name__} was due")
