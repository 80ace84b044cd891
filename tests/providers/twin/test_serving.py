"""The twin over real sockets, asked with a bare HTTP client."""

import asyncio
import json
import time

import httpx2
import pytest

from providers.scripted import Reply, ScriptError
from providers.twin import faults
from providers.twin.faults import Fault
from providers.twin.front import Answer, turn
from providers.twin.script import Conversation, Expect, Line, Script
from providers.twin.serving import serving
from providers.types import ModelInfo

HELLO = {"role": "user", "content": "hello"}


def said(text):
    return turn(Reply(text=text))


def body(*messages, stream=True, **more):
    return {"model": "m", "messages": list(messages) or [HELLO], "stream": stream, **more}


async def ask(twin, sent=None, key="k", path="/chat/completions", timeout=5.0):
    async with httpx2.AsyncClient(trust_env=False, timeout=timeout) as client:
        url = twin.base_url("chat") + path
        return await client.post(url, json=sent or body(), headers={"authorization": f"Bearer {key}"})


def text_of(response):
    events = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: {")]
    deltas = [choice["delta"] for event in events for choice in json.loads(event)["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


async def test_a_turn_is_streamed_and_remembered():
    async with serving("chat", [Reply(text="one two three")]) as twin:
        response = await ask(twin)
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-request-id"] == "req_twin_chat_0001"
    assert text_of(response) == "one two three"
    assert response.text.endswith("data: [DONE]\n\n")
    [seen] = twin.seen
    assert (seen.status, seen.asked.request.messages[0].text, seen.hung_up) == (200, "hello", False)


async def test_without_a_stream_the_answer_is_one_body():
    async with serving("chat", [Reply(text="whole")]) as twin:
        response = await ask(twin, body(stream=False))
    assert response.json()["choices"][0]["message"]["content"] == "whole"


async def test_it_is_up_and_down_in_milliseconds():
    """Measured 0.3 ms; the bound only tells a server that sleeps from one that does not."""
    async with serving("chat", []):
        pass
    began = time.perf_counter()
    for _ in range(10):
        async with serving("chat", []) as twin:
            assert twin.url
    assert time.perf_counter() - began < 1.0


async def test_turns_left_over_are_told():
    with pytest.raises(ScriptError, match="1 of 2 turns of the script were never asked for"):
        async with serving("chat", [Reply(text="a"), Reply(text="b")]) as twin:
            await ask(twin)


async def test_a_request_beyond_the_script_is_refused_and_told():
    with pytest.raises(ScriptError, match="request 1: the script is over"):
        async with serving("chat", []) as twin:
            assert (await ask(twin)).status_code == 400


async def test_a_failing_test_is_not_hidden_by_turns_left_over():
    with pytest.raises(ZeroDivisionError):
        async with serving("chat", [Reply(text="a")]):
            raise ZeroDivisionError


async def test_conversations_are_told_apart_by_what_they_match():
    def about(name, *texts):
        lines = tuple(Line(turn=said(text)) for text in texts)
        return Conversation(name=name, match=Expect(contains=(name,)), lines=lines)

    script = Script([about("cats", "purr", "meow"), about("dogs", "bark")])
    async with serving("chat", script) as twin:
        answers = [
            text_of(await ask(twin, body({"role": "user", "content": about}))) for about in ("cats", "dogs", "cats")
        ]
    assert answers == ["purr", "bark", "meow"]


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (Expect(contains=("zebra",)), "does not contain 'zebra'"),
        (Expect(lacks=("hello",)), "contains 'hello'"),
        (Expect(model="gpt-*"), "model m is not gpt-"),
        (Expect(offers=("bash",)), "tool bash is not offered"),
        (Expect(withholds=("read",)), "tool read is offered"),
        (Expect(tools=False), "tools are offered"),
        (Expect(last_user="bye"), "newest user text"),
        (Expect(result=("43",)), "no newest tool result contains '43'"),
        (Expect(result_is_error=True), "a tool result is not an error"),
    ],
)
async def test_an_expectation_that_fails_is_told(expect, told):
    call = {"id": "c", "type": "function", "function": {"name": "read", "arguments": "{}"}}
    messages = (
        HELLO,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "42"},
    )
    tools = [{"type": "function", "function": {"name": "read"}}]
    script = [Line(turn=said("never"), expect=expect)]
    with pytest.raises(ScriptError) as caught:
        async with serving("chat", script) as twin:
            assert (await ask(twin, body(*messages, tools=tools))).status_code == 400
    assert told in str(caught.value)


