"""What every ModelClient must do, as one suite. Run by tests on each client, the scripted one included.

A case takes a `Subject`, which opens a client whose other side plays the given turns. `FAULTS` needs a wire, so it is
for clients that have one; what a subject is known not to do is listed by the test that runs it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from providers import accumulate
from providers.client import ModelClient
from providers.errors import (
    AuthFailed,
    BadRequest,
    ContextFull,
    CutStream,
    GarbledResponse,
    ModelUnknown,
    NetworkFailed,
    Overloaded,
    PermissionDenied,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    ServerFault,
)
from providers.events import Done, ModelEvent, TextDelta
from providers.registry import Endpoint, connect
from providers.scripted import Reply, call
from providers.twin.faults import Fault
from providers.twin.serving import serving
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


@dataclass(frozen=True, slots=True)
class OverTheWire:
    """A subject: the client of `api`, asking for `model`, against the twin of `provider`."""

    provider: str
    api: str
    model: str

    @asynccontextmanager
    async def __call__(self, turns: Sequence[Reply | Fault]) -> AsyncGenerator[Rig, None]:
        async with serving(self.provider, turns) as twin:
            client = await connect(self.api, Endpoint(base_url=twin.base_url(), api_key="key-of-test", timeout=60))
            try:
                yield Rig(client=client, model=self.model, hung_up=twin.saw_hang_up)
            finally:
                await client.close()


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

FAULTS: Mapping[str, tuple[Fault, tuple[type[ProviderError], ...]]] = {
    "bad key": (Fault(name="401"), (AuthFailed,)),
    "may not": (Fault(name="403"), (PermissionDenied,)),
    "no such model": (Fault(name="404"), (ModelUnknown,)),
    "not understood": (Fault(name="400"), (BadRequest,)),
    "too long": (Fault(name="too_long"), (ContextFull,)),
    "too fast": (Fault(name="429", retry_after=7), (RateLimited,)),
    "out of money": (Fault(name="quota"), (QuotaExhausted,)),
    "broken": (Fault(name="500"), (ServerFault,)),
    "not available": (Fault(name="503"), (Overloaded, ServerFault)),
    "overloaded": (Fault(name="529"), (Overloaded,)),
    "reset before": (Fault(name="reset_before"), (NetworkFailed,)),
    "reset after": (Fault(name="reset_after"), (CutStream, NetworkFailed)),
    "cut": (Fault(name="cut"), (CutStream,)),
    "ended early": (Fault(name="ended_early"), (CutStream,)),
    "error in mid-stream": (Fault(name="interrupted"), (Overloaded, ServerFault, CutStream)),
    "half json": (Fault(name="half_json"), (GarbledResponse,)),
    "garbage": (Fault(name="garbage"), (GarbledResponse,)),
    "not the api": (Fault(name="wrong_type"), (GarbledResponse,)),
}
"""Fault -> what it may become. A reset is seen before or after the first event, as the network has it; what an error in
mid-stream means is told by its code, where the SDK keeps that."""


async def fault_is_mapped(subject: Subject, fault: Fault, expected: tuple[type[ProviderError], ...]) -> None:
    """A bad answer becomes one of exactly `expected`, after one request, with its facts as fields."""
    async with subject([fault]) as rig:  # a second request is beyond the script, which is told when the block ends
        try:
            await collect(rig)
        except ProviderError as error:
            assert type(error) in expected, f"{error!r} is none of {expected}"
            assert error.provider == rig.client.api
            if (failure := fault.failure()) is not None:
                gemini = {401: 400, 529: 503}  # it tells a bad key with 400 and knows no 529
                assert error.status in (failure.status, gemini.get(failure.status))
            if fault.retry_after is not None:
                assert error.retry_after == fault.retry_after
        else:
            raise AssertionError(f"no error where one of {expected} was due")
