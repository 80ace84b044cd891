import asyncio
import json
import time
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from providers.errors import BadRequest, CutStream, GarbledResponse, NetworkFailed
from providers.events import Done, TextDelta
from providers.registry import Endpoint, connect
from providers.scripted import Reply, call
from providers.twin.faults import Fault
from providers.twin.front import Turn
from providers.twin.serving import serving
from providers.types import (
    MediaPart,
    Message,
    ModelRequest,
    OutputSchema,
    ReasoningPart,
    TextPart,
    ToolResultPart,
    ToolSpec,
    Usage,
    user,
)

MODEL = "gpt-6.1-sol"
SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
TOOLS = (
    ToolSpec(name="read", description="Read.", parameters=SCHEMA, strict=True),
    ToolSpec(name="patch", description="Change.", freeform=True),
)
THOUGHT = ReasoningPart(text="Let me see.")
pytestmark = pytest.mark.timeout(60)  # the first import of the SDK takes seconds


@asynccontextmanager
async def talking(turns, *, fault=None):
    async with serving("openai", turns, fault=fault) as twin:
        client = await connect("openai_responses", Endpoint(base_url=twin.base_url(), api_key="key-of-test"))
        try:
            yield client, twin
        finally:
            await client.close()


async def ask(client, *messages, model=MODEL, **fields):
    request = ModelRequest(model=model, messages=messages or (user("hi"),), **fields)
    events = [event async for event in client.stream(request)]
    assert isinstance(events[-1], Done)
    return events[-1].response


def results(message):
    return Message(
        role="tool",
        parts=tuple(ToolResultPart(call_id=one.id, name=one.name, content="42") for one in message.tool_calls),
    )


LONG = "Mind every line of it. " * 400


async def test_a_conversation_with_reasoning_and_both_kinds_of_tools_extends_itself():
    asked = (call("read", "{}", id="c1"), call("patch", "*** Begin", id="c2"))
    calls = (asked[0], type(asked[1])(id="c2", name="patch", arguments="*** Begin", freeform=True))
    turns = [
        Turn(parts=(THOUGHT, TextPart(text="I read."), *calls)),
        Turn(parts=(THOUGHT, call("read", "{}", id="c3"))),
        Turn(parts=(TextPart(text="Done."),)),
    ]
    talk = [user("go")]
    async with talking(turns) as (client, twin):
        for _ in range(2):
            answer = await ask(client, *talk, tools=TOOLS, system=LONG, cache_key="talk")
            assert answer.stop == "tool_calls"
            talk += [answer.message, results(answer.message)]
        last = await ask(client, *talk, tools=TOOLS, system=LONG, cache_key="talk")
        assert twin.differences == []
        sent = twin.seen[2].call.body["input"]
    assert talk[1].tool_calls == calls
    assert last.message.text == "Done."
    assert last.usage.cache_read > last.usage.input
    kinds = [item["type"] for item in sent]
    assert kinds == [
        "message",
        "reasoning",
        "message",
        "function_call",
        "custom_tool_call",
        "function_call_output",
        "custom_tool_call_output",
        "reasoning",
        "function_call",
        "function_call_output",
    ]
    assert [item["id"] for item in sent if "id" in item] == ["rs_0001_0", "rs_0002_0"]


async def test_another_model_goes_on_without_the_reasoning_of_the_first():
    turns = [Turn(parts=(THOUGHT, call("read", "{}", id="c1"))), Turn(parts=(THOUGHT, TextPart(text="Done.")))]
    async with talking(turns) as (client, twin):
        first = await ask(client, user("go"), tools=TOOLS)
        talk = (user("go"), first.message, results(first.message))
        second = await ask(client, *talk, tools=TOOLS, model="gpt-5.5")
        sent = twin.seen[1].call.body["input"]
    assert [item["type"] for item in sent] == ["message", "function_call", "function_call_output"]
    assert [part.model for part in second.message.parts if isinstance(part, ReasoningPart)] == ["gpt-5.5"]


