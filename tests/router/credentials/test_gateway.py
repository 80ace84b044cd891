"""The proxy over real sockets, against a vendor that misbehaves."""

import asyncio
import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from providers.types import Usage
from router.credentials.gateway import opened
from router.credentials.testing import (
    CATALOG,
    COST,
    KEY,
    START,
    STOP,
    USED,
    WORD,
    Call,
    Vendor,
    credential,
    good,
    question,
    tool,
)
from router.credentials.values import Credential, GateLimits, QuotaWindow
from router.errors import CredentialRefused

MESSAGES = "/v1/messages?beta=true"


async def ask(http: httpx2.AsyncClient, **more: object) -> httpx2.Response:
    return await http.post(MESSAGES, json=question(**more))


async def test_a_whole_answer_is_passed_on_and_counted(vendor: Vendor, tmp_path: Path) -> None:
    vendor.acts = [good]
    log = tmp_path / "log"
    async with opened(credential(vendor.url), log=log, catalog=CATALOG) as gateway, tool(gateway) as http:
        answer = await ask(http)
        ledger = gateway.ledger()
    assert answer.status_code == 200
    assert [json.loads(line[6:]) for line in answer.text.split("\n") if line] == [START, WORD, USED, STOP]
    call = vendor.calls[0]
    assert (call.method, call.target, call.headers["x-api-key"]) == ("POST", MESSAGES, KEY)
    assert json.loads(call.body) == question()
    assert "authorization" not in call.headers
    assert gateway.placeholder not in str(call.headers)
    assert (ledger.requests, ledger.refused, ledger.usage) == (1, 0, Usage(input=20, output=7))
    assert (ledger.cost_usd, ledger.held_usd, ledger.last_whole) == (COST, 0, True)
    line = json.loads(log.read_text())
    assert (line["path"], line["model"], line["status"], line["whole"]) == ("/v1/messages", "known", 200, True)
    assert (line["request_id"], line["cost_usd"]) == ("req_1", "0.00090")
    assert KEY not in log.read_text() and "hello" not in log.read_text() and gateway.placeholder not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


