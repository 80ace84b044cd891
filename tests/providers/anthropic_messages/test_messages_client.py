"""The client over real sockets: against the twin, and against a server that writes raw bytes."""

import asyncio
import ssl
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import pairwise

import anthropic
import httpx2
import pytest
from anthropic import APIStatusError, AsyncAnthropic
from anthropic._error_classes import ERROR_CLASSES

from providers import errors
from providers.anthropic_messages.client import DRAIN, FAILURES, sdk
from providers.errors import AuthFailed, BadRequest, Cancelled, CutStream, GarbledResponse, QuotaExhausted
from providers.events import Done, TextDelta
from providers.failure import provider_error
from providers.registry import Endpoint, connect
from providers.scripted import Reply, call
from providers.twin.faults import Fault
from providers.twin.front import Turn
from providers.twin.serving import serving
from providers.types import (
    Message,
    ModelRequest,
    OutputSchema,
    ReasoningPart,
    TextPart,
    ToolResultPart,
    ToolSpec,
    user,
)

pytestmark = pytest.mark.timeout(120)  # the first import of the SDK's types takes seconds
OPUS = "claude-opus-5-5"
TOOLS = (ToolSpec(name="read", description="Read. " * 40, parameters={"type": "object", "properties": {}}),)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@asynccontextmanager
async def rig(turns, **endpoint):
    async with serving("anthropic", turns) as twin:
        client = await connect("anthropic_messages", Endpoint(base_url=twin.base_url(), api_key="k", **endpoint))
        try:
            yield twin, client
        finally:
            await client.close()


async def ask(client, *messages, **fields):
    request = ModelRequest(**{"model": OPUS, "messages": messages or (user("hi"),), **fields})
    events = [event async for event in client.stream(request)]
    assert isinstance(events[-1], Done)
    return events[-1].response


@asynccontextmanager
async def raw_server(answer, *, linger=0.0):
    """Sends these bytes to whoever connects, and closes after `linger` seconds."""
    gone = asyncio.Event()
    serving_now = set()

    async def serve(reader, writer):
        serving_now.add(asyncio.current_task())
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            async with asyncio.timeout(linger):
                while await reader.read(1 << 16):
                    pass
                gone.set()
        except (TimeoutError, OSError):
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", gone
        server.close()
        for task in serving_now:
            task.cancel()
        await asyncio.gather(*serving_now, return_exceptions=True)


def sse(*events, kind="text/event-stream"):
    body = "".join(f"event: {name}\ndata: {data}\n\n" for name, data in events)
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nrequest-id: req_raw\r\n\r\n{body}".encode()


START = ("message_start", '{"type":"message_start","message":{"model":"m","usage":{"input_tokens":1}}}')
TEXT = (
    ("content_block_start", '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}'),
    ("content_block_delta", '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}'),
)
END = (
    ("content_block_stop", '{"type":"content_block_stop","index":0}'),
    ("message_delta", '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}'),
    ("message_stop", '{"type":"message_stop"}'),
)


def spoken(kind, message="no"):
    return ("error", f'{{"type":"error","error":{{"type":"{kind}","message":"{message}"}}}}')


async def asked_raw(url, **endpoint):
    client = await connect("anthropic_messages", Endpoint(base_url=url, api_key="k", **endpoint))
    try:
        return await ask(client)
    finally:
        await client.close()


async def test_reasoning_goes_back_unchanged_and_foreign_reasoning_is_left_out():
    turns = [
        Turn(
            parts=(
                ReasoningPart(text="hm"),
                ReasoningPart(text="secret", opaque={"redacted": True}),
                TextPart(text="I read."),
                call("read", "{}"),
            )
        ),
        Reply(text="done"),
        Reply(text="another model goes on"),
    ]
    async with rig(turns) as (twin, client):
        first = await ask(client, tools=TOOLS, effort="high")
        result = Message(role="tool", parts=(ToolResultPart(call_id="call_read", name="read", content="42"),))
        talk = (user("hi"), first.message, result)
        await ask(client, *talk, tools=TOOLS, effort="high")
        await ask(client, *talk, tools=TOOLS, effort="high", model="claude-haiku-4-5")
    kinds = [[block["type"] for block in seen.call.body["messages"][1]["content"]] for seen in twin.seen[1:]]
    assert kinds == [["thinking", "redacted_thinking", "text", "tool_use"], ["text", "tool_use"]]
    assert "thinking" not in twin.seen[2].call.body, "the open turn does not begin with thinking of this model"


