"""The client over real sockets, against the twin: what goes out, what comes back, and how it hangs up."""

import asyncio
import base64
import time
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from providers.errors import AuthFailed, BadRequest, Cancelled, Overloaded, RateLimited, Refused
from providers.events import Done, TextDelta
from providers.gemini_generate.client import CALL
from providers.registry import Endpoint, connect
from providers.scripted import Reply, call
from providers.twin.faults import Fault
from providers.twin.front import Answer, Turn
from providers.twin.serving import serving
from providers.types import (
    MediaPart,
    Message,
    ModelRequest,
    NamedTool,
    OutputSchema,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
    Usage,
    user,
)

pytestmark = pytest.mark.timeout(120)  # the first import of google-genai takes seconds

MODEL = "gemini-3.1-pro-preview"
READ = ToolSpec(name="read", description="Read.", parameters={"type": "object", "properties": {}})


@asynccontextmanager
async def client_of(twin, **more):
    client = await connect("gemini_generate", Endpoint(base_url=twin.base_url("gemini"), api_key="key-of-test", **more))
    try:
        yield client
    finally:
        await client.close()


def asked(*messages, model=MODEL, **more):
    return ModelRequest(model=model, messages=messages or (user("hello"),), **more)


async def answer(client, request):
    events = [event async for event in client.stream(request)]
    assert isinstance(events[-1], Done)
    return events[-1].response


def result(id, content, **more):
    return Message(role="tool", parts=(ToolResultPart(call_id=id, name="read", content=content, **more),))


async def test_three_rounds_of_tools_keep_their_signatures_and_their_prefix():
    """The twin refuses a call without its signature, a signature that was changed, and results out of number."""
    said = [
        Reply(text="Both.", reasoning="Which?", tool_calls=(call("read", "{}", id="a"), call("read", "{}", id="b"))),
        Reply(tool_calls=(call("read", '{"x": 1}', id="c"),)),
        Reply(text="Done."),
        Reply(text="Bye."),
    ]
    async with serving("gemini", said) as twin, client_of(twin) as client:
        history = [user("go")]
        for results in ([result("b", "B"), result("a", "A", is_error=True)], [result("c", "C")], [user("and?")], []):
            response = await answer(client, asked(*history, system="Be brief. " * 4000, tools=(READ,), effort="high"))
            history += [response.message, *results]
        assert twin.differences == []
    assert history[1].parts[0] == ReasoningPart(text="Which?", provider="gemini_generate", model=MODEL)
    assert response.message.text == "Bye."
    assert twin.seen[3].usage.cache_read > 0


async def test_a_conversation_that_other_models_began_goes_on():
    foreign = ReasoningPart(
        text="hm", opaque={"signature": "x"}, provider="anthropic_messages", model="claude-opus-5-5"
    )
    history = (
        user("go"),
        Message(role="assistant", parts=(foreign, ToolCallPart(id="toolu_1", name="read", arguments="{}"))),
        result("toolu_1", "42"),
    )
    async with serving("gemini", [Reply(text="It says 42.")]) as twin, client_of(twin) as client:
        response = await answer(client, asked(*history, tools=(READ,)))
    assert response.message.text == "It says 42."


async def test_another_model_of_the_same_vendor_drops_the_signatures():
    said = [Reply(tool_calls=(call("read", "{}", id="a"),)), Reply(text="ok")]
    async with serving("gemini", said) as twin, client_of(twin) as client:
        first = await answer(client, asked(user("go"), tools=(READ,)))
        await answer(
            client, asked(user("go"), first.message, result("a", "A"), tools=(READ,), model="gemini-3.8-flash")
        )
    part = twin.seen[1].call.body["contents"][1]["parts"][0]
    assert base64.b64decode(part["thoughtSignature"]) == b"skip_thought_signature_validator"


