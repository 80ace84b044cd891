"""The proxy in front of the twins: what it reads out of answers is true to each wire, also when they break."""

import httpx2
import pytest

from providers.scripted import Reply
from providers.twin.faults import Fault, FaultName
from providers.twin.serving import serving
from providers.types import Usage
from router.credentials.gateway import Gateway, opened
from router.credentials.testing import CATALOG, credential, tool
from router.credentials.values import Ledger

USED = Usage(input=30, cache_read=20, output=10)
TURN = Reply(text="one two three four", usage=USED)
SAY = [{"role": "user", "content": "hello"}]
WIRES = {
    "anthropic": (
        "anthropic_messages",
        "/v1/messages",
        {"model": "claude-opus-5-5", "max_tokens": 100, "messages": SAY, "stream": True},
    ),
    "openai": ("openai_responses", "/v1/responses", {"model": "gpt-5.5", "input": SAY, "store": False, "stream": True}),
    "gemini": (
        "gemini_generate",
        "/v1beta/models/gemini-3.1-pro-preview:streamGenerateContent?alt=sse",
        {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]},
    ),
}


async def ask(gateway: Gateway, path: str, body: object) -> str:
    key = gateway.placeholder
    headers = {"authorization": f"Bearer {key}", "x-goog-api-key": key, "anthropic-version": "2023-06-01"}
    async with tool(gateway) as http:
        return (await http.post(path, json=body, headers=headers)).text


async def told(provider: str, turn: Reply | Fault) -> tuple[str, Ledger]:
    """What the tool got, and what the ledger says of it."""
    api, path, body = WIRES[provider]
    async with serving(provider, [turn]) as twin, opened(credential(twin.url, api), catalog=CATALOG) as gateway:
        try:
            text = await ask(gateway, path, body)
        except httpx2.RemoteProtocolError:
            text = "cut"
        return text, gateway.ledger()


@pytest.mark.parametrize("provider", WIRES)
async def test_a_whole_answer(provider: str) -> None:
    text, ledger = await told(provider, TURN)
    assert "one two" in text
    assert (ledger.last_whole, ledger.incomplete_answers, ledger.problems) == (True, 0, {})
    assert ledger.usage.output == USED.output
    assert ledger.usage.input + ledger.usage.cache_read == USED.input + USED.cache_read


FAULTS = (
    ("cut", "cut_stream", None),
    ("ended_early", "cut_stream", None),
    ("half_json", "garbled_response", None),
    ("garbage", "garbled_response", None),
    ("529", "overloaded", None),
    ("401", "auth_failed", "auth"),
    ("403", "permission_denied", "permission"),
    ("quota", "quota_exhausted", "quota"),
)


@pytest.mark.parametrize(("name", "problem", "reason"), FAULTS)
@pytest.mark.parametrize("provider", WIRES)
async def test_a_fault(provider: str, name: FaultName, problem: str, reason: str | None) -> None:
    text, ledger = await told(provider, Fault(name=name))
    broken = problem in {"cut_stream", "garbled_response"}
    assert (text == "cut") == broken
    assert ledger.problems == {problem: 1}
    assert (ledger.last_whole, ledger.incomplete_answers) == (False, int(broken))
    assert (ledger.stop and ledger.stop.reason) == reason