async def test_every_request_extends_the_one_before_and_hits_the_cache():
    """Also when one turn adds more blocks than the service looks back from a mark."""
    rounds = 6
    replies = [Reply(tool_calls=tuple(call("read", "{}", id=f"c{at}_{n}") for n in range(30))) for at in range(rounds)]
    async with rig([Turn(parts=reply.tool_calls) for reply in replies]) as (twin, client):
        talk = [user("go")]
        for _ in range(rounds):
            response = await ask(client, *talk, system="Be brief. " * 500, tools=TOOLS)
            results = [
                ToolResultPart(call_id=part.id, name="read", content="x" * 100) for part in response.message.tool_calls
            ]
            talk += [response.message, Message(role="tool", parts=tuple(results))]
    assert twin.differences == []
    used = [seen.usage for seen in twin.seen]
    assert used[0].cache_read == 0
    assert all(later.cache_read == before.cache_read + before.cache_write for before, later in pairwise(used))
    assert all(usage.input == 0 for usage in used)


async def test_nothing_of_the_environment_is_used(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "x-secret: 1\nanthropic-beta: env")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "env-key")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with rig([Reply(text="x")], headers={"x-own": "2", "anthropic-beta": "b0"}) as (twin, client):
        await ask(client, options={"betas": ["b1"]})
    headers = twin.seen[0].call.headers
    assert (headers["authorization"], headers["x-own"], headers["anthropic-beta"]) == ("Bearer k", "2", "b0,b1")
    assert "x-secret" not in headers
    assert sdk(Endpoint(api_key="k")).base_url.host == "api.anthropic.com"


async def test_without_a_key_the_service_is_asked_without_one():
    async with serving("anthropic", []) as twin:
        client = await connect("anthropic_messages", Endpoint(base_url=twin.base_url()))
        with pytest.raises(AuthFailed):
            await ask(client)
        await client.close()
    assert "authorization" not in twin.seen[0].call.headers


async def test_the_answer_tells_its_request_and_cost():
    async with rig([Reply(text="x"), Reply(text="y")]) as (twin, client):
        known = await ask(client)
        unknown = await ask(
            client, model="claude-of-tomorrow", output=OutputSchema(name="n", schema={"type": "object"})
        )
    assert known.request_id == "req_twin_anthropic_0001"
    assert known.cost_usd > 0
    assert unknown.cost_usd is None
    assert twin.seen[1].call.body["max_tokens"] == 64_000
    assert twin.seen[0].call.body["max_tokens"] == 128_000


async def test_a_refusal_of_the_service_keeps_its_facts():
    async with rig([Fault(name="429", retry_after=7)]) as (_, client):
        with pytest.raises(errors.RateLimited) as failed:
            await ask(client)
    error = failed.value
    assert (error.status, error.retry_after, error.request_id) == (429, 7, "req_twin_anthropic_0001")
    assert error.code == "rate_limit_error"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (sse(), CutStream),
        (sse(START, *TEXT), CutStream),
        (sse(START, *TEXT, *END[:2]), CutStream),
        (sse(START, *TEXT, spoken("overloaded_error")), errors.Overloaded),
        (sse(START, *TEXT, spoken("api_error")), errors.ServerFault),
        (sse(START, *TEXT, spoken("rate_limit_error")), errors.RateLimited),
        (sse(START, *TEXT, spoken("timeout_error")), errors.TimedOut),
        (sse(spoken("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum")), errors.ContextFull),
        (sse(spoken("invalid_request_error")), BadRequest),
        (sse(START, ("content_block_delta", '{"type":')), GarbledResponse),
        (sse(START, ("content_block_delta", "[1]")), GarbledResponse),
        (sse(START, START), GarbledResponse),
        (sse(START, *TEXT, *END, kind="text/html"), GarbledResponse),
        (b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}", GarbledResponse),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", errors.ProviderError),
        (b"SSH-2.0-nonsense\r\n\r\n", errors.NetworkFailed),
    ],
)
async def test_what_a_server_may_do(answer, expected):
    async with raw_server(answer) as (url, _):
        with pytest.raises(expected) as failed:
            await asked_raw(url)
    assert failed.value.provider == "anthropic_messages"
    if answer.startswith(b"HTTP/1.1 200") and b"req_raw" in answer:
        assert failed.value.request_id == "req_raw"