async def test_foreign_history_is_carried():
    foreign = ReasoningPart(text="hm", opaque={"signature": "x"}, provider="anthropic_messages", model="claude")
    asked = call("read", "{}", id="toolu_01")
    talk = (user("go"), Message(role="assistant", parts=(foreign, asked)))
    async with talking([Reply(text="ok")]) as (client, _):
        answer = await ask(client, *talk, results(talk[1]), tools=TOOLS)
    assert answer.message.text == "ok"


async def test_money_and_the_request_id():
    used = Usage(input=100, cache_read=1000, cache_write=10, output=50, reasoning=20)
    async with talking([Reply(text="x", usage=used), Reply(text="x", usage=used)]) as (client, _):
        answer = await ask(client)
        unlisted = await ask(client, model="nobody-lists-this")
    assert answer.usage == used
    price = client.catalog.price("openai_responses", MODEL)
    assert answer.cost_usd == 100 * price.input + 1000 * price.cache_read + 10 * price.cache_write + 50 * price.output
    assert answer.cost_usd > Decimal(0)
    assert unlisted.cost_usd is None
    assert answer.request_id == "req_twin_openai_0001"


async def test_options_win():
    async with talking([Reply(text="x")]) as (client, twin):
        await ask(client, max_output_tokens=100, options={"max_output_tokens": 200, "verbosity": "of tomorrow"})
        body = twin.seen[0].call.body
    assert (body["max_output_tokens"], body["verbosity"], body["stream"], body["store"]) == (
        200,
        "of tomorrow",
        True,
        False,
    )


async def test_what_is_known_of_models():
    async with talking([]) as (client, _):
        listed, plain, unlisted = (client.info(model) for model in (MODEL, "gpt-4o", "nobody-lists-this"))
    assert {"tools", "freeform", "images", "documents", "reasoning", "structured_output"} <= listed.features
    assert "reasoning" not in plain.features
    assert "freeform" not in plain.features
    assert {"tools", "freeform"} <= unlisted.features
    assert unlisted.context_tokens is None


@pytest.mark.parametrize("how", ["close", "cancel"])
async def test_leaving_closes_the_socket_soon(how):
    async with talking([Reply(text="x" * 4000, pause=0.01)]) as (client, twin):
        began, left = asyncio.Event(), 0.0

        async def read():
            stream = client.stream(ModelRequest(model=MODEL, messages=(user("hi"),)))
            async for _ in stream:
                began.set()
                if how == "close":
                    break
            await stream.aclose()

        task = asyncio.create_task(read())
        await began.wait()
        left = time.monotonic()
        task.cancel() if how == "cancel" else await task
        assert await twin.saw_hang_up()
        assert time.monotonic() - left < 1.0, "0.1 s on an idle machine"
        await asyncio.wait({task})


async def test_an_event_sent_twice_counts_once():
    async with talking([Reply(text="one two three")], fault=Fault(name="duplicates")) as (client, _):
        answer = await ask(client)
    assert answer.message.text == "one two three"


def events(*told):
    numbered = [{"sequence_number": at, **event} for at, event in enumerate(told)]
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in numbered]


TEXT = {"type": "response.output_text.delta", "delta": "a"}
END = {"type": "response.completed", "response": {"status": "completed", "usage": None}}


@asynccontextmanager
async def raw(pieces, *, tail=b"0\r\n\r\n"):
    """A server that sends these pieces to whoever posts, then `tail`; counts its connections."""
    connections = []

    async def serve(reader, writer):
        connections.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.split(b":")[1]))
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                )
                for piece in pieces:
                    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                if tail is None:
                    await writer.drain()
                    break
                writer.write(tail)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    client = await connect("openai_responses", Endpoint(base_url=url, api_key="k", timeout=30))
    try:
        yield client, connections
    finally:
        await client.close()
        server.close()