REFUSED = {"400": 400, "401": 401, "403": 403, "404": 404, "429": 429, "quota": 429, "too_long": 400, "500": 500}


@pytest.mark.parametrize(("name", "status"), [*REFUSED.items(), ("503", 503), ("529", 529)])
async def test_a_refusal_has_its_status(name, status):
    async with serving("chat", [], fault=Fault(name=name)) as twin:
        response = await ask(twin)
    assert response.status_code == status
    assert response.json()["error"]["message"]
    assert response.headers.get("retry-after") == ("1" if name == "429" else None)


@pytest.mark.parametrize("name", ["reset_before", "reset_after", "cut"])
async def test_a_connection_that_breaks(name):
    async with serving("chat", [], fault=Fault(name=name)) as twin:
        with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
            await ask(twin)
    assert not twin.hung_up.is_set()


@pytest.mark.parametrize("name", ["hang", "hang_midway"])
async def test_a_silent_twin_notices_who_leaves(name):
    async with serving("chat", [], fault=Fault(name=name)) as twin:
        with pytest.raises(httpx2.ReadTimeout):
            await ask(twin, timeout=0.2)
        async with asyncio.timeout(10):
            await twin.hung_up.wait()
    assert twin.seen[0].status == (None if name == "hang" else 200)


@pytest.mark.parametrize(
    ("name", "spoiled"),
    [
        ("ended_early", lambda text: not text.endswith("[DONE]\n\n")),
        ("interrupted", lambda text: "too busy" in text and "[DONE]" not in text),
        ("half_json", lambda text: not all(map(parses, events(text)))),
        ("garbage", lambda text: not all(map(parses, events(text)))),
        ("wrong_type", lambda text: text.startswith("<html>")),
    ],
)
async def test_an_answer_that_is_spoiled(name, spoiled):
    async with serving("chat", [], fault=Fault(name=name)) as twin:
        response = await ask(twin)
    assert response.status_code == 200
    assert spoiled(response.content.decode(errors="replace"))