async def test_a_whole_answer_is_not_kept_waiting_by_an_open_body():
    async with raw_server(sse(START, *TEXT, *END), linger=60) as (url, _):
        began = time.monotonic()
        assert (await asked_raw(url)).message.text == "hi"
        assert time.monotonic() - began < DRAIN + 10


async def test_a_connection_is_used_again():
    """A very busy machine may not see the end of a body in time, so more than one answer is asked for."""
    used = []
    async with rig([Reply(text="x")] * 5) as (_, client):
        for _ in range(5):
            await ask(client)
            used.append(list(client.sdk._client._transport._pool.connections))
    assert any(before and before == after for before, after in pairwise(used))


@pytest.mark.parametrize("how", ["close", "cancel"])
async def test_leaving_closes_the_socket_at_once(how):
    async with raw_server(sse(START, *TEXT), linger=60) as (url, gone):
        client = await connect("anthropic_messages", Endpoint(base_url=url, api_key="k"))
        before = asyncio.all_tasks()
        began = asyncio.Event()

        async def read():
            stream = client.stream(ModelRequest(model=OPUS, messages=(user("hi"),)))
            async for event in stream:
                assert isinstance(event, TextDelta)
                began.set()
                if how == "close":
                    await stream.aclose()

        task = asyncio.create_task(read())
        await began.wait()
        left = time.monotonic()
        if how == "cancel":
            task.cancel()
        await asyncio.wait({task})
        await gone.wait()
        took = time.monotonic() - left
        async with asyncio.timeout(10):  # generators that the SDK leaves behind are closed by the event loop
            while not asyncio.all_tasks() <= before:
                await asyncio.sleep(0.01)
        await client.close()
    assert took < 5, "0.1 s is the promise; a busy machine gets more"


async def test_a_closed_client_says_so():
    async with rig([]) as (_, client):
        await client.close()
        with pytest.raises(Cancelled):
            await ask(client)


async def test_closing_the_client_ends_its_streams():
    async with raw_server(sse(START, *TEXT), linger=60) as (url, _):
        client = await connect("anthropic_messages", Endpoint(base_url=url, api_key="k"))
        stream = client.stream(ModelRequest(model=OPUS, messages=(user("hi"),)))
        await anext(stream)
        await client.close()
        with pytest.raises(Cancelled):
            await anext(stream)


@pytest.mark.parametrize("endpoint", [{"ca_file": "/nowhere.pem"}, {"proxy": "nonsense://x"}])
async def test_settings_that_cannot_be_used_are_named(endpoint):
    with pytest.raises(BadRequest):
        await connect("anthropic_messages", Endpoint(api_key="k", **endpoint))


def exported():
    """Every exception class of the SDK: what it exports, and what it raises by status and code."""
    names = vars(anthropic).items()
    classes = {value for _, value in names if isinstance(value, type) and issubclass(value, anthropic.AnthropicError)}
    return sorted({*classes, *ERROR_CLASSES.values()}, key=lambda cls: cls.__name__)


def made(cls, status, code=None):
    """An instance as the SDK makes it."""
    request = httpx2.Request("POST", "http://127.0.0.1/v1/messages")
    body = {"type": "error", "error": {"type": "some_error", "message": "no", "details": {"error_code": code}}}
    response = httpx2.Response(status, request=request, json=body)
    if issubclass(cls, anthropic.APIStatusError):
        return cls("no", response=response, body=body)
    if issubclass(cls, anthropic.APIResponseValidationError):
        return cls(response, body)
    if issubclass(cls, anthropic.APITimeoutError):
        return cls(request)
    if issubclass(cls, anthropic.APIConnectionError):
        return cls(request=request)
    return cls("no", request, body=None) if issubclass(cls, anthropic.APIError) else cls("no")