async def test_one_connection_serves_many_calls():
    async with raw(events(TEXT, END)) as (client, connections):
        for _ in range(3):
            assert (await ask(client)).message.text == "a"
    assert len(connections) == 1


@pytest.mark.parametrize("tail", [b"", None, b"nonsense"], ids=["silence", "cut", "garbage"])
async def test_what_follows_the_last_event_changes_nothing(tail):
    async with raw(events(TEXT, END), tail=tail) as (client, _), asyncio.timeout(10):
        assert (await ask(client)).message.text == "a"


@pytest.mark.parametrize(
    ("pieces", "tail", "expected"),
    [
        (events(TEXT), b"0\r\n\r\n", CutStream),
        (events(TEXT), None, CutStream),
        ([], None, NetworkFailed),
        ([b'event: x\ndata: {"type": "resp'], b"0\r\n\r\n", CutStream),
        ([b'data: {"type": "resp\n\n'], b"0\r\n\r\n", GarbledResponse),
        ([b"data: 7\n\n"], b"0\r\n\r\n", GarbledResponse),
    ],
    ids=["no end", "cut", "cut before", "half event", "half json", "no event"],
)
async def test_streams_that_are_not_whole(pieces, tail, expected):
    async with raw(pieces, tail=tail) as (client, _):
        with pytest.raises(expected) as caught:
            await ask(client)
    assert type(caught.value) is expected


async def test_two_hundred_streams_at_once_in_one_client():
    """More than a pool of the usual hundred connections would let through."""
    count = 200
    async with raw(events(*[{**TEXT}] * 20, END)) as (client, _), asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(client)) for _ in range(count)]
    assert [task.result().message.text for task in tasks] == ["a" * 20] * count


async def test_text_comes_in_pieces_as_it_is_sent():
    async with talking([Reply(text="one two three four", piece=4)]) as (client, _):
        request = ModelRequest(model=MODEL, messages=(user("hi"),))
        found = [event async for event in client.stream(request)]
    assert [event.text for event in found if isinstance(event, TextDelta)] == ["one ", "two ", "thre", "e fo", "ur"]


async def test_pictures_documents_and_a_shape_for_the_answer_are_read_by_the_service():
    picture = MediaPart(media_type="image/png", data="iVBORw0KGgo=")
    paper = MediaPart(media_type="application/pdf", data="JVBERi0xLjc=", name="spec.pdf")
    seen = Message(role="tool", parts=(ToolResultPart(call_id="c1", name="read", content="seen", media=(picture,)),))
    talk = (
        Message(role="user", parts=(TextPart(text="look"), picture, paper)),
        Message(role="assistant", parts=(call("read", "{}", id="c1"),)),
        seen,
        Message(role="system", parts=(TextPart(text="Be quick."),)),
    )
    shape = OutputSchema(name="answer", schema=SCHEMA)
    wishes = {"tools": TOOLS, "output": shape, "effort": "max", "tool_choice": "required", "parallel_tool_calls": False}
    async with talking([Reply(text="{}")]) as (client, twin):
        answer = await ask(client, *talk, **wishes)
        heard = twin.seen[0].asked.request
    assert answer.message.text == "{}"
    assert heard.messages[0].parts[1:] == (picture, paper)
    assert heard.messages[2].parts[0].media == (picture,)
    assert heard.messages[3] == talk[3]
    assert (heard.output, heard.effort, heard.tool_choice, heard.parallel_tool_calls) == (
        shape,
        "max",
        "required",
        False,
    )
    assert heard.tools == TOOLS


async def test_what_the_service_refuses_is_told_with_its_words():
    lost = Message(role="assistant", parts=(call("read", "{}", id="c1"),))
    async with talking([]) as (client, _):
        with pytest.raises(BadRequest, match="No tool output found for function call c1") as caught:
            await ask(client, user("go"), lost)
    assert (caught.value.status, caught.value.request_id) == (400, "req_twin_openai_0001")
