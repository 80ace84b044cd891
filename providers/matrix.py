"""Fifteen things that every native client must do, each as one scenario against its twin. Run by tests and by
`make accept-wire`; the rows are those of the parity matrix that coding loops publish, in our own words.
"""

import base64
import struct
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from providers.client import ModelClient
from providers.errors import AuthFailed, ProviderError, RateLimited
from providers.events import Done, ModelEvent, TextDelta, ToolCallDelta
from providers.registry import Endpoint, connect
from providers.scripted import Reply, call
from providers.twin.app import Twin
from providers.twin.faults import Fault
from providers.twin.serving import serving
from providers.types import (
    MediaPart,
    Message,
    ModelRequest,
    ModelResponse,
    OutputSchema,
    TextPart,
    ToolResultPart,
    ToolSpec,
    Usage,
    user,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One client and the twin that it speaks to."""

    api: str
    twin: str
    model: str
    option: tuple[str, object]
    """An option of this API that passes through, and its value."""
    reports_cost: bool = True
    reasoning_returns: bool = True
    """The wire has a place to send reasoning back."""


WIRES: Mapping[str, Wire] = {
    wire.api: wire
    for wire in (
        Wire(
            api="anthropic_messages",
            twin="anthropic",
            model="claude-sonnet-5-5",
            option=("metadata", {"user_id": "u-17"}),
        ),
        Wire(api="openai_responses", twin="openai", model="gpt-6-luna", option=("service_tier", "flex")),
        Wire(
            api="gemini_generate",
            twin="gemini",
            model="gemini-3.5-flash",
            option=("labels", {"team": "u-17"}),
        ),
        Wire(
            api="litellm_chat",
            twin="chat",
            model="openai/gpt-4o",
            option=("user", "u-17"),
            reasoning_returns=False,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A connected client and its other side."""

    wire: Wire
    client: ModelClient
    twin: Twin

    async def events(self, request: ModelRequest) -> list[ModelEvent]:
        return [event async for event in self.client.stream(request)]

    async def ask(self, request: ModelRequest) -> ModelResponse:
        """The response; its deltas have been held against it."""
        *deltas, done = await self.events(request)
        assert isinstance(done, Done), "the last event is Done"
        text = "".join(event.text for event in deltas if isinstance(event, TextDelta))
        assert text == done.response.message.text, "the deltas spell the text"
        return done.response

    def request(self, *messages: Message | str, tools: Sequence[ToolSpec] = ()) -> ModelRequest:
        said = tuple(user(message) if isinstance(message, str) else message for message in messages)
        return ModelRequest(model=self.wire.model, messages=said, system="Be brief.", tools=tuple(tools))

    def last(self) -> str:
        """The newest request as it arrived."""
        return str(self.twin.seen[-1].call.body)


Row = Callable[[Wire], Awaitable[None]]


@asynccontextmanager
async def rig(wire: Wire, turns: Sequence[Reply | Fault], **endpoint: object) -> AsyncGenerator[Rig, None]:
    """A client against a twin that plays `turns`; every turn has to be used up."""
    async with serving(wire.twin, turns) as twin:
        client = await connect(wire.api, Endpoint(base_url=twin.base_url(), api_key="key", timeout=20, **endpoint))  # pyright: ignore[reportArgumentType]
        try:
            yield Rig(wire=wire, client=client, twin=twin)
        finally:
            await client.close()


def picture() -> str:
    """A PNG of one red pixel, in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()


CITY: Mapping[str, object] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER = ToolSpec(name="weather", description="Weather of a city.", parameters=CITY)


def results(*answers: tuple[str, str]) -> Message:
    """Tool results by call id."""
    parts = tuple(ToolResultPart(call_id=id, name="weather", content=text) for id, text in answers)
    return Message(role="tool", parts=parts)


async def simple_text(wire: Wire) -> None:
    async with rig(wire, [Reply(text="Hello there.")]) as r:
        response = await r.ask(r.request("hello"))
    assert (response.message.text, response.stop) == ("Hello there.", "stop")
    assert r.twin.seen[-1].call.path.startswith("/"), "a native endpoint was used"
    assert "Be brief." in r.last()


async def streaming_text(wire: Wire) -> None:
    async with rig(wire, [Reply(text="one two three four five")]) as r:
        events = await r.events(r.request("count"))
    assert sum(isinstance(event, TextDelta) for event in events) > 1


async def image_base64(wire: Wire) -> None:
    shown = MediaPart(media_type="image/png", data=picture())
    async with rig(wire, [Reply(text="red")]) as r:
        response = await r.ask(r.request(Message(role="user", parts=(TextPart(text="Which colour?"), shown))))
        assert picture()[:40] in r.last()
    assert response.message.text == "red"


async def image_url(wire: Wire) -> None:
    address = "https://pictures.example/red.png"
    async with rig(wire, [Reply(text="red")]) as r:
        await r.ask(r.request(Message(role="user", parts=(MediaPart(media_type="image/png", url=address),))))
        assert address in r.last()


async def single_tool_call(wire: Wire) -> None:
    async with rig(wire, [Reply(tool_calls=(call("weather", '{"city": "Oslo"}', id="c1"),))]) as r:
        response = await r.ask(r.request("weather?", tools=[WEATHER]))
    [made] = response.message.tool_calls
    assert (made.name, made.arguments.replace(" ", ""), response.stop) == ("weather", '{"city":"Oslo"}', "tool_calls")


async def parallel_tool_calls(wire: Wire) -> None:
    both = (call("weather", '{"city": "Oslo"}', id="c1"), call("weather", '{"city": "Rome"}', id="c2"))
    async with rig(wire, [Reply(tool_calls=both), Reply(text="cold and warm")]) as r:
        first = await r.ask(r.request("weather of two?", tools=[WEATHER]))
        made = first.message.tool_calls
        assert ["Oslo" in made[0].arguments, "Rome" in made[1].arguments] == [True, True]
        told = results((made[0].id, "2 C"), (made[1].id, "20 C"))
        last = await r.ask(r.request("weather of two?", first.message, told, tools=[WEATHER]))
    assert last.message.text == "cold and warm"


async def tool_loop_3_rounds(wire: Wire) -> None:
    cities = ("Oslo", "Rome", "Bern")
    turns = [Reply(tool_calls=(call("weather", f'{{"city": "{city}"}}', id=f"c_{city}"),)) for city in cities]
    async with rig(wire, [*turns, Reply(text="done")]) as r:
        said: list[Message] = [user("weather of three, one after the other")]
        for city in cities:
            response = await r.ask(r.request(*said, tools=[WEATHER]))
            [made] = response.message.tool_calls
            said += [response.message, results((made.id, f"{city}: mild"))]
        assert (await r.ask(r.request(*said, tools=[WEATHER]))).message.text == "done"
        assert all(f"{city}: mild" in r.last() for city in cities)


async def streaming_with_tools(wire: Wire) -> None:
    reply = Reply(text="I look it up.", tool_calls=(call("weather", '{"city": "Reykjavik"}', id="c1"),))
    async with rig(wire, [reply]) as r:
        events = await r.events(r.request("weather?", tools=[WEATHER]))
    kinds = [event.kind for event in events if isinstance(event, TextDelta | ToolCallDelta)]
    assert "text" in kinds
    assert kinds[-1] == "tool_call"


async def structured_output(wire: Wire) -> None:
    async with rig(wire, [Reply(text='{"city":"Oslo"}')]) as r:
        request = r.request("Which city?")
        shape = OutputSchema(name="place", schema=CITY)
        response = await r.ask(ModelRequest(model=request.model, messages=request.messages, output=shape))
        assert "additionalProperties" in r.last()
        assert "city" in r.last()
    assert response.message.text == '{"city":"Oslo"}'


async def reasoning_tokens_reported(wire: Wire) -> None:
    used = Usage(input=100, output=50, reasoning=30)
    turns = [Reply(reasoning="I think.", text="So.", usage=used), Reply(text="Yes.")]
    async with rig(wire, turns) as r:
        first = await r.ask(r.request("think"))
        assert first.usage.reasoning == 30
        assert first.message.text == "So."
        await r.ask(r.request("think", first.message, "sure?"))
        assert wire.reasoning_returns is (_returned(r) or False)


def _returned(r: Rig) -> bool:
    """Whether the newest request carried reasoning back; the twin has held its signature against the first answer."""
    return any(word in r.last() for word in ("signature", "thoughtSignature", "thought_signature", "encrypted_content"))


async def _fails(wire: Wire, fault: Fault, kind: type[ProviderError]) -> ProviderError:
    async with rig(wire, [fault]) as r:
        try:
            await r.events(r.request("hello"))
        except kind as error:
            assert len(r.twin.seen) == 1, "one request, no retry of the SDK's own"
            return error
        raise AssertionError(f"no {kind.__name__}")


async def invalid_key_401(wire: Wire) -> None:
    error = await _fails(wire, Fault(name="401"), AuthFailed)
    assert not error.retryable


async def rate_limit_429(wire: Wire) -> None:
    error = await _fails(wire, Fault(name="429", retry_after=7), RateLimited)
    assert (error.status, error.retry_after) == (429, 7.0)


async def usage_accurate(wire: Wire) -> None:
    used = Usage(input=1000, cache_read=500, output=77)
    async with rig(wire, [Reply(text="x", usage=used)]) as r:
        response = await r.ask(r.request("hello"))
    assert response.usage == used
    assert response.cost_usd is not None
    assert response.cost_usd > Decimal(0)


async def cache_read_on_turn_2(wire: Wire) -> None:
    long = "The rules of the house. " * 1500
    async with rig(wire, [Reply(text="one"), Reply(text="two")]) as r:
        first = await r.ask(r.request(long))
        second = await r.ask(r.request(long, first.message, "go on"))
    assert (first.usage.cache_read, first.usage.total > 1000) == (0, True)
    assert second.usage.cache_read > second.usage.input, "more than half of the second prompt came from the cache"


async def provider_options(wire: Wire) -> None:
    name, value = wire.option
    async with rig(wire, [Reply(text="ok")], headers={"X-Team": "u-18"}) as r:
        request = r.request("hello")
        await r.ask(ModelRequest(model=request.model, messages=request.messages, options={name: value}))
        assert (str(value) in r.last() or "u-17" in r.last(), r.twin.seen[-1].call.headers.get("x-team")) == (
            True,
            "u-18",
        )


ROWS: Mapping[str, Row] = {
    row.__name__: row
    for row in (
        simple_text,
        streaming_text,
        image_base64,
        image_url,
        single_tool_call,
        parallel_tool_calls,
        tool_loop_3_rounds,
        streaming_with_tools,
        structured_output,
        reasoning_tokens_reported,
        invalid_key_401,
        rate_limit_429,
        usage_accurate,
        cache_read_on_turn_2,
        provider_options,
    )
}