BY_STATUS = {
    400: {errors.BadRequest},
    401: {errors.AuthFailed},
    402: {errors.QuotaExhausted},
    403: {errors.PermissionDenied, errors.QuotaExhausted},
    404: {errors.ModelUnknown},
    408: {errors.TimedOut},
    409: {errors.BadRequest},
    412: {errors.BadRequest},
    413: {errors.BadRequest},
    422: {errors.BadRequest},
    429: {errors.RateLimited, errors.QuotaExhausted},
    431: {errors.BadRequest},
    499: {errors.BadRequest},
    501: {errors.ServerFault},
    503: {errors.Overloaded},
    504: {errors.TimedOut},
    529: {errors.Overloaded},
}
BY_NAME = {
    "AnthropicError": errors.ServerFault,
    "APIError": errors.ServerFault,
    "APIStatusError": errors.BadRequest,
    "APIConnectionError": errors.NetworkFailed,
    "APITimeoutError": errors.TimedOut,
    "APIResponseValidationError": errors.GarbledResponse,
    "APIWebhookValidationError": errors.ServerFault,
    "CredentialsError": errors.AuthFailed,
    "IdentityTokenFileError": errors.AuthFailed,
    "WorkloadIdentityError": errors.AuthFailed,
    "RetryableError": errors.ServerFault,
    "InternalServerError": errors.ServerFault,
}
"""Classes that stand for no one status."""


def mapped(error):
    return type(provider_error(error, provider="p", began=False, now=NOW))


@pytest.mark.parametrize("cls", exported(), ids=lambda cls: cls.__name__)
def test_every_exception_of_the_sdk_is_mapped(cls):
    assert issubclass(cls, FAILURES)
    keys = [key for key, value in ERROR_CLASSES.items() if value is cls]
    assert keys or cls.__name__ in BY_NAME, "a class that is new: say what it means"
    for status, code in keys:
        assert mapped(made(cls, status, code)) in BY_STATUS[status]
    if not keys:
        status = {"InternalServerError": 500, "APIStatusError": 418}.get(cls.__name__, 200)
        assert mapped(made(cls, status)) is BY_NAME[cls.__name__]


@pytest.mark.parametrize("code", ["enforced_spend_limit_reached", "contract_spend_limit_reached"])
def test_a_spend_limit_is_no_rate_limit(code):
    assert mapped(made(anthropic.RateLimitError, 429, code)) is QuotaExhausted
    assert mapped(made(anthropic.RateLimitError, 429, "ramp_limit_exceeded")) is errors.RateLimited


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Your credit balance is too low to use this API", QuotaExhausted),
        ("input length and `max_tokens` exceed context limit: 9 + 9 > 10", errors.ContextFull),
        ("prompt is too long: 9 tokens > 8 maximum", errors.ContextFull),
    ],
)
def test_a_status_that_means_several_things_is_split_by_its_text(text, expected):
    request = httpx2.Request("POST", "http://127.0.0.1/v1/messages")
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": text}}
    error = APIStatusError(text, response=httpx2.Response(400, request=request, json=body), body=body)
    assert mapped(error) is expected


async def test_the_sdks_own_helpers_read_the_twin():
    """Nothing of ours on this side: the vendor's package takes what the twin sends for its own."""
    async with serving(
        "anthropic", [Reply(text="hello there", reasoning="hm", tool_calls=(call("read", '{"a":1}'),))] * 2
    ) as twin:
        client = AsyncAnthropic(
            api_key="k", base_url=twin.url, max_retries=0, http_client=httpx2.AsyncClient(trust_env=False)
        )
        asked = {"model": OPUS, "max_tokens": 99, "messages": [{"role": "user", "content": "hi"}]}
        async with client.messages.stream(**asked) as stream:
            told = await stream.get_final_message()
        whole = await client.messages.create(**asked)
        counted = await client.messages.count_tokens(model=OPUS, messages=asked["messages"])
        models = [model.id async for model in client.models.list(limit=5)]
        one = await client.models.retrieve(OPUS)
        await client.close()
    assert [block.type for block in told.content] == ["thinking", "text", "tool_use"]
    assert [block.to_dict() for block in whole.content] == [
        {name: value for name, value in block.to_dict().items() if name != "parsed_output"} for block in told.content
    ]
    assert told.content[2].input == {"a": 1}
    assert (counted.input_tokens > 0, OPUS in models, len(models) > 5, one.max_tokens) == (True, True, True, 128_000)


def test_certificates_may_be_our_own(tmp_path):
    """A file of certificates is what is trusted, and nothing else."""
    default = ssl.create_default_context()
    if not default.get_ca_certs():
        pytest.skip("no certificates on this machine to make a file of")
    bundle = tmp_path / "ca.pem"
    bundle.write_text(ssl.DER_cert_to_PEM_cert(default.get_ca_certs(binary_form=True)[0]))
    assert sdk(Endpoint(api_key="k", ca_file=str(bundle))).is_closed() is False