async def test_what_is_sent_is_read_back_on_the_other_side():
    schema = {"type": "object", "properties": {"answer": {"type": "integer"}}, "additionalProperties": False}
    picture = MediaPart(media_type="image/png", data=base64.b64encode(b"png").decode())
    paper = MediaPart(media_type="application/pdf", url="https://example.invalid/a.pdf")
    request = asked(
        Message(role="user", parts=(TextPart(text="What is it?"), picture, paper)),
        Message(role="assistant", parts=(TextPart(text="I read."), ToolCallPart(id="c", name="read", arguments="{}"))),
        result("c", "42", is_error=True),
        user("and?"),
        system="Be brief.",
        tools=(READ,),
        max_output_tokens=99,
        temperature=0.5,
        seed=7,
        stop=("END",),
        effort="low",
        tool_choice=NamedTool(name="read"),
        output=OutputSchema(name="response", schema=schema),
    )
    async with serving("gemini", [Reply(text='{"answer": 42}')]) as twin, client_of(twin) as client:
        await answer(client, request)
    assert twin.seen[0].asked.request == request
    assert [block.place for block in twin.seen[0].asked.blocks] == [
        "systemInstruction.parts[0]",
        "tools[0].functionDeclarations[0]",
        *(f"contents[0].parts[{at}]" for at in range(3)),
        *(f"contents[1].parts[{at}]" for at in range(2)),
        *(f"contents[2].parts[{at}]" for at in range(2)),
    ]


async def test_what_it_cost_and_who_served_it():
    used = Usage(input=1000, cache_read=400, output=100, reasoning=60)
    async with serving("gemini", [Reply(text="x", usage=used)]) as twin, client_of(twin) as client:
        response = await answer(client, asked())
    assert (response.usage, response.model, response.request_id) == (used, MODEL, "twin-0001")
    assert isinstance(response.cost_usd, Decimal)
    assert response.cost_usd > 0


async def test_a_model_that_nobody_lists_has_no_price():
    async with serving("gemini", [Reply(text="x")]) as twin, client_of(twin) as client:
        response = await answer(client, asked(model="gemini-9-unheard"))
    assert response.cost_usd is None


async def test_headers_are_the_endpoints_and_no_mark_of_ours():
    async with serving("gemini", [Reply(text="x")]) as twin, client_of(twin, headers={"x-team": "7"}) as client:
        await answer(client, asked())
    headers = twin.seen[0].call.headers
    assert (headers["x-goog-api-key"], headers["x-team"]) == ("key-of-test", "7")
    assert CALL not in headers


async def test_options_reach_the_wire():
    options = {"topK": 3, "extra_body": {"labels": {"a": "b"}}, "cachedContent": "cachedContents/x"}
    async with serving("gemini", [Reply(text="x")]) as twin, client_of(twin) as client:
        await answer(client, asked(system="left out", options=options))
    body = twin.seen[0].call.body
    assert body["generationConfig"]["topK"] == 3
    assert (body["labels"], body["cachedContent"]) == ({"a": "b"}, "cachedContents/x")
    assert "systemInstruction" not in body


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (asked(options={"nonsense": 1}), "nonsense"),
        (asked(options={"audioTimestamp": True}), "audio_timestamp"),
        (asked(model="../else"), "model"),
        (ModelRequest(model=MODEL, messages=()), "contents"),
    ],
)
async def test_what_cannot_be_asked_is_told_before_anything_is_sent(request_, told):
    async with serving("gemini", []) as twin, client_of(twin) as client:
        with pytest.raises(BadRequest, match=told):
            await answer(client, request_)
    assert twin.seen == []


async def test_without_a_key_none_is_taken_from_the_environment(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "somebody's")
    with pytest.raises(AuthFailed):
        await connect("gemini_generate", Endpoint())