def events(text):
    return [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: {")]


def parses(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


async def test_slow_faults_and_duplicates_leave_a_whole_answer():
    lines = [Line(turn=turn(Reply(text="ab", piece=1)), fault=Fault(name=name, seconds=0.01)) for name in SLOW]
    async with serving("chat", lines) as twin:
        told = [text_of(await ask(twin)) for _ in lines]
    assert told == ["ab", "ab", "aabb"]


SLOW = ("latency", "slow_tokens", "duplicates")


def test_every_fault_is_tested_here():
    here = {*REFUSED, "503", "529", "reset_before", "reset_after", "cut", "hang", "hang_midway", "ended_early"}
    assert set(faults.NAMES) == here | {"interrupted", "half_json", "garbage", "wrong_type", *SLOW}


async def test_a_fault_may_strike_only_the_first_requests():
    async with serving("chat", [Reply(text="well")], fault=Fault(name="503", first=2)) as twin:
        answers = [await ask(twin) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]


async def test_a_fault_of_a_turn_may_come_before_the_turn():
    turn = Line(turn=said("well"), fault=Fault(name="529", first=1))
    async with serving("chat", [turn, Fault(name="500")]) as twin:
        answers = [await ask(twin) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [529, 200, 500]


async def test_usage_is_counted_with_the_prompt_cache():
    long = {"role": "user", "content": "x" * 8000}
    sent = body(long, stream=False)
    more = body(long, {"role": "assistant", "content": "a"}, HELLO, stream=False)
    async with serving("chat", [Reply(text="four" * 3)] * 3) as twin:
        usages = [
            (await ask(twin, request, key)).json()["usage"] for request, key in ((sent, "a"), (more, "a"), (more, "b"))
        ]
    first, second, other = usages
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["prompt_tokens_details"]["cached_tokens"] == first["prompt_tokens"] // 128 * 128
    assert other["prompt_tokens_details"]["cached_tokens"] == 0
    assert first["completion_tokens"] == 3


async def test_a_conversation_that_does_not_extend_is_told():
    async with serving("chat", [Reply(text="a")] * 3) as twin:
        system = {"role": "system", "content": "It is 10:01."}
        later = {"role": "system", "content": "It is 10:02."}
        await ask(twin, body(system, HELLO))
        await ask(twin, body(system, HELLO, {"role": "assistant", "content": "a"}, HELLO))
        assert twin.differences == []
        await ask(twin, body(later, HELLO, {"role": "assistant", "content": "a"}, HELLO))
    [told] = twin.differences
    assert told.startswith("request 3: system[0].content[0]: was …")
    assert "10:01" in told


async def test_paths_tell_providers_apart_and_unknown_ones_are_404():
    models = {"chat": [ModelInfo(id="m1", context_tokens=512, max_output_tokens=None)]}
    async with serving("chat", [], models=models) as twin, httpx2.AsyncClient(trust_env=False) as client:
        listed = (await client.get(twin.url + "/chat/v1/models")).json()
        assert [model["id"] for model in listed["data"]] == ["m1"]
        assert (await client.get(twin.url + "/v1/models/m1")).json()["meta"] == {"n_ctx": 512}
        assert (await client.get(twin.url + "/v1/models/m2")).status_code == 404
        assert (await client.get(twin.url + "/elsewhere")).status_code == 404
        assert (await client.get(twin.url + "/chat/elsewhere")).json()["error"]["type"] == "invalid_request_error"
        assert (await client.post(twin.url + "/v1/chat/completions", content="{")).status_code == 400


async def test_the_catalogue_fills_the_model_list():
    async with serving("chat", []) as twin, httpx2.AsyncClient(trust_env=False) as client:
        listed = (await client.get(twin.base_url() + "/models")).json()
    assert "gpt-4o" in [model["id"] for model in listed["data"]]


async def test_a_fixed_answer_for_a_path_and_for_a_turn():
    script = Script([Conversation(lines=(Line(turn=Answer(status=418, body={"i am": "a teapot"})),))])
    script.answers = {"/v1/models": Answer(body="<html>")}
    async with serving("chat", script) as twin, httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(twin.base_url() + "/models")).text == "<html>"
        answer = await ask(twin)
    assert (answer.status_code, answer.json()) == (418, {"i am": "a teapot"})


async def test_the_log_has_each_request_and_no_secret(tmp_path):
    async with serving("chat", [Reply(text="a")], folder=tmp_path) as twin:
        await ask(
            twin, body({"role": "user", "content": "my key is sk-very-secret"}, user="me@x"), key="sk-very-secret"
        )
    [path] = tmp_path.iterdir()
    text = path.read_text()
    assert path.name == "0001-chat.json"
    assert "very-secret" not in text and "me@x" not in text
    logged = json.loads(text)
    assert (logged["status"], logged["body"]["model"], logged["usage"]["output"]) == (200, "m", 1)


async def test_several_providers_share_a_port():
    script = Script([Conversation(lines=(Line(turn=said("hi")),), repeat=True)])
    async with serving(("anthropic", "openai", "chat"), script) as twin, httpx2.AsyncClient(trust_env=False) as client:
        headers = {"x-api-key": "k", "anthropic-version": "2023-06-01", "authorization": "Bearer k"}
        message = {"model": "m", "max_tokens": 9, "messages": [HELLO]}
        for url in (twin.url, twin.base_url("anthropic")):
            answer = (await client.post(f"{url}/v1/messages", json=message, headers=headers)).json()
            assert answer["content"] == [{"type": "text", "text": "hi"}]
        assert text_of(await ask(twin)) == "hi"
        listed = await client.get(f"{twin.url}/v1/models", headers=headers)
        assert "has_more" in listed.json()  # Anthropic's list, by its header
        assert (await client.get(f"{twin.base_url('openai')}/models", headers=headers)).json()["object"] == "list"
    assert [one.provider for one in twin.seen] == ["anthropic", "anthropic", "chat", "anthropic", "openai"]


async def test_many_streams_at_once_stay_apart():
    script = Script([Conversation(lines=(Line(turn=said("one of many")),), repeat=True)])
    async with serving("chat", script) as twin:
        answers = await asyncio.gather(*(ask(twin, timeout=15.0) for _ in range(50)))
    assert {text_of(answer) for answer in answers} == {"one of many"}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 50