async def test_the_real_key_goes_where_the_placeholder_stood(vendor: Vendor) -> None:
    vendor.acts = [good]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        del http.headers["x-api-key"]
        await http.post(MESSAGES, json=question(), headers={"authorization": f"Bearer {gateway.placeholder}"})
    assert vendor.calls[0].headers["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in vendor.calls[0].headers


async def test_a_key_in_the_query_becomes_a_header(vendor: Vendor) -> None:
    async def say(call: Call) -> None:
        await call.head()
        await call.event({"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 2}})
        await call.end()

    vendor.acts = [say]
    path = "/v1beta/models/known:streamGenerateContent"
    async with opened(credential(vendor.url, "gemini_generate"), catalog=CATALOG) as gateway, tool(gateway) as http:
        await http.post(path, params={"alt": "sse", "key": gateway.placeholder}, json={"contents": []})
        assert gateway.ledger().last_whole is True
    assert vendor.calls[0].target == f"{path}?alt=sse"
    assert vendor.calls[0].headers["x-goog-api-key"] == KEY


async def test_pieces_pass_at_once(vendor: Vendor) -> None:
    async def slowly(call: Call) -> None:
        await call.head()
        await call.event(START)
        for _ in range(6):
            await asyncio.sleep(0.1)
            await call.event(WORD)
        await call.event(STOP)
        await call.end()

    vendor.acts = [slowly]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        at: list[float] = []
        async with http.stream("POST", MESSAGES, json=question()) as answer:
            async for _ in answer.aiter_bytes():
                at.append(time.monotonic())
    assert len(at) >= 6, "pieces were gathered"
    assert at[-1] - at[0] > 0.5


async def cut_after_a_word(call: Call) -> None:
    await call.head()
    await call.event(START)
    await call.piece(b'data: {"type": "content_blo')


async def ends_without_a_mark(call: Call) -> None:
    await call.head()
    await call.event(START)
    await call.end()


async def silent_after_a_word(call: Call) -> None:
    await call.head()
    await call.event(START)
    await asyncio.sleep(30)


async def silent(call: Call) -> None:
    await asyncio.sleep(30)


@pytest.mark.parametrize(
    ("act", "problem"),
    [(cut_after_a_word, "cut_stream"), (ends_without_a_mark, "cut_stream"), (silent_after_a_word, "timed_out")],
)
@pytest.mark.parametrize("api", ["anthropic_messages", "gemini_generate"])
async def test_a_cut_answer_does_not_look_whole(act: object, problem: str, api: str, vendor: Vendor) -> None:
    vendor.acts = [act]
    path = MESSAGES if api == "anthropic_messages" else "/v1beta/models/known:streamGenerateContent?alt=sse"
    limits = GateLimits(idle_s=0.5)
    text = b""
    async with opened(credential(vendor.url, api), limits=limits, catalog=CATALOG) as gateway, tool(gateway) as http:
        headers = {"x-goog-api-key": gateway.placeholder}
        with pytest.raises(httpx2.RemoteProtocolError):
            async with http.stream("POST", path, json=question(), headers=headers) as answer:
                async for piece in answer.aiter_bytes():
                    text += piece
        ledger = gateway.ledger()
    last = json.loads(text.decode().rstrip().rpartition("data: ")[2])
    assert last["error"]["message"].startswith("codergen credential proxy: the answer broke off")
    assert (ledger.incomplete_answers, ledger.last_whole, ledger.problems) == (1, False, {problem: 1})
    assert (ledger.cost_usd, ledger.unpriced, ledger.abandoned, ledger.stop) == (None, 1, 0, None)


async def test_half_a_document_is_broken_off(vendor: Vendor) -> None:
    async def half(call: Call) -> None:
        await call.whole(200, b'{"type": "message", "content": [')

    vendor.acts = [half]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        with pytest.raises(httpx2.RemoteProtocolError):
            await ask(http)
        assert gateway.ledger().incomplete_answers == 1


async def test_an_error_in_the_stream_is_the_vendors_own(vendor: Vendor) -> None:
    async def overloaded(call: Call) -> None:
        await call.head()
        await call.event({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})
        await call.end()

    vendor.acts = [overloaded]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        answer = await ask(http)
        ledger = gateway.ledger()
    assert "codergen" not in answer.text
    assert (ledger.problems, ledger.incomplete_answers) == ({"overloaded": 1}, 1)


async def test_used_up_money_told_in_the_stream_stops_the_job(vendor: Vendor) -> None:
    async def poor(call: Call) -> None:
        await call.head()
        await call.event({"type": "response.created", "response": {"status": "in_progress"}})
        error = {"code": "insufficient_quota", "message": "You exceeded your current quota"}
        await call.event({"type": "response.failed", "response": {"status": "failed", "error": error}})
        await call.end()

    vendor.acts = [poor]
    async with opened(credential(vendor.url, "openai_responses"), catalog=CATALOG) as gateway, tool(gateway) as http:
        key = {"authorization": f"Bearer {gateway.placeholder}"}
        await http.post("/v1/responses", json={"model": "known"}, headers=key)
        stop = await asyncio.wait_for(gateway.stopped(), 5)
    assert (stop.reason, gateway.ledger().problems) == ("quota", {"quota_exhausted": 1})


async def test_silence_before_the_answer_has_an_end(vendor: Vendor) -> None:
    vendor.acts = [silent]
    limits = GateLimits(idle_s=0.3)
    async with opened(credential(vendor.url), limits=limits, catalog=CATALOG) as gateway, tool(gateway) as http:
        answer = await ask(http)
        ledger = gateway.ledger()
    assert (answer.status_code, answer.json()["error"]["type"]) == (504, "timeout_error")
    assert "x-should-retry" not in answer.headers
    assert (ledger.problems, ledger.unpriced) == ({"timed_out": 1}, 1)


async def test_a_vendor_that_is_gone_costs_nothing(vendor: Vendor) -> None:
    limits = GateLimits(usd=Decimal(1))
    nowhere = credential("http://127.0.0.1:9")
    async with opened(nowhere, limits=limits, catalog=CATALOG) as gateway, tool(gateway) as http:
        answer = await ask(http)
        ledger = gateway.ledger()
    assert answer.status_code == 502
    assert (ledger.problems, ledger.cost_usd, ledger.held_usd) == ({"network_failed": 1}, 0, 0)


@pytest.mark.parametrize(("status", "reason"), [(401, "auth"), (403, "permission")])
async def test_a_refused_key_stops_the_job(status: int, reason: str, vendor: Vendor) -> None:
    async def refuse(call: Call) -> None:
        await call.whole(status, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, x_echo=KEY)

    vendor.acts = [refuse]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        waiting = asyncio.create_task(gateway.stopped())
        first, second = await ask(http), await ask(http)
        stop = await asyncio.wait_for(waiting, 5)
        ledger = gateway.ledger()
    assert (stop.reason, stop.status) == (reason, status)
    assert first.status_code == second.status_code == status
    assert first.headers["x-should-retry"] == second.headers["x-should-retry"] == "false"
    assert KEY not in first.text + str(first.headers)
    assert len(vendor.calls) == 1, "asked again after the stop"
    assert (ledger.requests, ledger.refused) == (1, 1)


async def test_used_up_money_stops_the_job_and_a_busy_minute_does_not(vendor: Vendor) -> None:
    async def busy(call: Call) -> None:
        await call.whole(429, {"error": {"type": "rate_limit_error"}}, anthropic_ratelimit_requests_remaining="0")

    async def patient(call: Call) -> None:
        await call.whole(429, {"error": {"type": "rate_limit_error"}}, retry_after="7")

    async def poor(call: Call) -> None:
        await call.whole(429, {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota"}})

    vendor.acts = [busy, patient, poor]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        answers = [await ask(http) for _ in range(3)]
        ledger = gateway.ledger()
    assert [answer.headers.get("retry-after") for answer in answers] == ["5", "7", None]
    assert [answer.status_code for answer in answers] == [429, 429, 402]
    assert ledger.stop is not None and ledger.stop.reason == "quota"
    assert ledger.problems == {"rate_limited": 2, "quota_exhausted": 1}
    assert [(window.name, window.remaining) for window in ledger.windows] == [("requests", 0)]


async def test_an_echoed_key_is_cut_out(vendor: Vendor) -> None:
    async def echo(call: Call) -> None:
        await call.whole(400, {"error": {"message": f"bad header {KEY}"}}, x_echo=KEY)

    vendor.acts = [echo]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        answer = await ask(http)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "bad header ***")
    assert answer.headers["x-echo"] == "***"


async def test_a_redirect_is_not_followed(vendor: Vendor) -> None:
    async def elsewhere(call: Call) -> None:
        await call.whole(307, {}, location=f"{vendor.url}/v1/other")

    vendor.acts = [elsewhere]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        answer = await ask(http)
    assert (answer.status_code, "location" in answer.headers, len(vendor.calls)) == (502, False, 1)


async def test_a_budget_is_held_before_anything_is_sent(vendor: Vendor) -> None:
    vendor.acts = [good] * 10
    limits = GateLimits(usd=Decimal("0.012"))  # the worst case of one question is some $0.0105
    async with opened(credential(vendor.url), limits=limits, catalog=CATALOG) as gateway, tool(gateway) as http:
        answers = [await ask(http) for _ in range(4)]
        ledger = gateway.ledger()
    assert [answer.status_code for answer in answers] == [200, 200, 402, 402]
    assert answers[2].json()["error"]["type"] == "billing_error"
    assert (len(vendor.calls), ledger.cost_usd) == (2, 2 * COST)
    assert ledger.stop is not None and ledger.stop.reason == "budget"


async def test_a_request_is_lowered_to_what_can_be_paid(vendor: Vendor, tmp_path: Path) -> None:
    vendor.acts = [good]
    limits = GateLimits(usd=Decimal(1))
    log = tmp_path / "log"
    async with (
        opened(credential(vendor.url), limits=limits, log=log, catalog=CATALOG) as gateway,
        tool(gateway) as http,
    ):
        await ask(http, max_tokens=128_000)
    sent = json.loads(vendor.calls[0].body)
    assert 9_000 < sent["max_tokens"] < 10_000
    assert sent == question(max_tokens=sent["max_tokens"])
    assert json.loads(log.read_text())["output_limit"] == sent["max_tokens"]


async def test_a_path_that_is_closed_never_reaches_the_vendor(vendor: Vendor) -> None:
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        assert (await http.get("/v1/models")).status_code == 403
        assert (await http.post("/v1/files", content=b"x")).status_code == 403
        assert (await http.post(MESSAGES, json=question(), headers={"x-api-key": "guess"})).status_code == 401
        large = await http.post(MESSAGES, content=b"x" * 1000)
        ledger = gateway.ledger()
    assert large.status_code == 400
    assert (vendor.calls, ledger.requests, ledger.refused) == ([], 0, 4)
    assert ledger.stop is None


async def test_a_request_that_is_too_large_is_refused_while_it_comes(vendor: Vendor) -> None:
    limits = GateLimits(body_bytes=1000)
    async with opened(credential(vendor.url), limits=limits, catalog=CATALOG) as gateway:
        reader, writer = await asyncio.open_unix_connection(gateway.socket)
        writer.write(b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n" + b"x" * 2000)
        assert (await reader.readline()).split()[1] == b"413"
        writer.close()
    assert vendor.calls == []


async def test_garbage_is_answered_and_the_next_connection_works(vendor: Vendor) -> None:
    vendor.acts = [good]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        reader, writer = await asyncio.open_unix_connection(gateway.socket)
        writer.write(b"GET / HTTP/1.1\r\nno host or colon\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"400"
        writer.close()
        assert (await ask(http)).status_code == 200


async def test_a_tool_that_hangs_up_ends_the_vendors_work(vendor: Vendor) -> None:
    vendor.acts = [silent_after_a_word, good]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway:
        async with tool(gateway) as http, http.stream("POST", MESSAGES, json=question()) as answer:
            await anext(answer.aiter_bytes())
        await asyncio.wait_for(vendor.gone.wait(), 5)
        async with tool(gateway) as http:
            await ask(http)
        ledger = gateway.ledger()
    assert (ledger.abandoned, ledger.incomplete_answers, ledger.requests) == (1, 0, 2)
    assert ledger.last_whole is True


async def test_headers_need_not_be_ascii(vendor: Vendor) -> None:
    async def say(call: Call) -> None:
        await call.whole(400, {"error": {"message": "no"}}, x_word="é")

    vendor.acts = [say]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        answer = await http.post(MESSAGES, json=question(), headers={"x-word": "é".encode("latin-1")})
    assert (answer.status_code, answer.headers["x-word"], len(vendor.calls)) == (400, "é", 1)


async def test_two_jobs_have_two_ways_out(vendor: Vendor) -> None:
    vendor.acts = [good] * 2
    one, two = credential(vendor.url, key="key-one"), credential(vendor.url, key="key-two")
    async with opened(one, catalog=CATALOG) as first, opened(two, catalog=CATALOG) as second:
        async with tool(first) as http, tool(second) as other:
            await asyncio.gather(ask(http), ask(other))
            crossed = await http.post(MESSAGES, json=question(), headers={"x-api-key": second.placeholder})
        assert crossed.status_code == 401
        assert (first.ledger().requests, second.ledger().requests) == (1, 1)
    assert {call.headers["x-api-key"] for call in vendor.calls} == {"key-one", "key-two"}
    assert not first.folder.exists() and not second.folder.exists()


async def test_closing_ends_what_runs(vendor: Vendor) -> None:
    vendor.acts = [silent_after_a_word]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway:
        reader, writer = await asyncio.open_unix_connection(gateway.socket)
        body = json.dumps(question()).encode()
        head = f"POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: {gateway.placeholder}\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        await reader.readuntil(b"message_start")
    await asyncio.wait_for(vendor.gone.wait(), 5)
    assert await asyncio.wait_for(reader.read(), 5) is not None
    writer.close()
    assert gateway.ledger().last_whole is False


async def test_a_later_gateway_serves_the_same_box_and_counts_on(vendor: Vendor, tmp_path: Path) -> None:
    vendor.acts = [good, good]
    folder = tmp_path / "g"
    folder.mkdir()
    async with opened(credential(vendor.url), folder=folder, catalog=CATALOG) as first, tool(first) as http:
        await ask(http)
    async with opened(credential(vendor.url), folder=folder, before=first) as second, tool(second) as http:
        await ask(http)
    assert (second.socket, second.placeholder) == (first.socket, first.placeholder)
    assert (second.ledger().requests, second.ledger().cost_usd) == (2, 2 * COST)


async def test_allowances_are_kept(vendor: Vendor) -> None:
    async def tell(call: Call) -> None:
        await call.head(anthropic_ratelimit_unified_5h_utilization="0.5")
        await call.event(STOP)
        await call.end()

    vendor.acts = [tell]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, tool(gateway) as http:
        await ask(http)
        (window,) = gateway.ledger().windows
    assert window == QuotaWindow(name="5h", used=0.5, seen=window.seen)
    assert abs((datetime.now(UTC) - window.seen).total_seconds()) < 60


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (Credential(api="litellm_chat", endpoint=credential("").endpoint), "no credential proxy"),
        (Credential(api="anthropic_messages", endpoint=credential("").endpoint, kind="login"), "own login"),
        (credential("", key=""), "no usable API key"),
        (credential("ftp://vendor"), "no address of a vendor"),
        (credential("http://user:secret@vendor"), "no address of a vendor"),
        (credential("", key="a\nb"), "no usable API key"),
    ],
)
async def test_what_cannot_be_lent_is_refused(bad: Credential, words: str) -> None:
    with pytest.raises(CredentialRefused, match=words) as raised:
        async with opened(bad, catalog=CATALOG):
            raise AssertionError
    assert raised.value.exit_code == 8
    assert raised.value.remedy


def test_no_value_shows_the_key() -> None:
    assert KEY not in repr(credential(""))