async def test_the_environment_changes_nothing(monkeypatch):
    settings = {
        "GOOGLE_API_KEY": "somebody's",
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_GENAI_USE_ENTERPRISE": "true",
        "GOOGLE_GENAI_API_VERSION": "v9",
        "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:1",
        "GOOGLE_CLOUD_PROJECT": "p",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "SSL_CERT_FILE": "/nowhere",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    async with serving("gemini", [Reply(text="x")]) as twin, client_of(twin) as client:
        await answer(client, asked())
    assert twin.seen[0].call.path == f"/v1beta/models/{MODEL}:streamGenerateContent"
    assert twin.seen[0].call.headers["x-goog-api-key"] == "key-of-test"


async def test_a_refusal_is_one_request_with_its_wait():
    async with serving("gemini", [Fault(name="429", retry_after=7)]) as twin, client_of(twin) as client:
        with pytest.raises(RateLimited) as caught:
            await answer(client, asked())
    assert (caught.value.retry_after, caught.value.status, len(twin.seen)) == (7.0, 429, 1)


async def test_a_blocked_prompt_is_refused():
    turn = Turn(parts=(), stop="refusal")
    async with serving("gemini", [turn]) as twin, client_of(twin) as client:
        with pytest.raises(Refused) as caught:
            await answer(client, asked())
    assert caught.value.code == "prohibited_content"


async def test_an_error_in_mid_stream_comes_after_what_was_said():
    async with serving("gemini", [Fault(name="interrupted")]) as twin, client_of(twin) as client:
        told = []
        with pytest.raises(Overloaded):
            async for event in client.stream(asked()):
                told.append(event)
    assert all(isinstance(event, TextDelta) for event in told)
    assert len(told) == 2


STREAM = {"content-type": "text/event-stream"}


@pytest.mark.parametrize(
    "body",
    [
        'data: {"error": {"status": "UNAVAILABLE"}}\n\n',
        'data: {"error": {"code": "503"}}\n\n',
        "data: [1]\n\n",
        "data: null\n\n",
        'data: {"candidates": 3}\n\n',
        'data: {"other": 1}\n\n',
        'data: {"candidates": [{"content": {"parts": [{"text": "a"}',
    ],
)
async def test_odd_bodies_are_errors_of_ours_and_never_an_answer(body):
    async with serving("gemini", [Answer(headers=STREAM, body=body)]) as twin, client_of(twin) as client:
        with pytest.raises(Exception) as caught:
            await answer(client, asked())
    assert caught.type.__module__ == "providers.errors"


async def test_hanging_up_takes_milliseconds_and_leaves_nothing_behind():
    """Required: 100 ms. The bound leaves room for a busy machine."""
    took = []
    async with serving("gemini", [Reply(text="x" * 4000, pause=0.02)] * 4) as twin, client_of(twin) as client:
        for way in ("close", "cancel") * 2:
            twin.hung_up.clear()
            before = asyncio.all_tasks()
            await stop_midway(client, way, took)
            async with asyncio.timeout(10):
                await twin.hung_up.wait()
            took[-1] = time.perf_counter() - took[-1]
            assert client.line.answers == {}
            await asyncio.sleep(0.05)
            assert {task for task in asyncio.all_tasks() - before if "google" in repr(task)} == set()
    assert min(took) < 0.1
    assert max(took) < 2.0


async def stop_midway(client, way, took):
    began = asyncio.Event()

    async def read():
        async for _ in client.stream(asked()):
            began.set()

    if way == "close":
        stream = client.stream(asked())
        await anext(stream)
        took.append(time.perf_counter())
        await stream.aclose()
        return
    task = asyncio.create_task(read())
    await began.wait()
    took.append(time.perf_counter())
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_many_streams_run_side_by_side():
    """More than the hundred connections that httpx2 opens by itself."""
    async with serving("gemini", [Reply(text="one two", delay=0.5)] * 120) as twin, client_of(twin) as client:
        told = await asyncio.gather(*(answer(client, asked()) for _ in range(120)))
    assert {one.message.text for one in told} == {"one two"}


async def test_a_closed_client_says_so():
    async with serving("gemini", [Reply(text="x" * 400, pause=0.02)]) as twin, client_of(twin) as client:
        stream = client.stream(asked())
        await anext(stream)
        await client.close()
        with pytest.raises(Cancelled):
            async for _ in stream:
                pass
        with pytest.raises(Cancelled):
            await answer(client, asked())
