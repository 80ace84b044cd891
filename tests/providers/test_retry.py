from datetime import UTC, datetime

import pytest

from providers import retry
from providers.errors import AuthFailed, Overloaded, RateLimited
from providers.retry import Retry, RetryPolicy, next_wait
from providers.scripted import Reply, ScriptedClient
from providers.types import ModelRequest, user

ASK = ModelRequest(model="m", messages=(user("hello"),))
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def test_waits_double_up_to_the_cap_and_jitter_stays_within_half():
    policy = RetryPolicy(calls=9, first=1.0, longest=5.0)
    low = [next_wait(policy, Overloaded("x"), call=n, began=False, chance=0.0) for n in range(1, 6)]
    high = [next_wait(policy, Overloaded("x"), call=n, began=False, chance=1.0) for n in range(1, 6)]
    assert low == [0.5, 1.0, 2.0, 2.5, 2.5]
    assert high == [1.0, 2.0, 4.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("error", "call", "began"),
    [
        (AuthFailed("no"), 1, False),
        (Overloaded("x"), 4, False),
        (Overloaded("x"), 1, True),
        (RateLimited("x", retry_after=121), 1, False),
    ],
)
def test_gives_up(error, call, began):
    assert next_wait(RetryPolicy(), error, call=call, began=began, chance=0.5) is None


def test_retry_after_is_obeyed_never_undercut():
    error = RateLimited("x", retry_after=40.0)
    assert next_wait(RetryPolicy(), error, call=1, began=False, chance=0.0) == 40.0
    assert next_wait(RetryPolicy(), error, call=1, began=False, chance=1.0) == pytest.approx(44.0)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_header(headers, expected):
    assert retry.retry_after(headers, now=NOW) == expected


async def run(client, policy):
    told, slept = [], []

    async def sleep(seconds):
        slept.append(seconds)

    stream = retry.stream(client, ASK, policy=policy, on_retry=told.append, chance=lambda: 1.0, sleep=sleep)
    return [event async for event in stream], told, slept


async def test_retries_are_reported_and_the_answer_comes_through():
    busy = Overloaded("busy")
    client = ScriptedClient([Reply(error=busy), Reply(error=busy), Reply(text="ok")])
    events, told, slept = await run(client, RetryPolicy())
    assert events[-1].response.message.text == "ok"
    assert told == [Retry(error=busy, call=1, wait=1.0), Retry(error=busy, call=2, wait=2.0)]
    assert slept == [1.0, 2.0]


async def test_nothing_is_called_again_once_output_began():
    client = ScriptedClient([Reply(text="abc", error=Overloaded("cut"), error_after=1)])
    with pytest.raises(Overloaded):
        await run(client, RetryPolicy())
    assert len(client.requests) == 1


async def test_closing_the_stream_closes_the_inner_one():
    client = ScriptedClient([Reply(text="x" * 80)])
    stream = retry.stream(client, ASK, policy=RetryPolicy(), on_retry=lambda _: None)
    async for _ in stream:
        break
    await stream.aclose()
    assert client.interrupted == 1
