import socket
from collections.abc import Sequence
from contextlib import asynccontextmanager

import pytest

from providers import conformance
from providers.conformance import OverTheWire, Rig
from providers.errors import NetworkFailed, TimedOut
from providers.registry import Endpoint, connect
from providers.scripted import Reply, ScriptedClient
from providers.twin.faults import Fault
from providers.twin.serving import serving
from providers.types import ModelRequest, user

pytestmark = [
    pytest.mark.timeout(180),  # the first import of litellm takes seconds
    pytest.mark.filterwarnings("ignore:Accessing the 'model_.*:DeprecationWarning"),  # litellm on this pydantic
    pytest.mark.filterwarnings("ignore:Item '.*' on TypedDict class:UserWarning"),  # the same
]


@asynccontextmanager
async def scripted(turns: Sequence[Reply | Fault]):
    client = ScriptedClient([turn for turn in turns if isinstance(turn, Reply)])

    async def hung_up() -> bool:
        return client.interrupted == 1

    yield Rig(client=client, model="m", hung_up=hung_up)


WIRES = {
    "anthropic_messages": OverTheWire("anthropic", "anthropic_messages", "claude-opus-5-5"),
    "local": OverTheWire("chat", "local", "m"),
    "litellm_chat, openai client": OverTheWire("chat", "litellm_chat", "openai/gpt-4o"),
    "litellm_chat, own client": OverTheWire("chat", "litellm_chat", "openrouter/some/model"),
    "gemini_generate": OverTheWire("gemini", "gemini_generate", "gemini-3.8-flash"),
    "openai_responses": OverTheWire("openai", "openai_responses", "gpt-6.1-sol"),
}
SUBJECTS = {"scripted": scripted, **WIRES}
LITELLM_SKIPS = "litellm's own reader of streams skips what it cannot parse"
KNOWN_FAILURES: dict[tuple[str, str], str] = {
    ("litellm_chat, own client", "half json"): LITELLM_SKIPS,
    ("litellm_chat, own client", "garbage"): LITELLM_SKIPS,
}


@pytest.mark.parametrize("case", conformance.CASES)
@pytest.mark.parametrize("subject", SUBJECTS)
async def test_case(subject, case):
    await conformance.CASES[case](SUBJECTS[subject])


@pytest.mark.parametrize("fault", conformance.FAULTS)
@pytest.mark.parametrize("subject", WIRES)
async def test_fault(subject, fault, request):
    if reason := KNOWN_FAILURES.get((subject, fault)):
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))
    await conformance.fault_is_mapped(WIRES[subject], *conformance.FAULTS[fault])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("wire", WIRES.values(), ids=list(WIRES))
async def test_nobody_listens(wire):
    client = await connect(wire.api, Endpoint(base_url=f"http://127.0.0.1:{free_port()}/v1", api_key="key"))
    with pytest.raises(NetworkFailed):
        async for _ in client.stream(ModelRequest(model=wire.model, messages=(user("hi"),))):
            pass
    await client.close()


@pytest.mark.parametrize("wire", WIRES.values(), ids=list(WIRES))
async def test_silence_times_out(wire):
    async with serving(wire.provider, [Reply(text="late", delay=30)]) as twin:
        client = await connect(wire.api, Endpoint(base_url=twin.base_url(), api_key="key", timeout=0.3))
        with pytest.raises(TimedOut):
            async for _ in client.stream(ModelRequest(model=wire.model, messages=(user("hi"),))):
                pass
        await client.close()
