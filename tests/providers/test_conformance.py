import importlib.util
import socket
from pathlib import Path

import pytest

from providers import conformance
from providers.errors import NetworkFailed, TimedOut
from providers.registry import Endpoint, connect
from providers.scripted import Reply
from providers.testing import chat_server
from providers.types import ModelRequest, user

_spec = importlib.util.spec_from_file_location("providers_subjects", Path(__file__).with_name("subjects.py"))
subjects = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(subjects)

pytestmark = [
    pytest.mark.timeout(180),  # the first import of litellm takes seconds
    pytest.mark.filterwarnings("ignore:Accessing the 'model_.*:DeprecationWarning"),  # litellm on this pydantic
]
SUBJECTS = {"scripted": subjects.scripted, **subjects.WIRES}
KNOWN_FAILURES: set[tuple[str, str]] = set()


@pytest.mark.parametrize("case", conformance.CASES)
@pytest.mark.parametrize("subject", SUBJECTS)
async def test_case(subject, case):
    if (subject, case) in KNOWN_FAILURES:
        pytest.xfail("listed")
    await conformance.CASES[case](SUBJECTS[subject])


@pytest.mark.parametrize("fault", conformance.FAULTS)
@pytest.mark.parametrize("subject", subjects.WIRES)
async def test_fault(subject, fault):
    await conformance.fault_is_mapped(subjects.WIRES[subject], *conformance.FAULTS[fault])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("wire", subjects.WIRES.values(), ids=list(subjects.WIRES))
async def test_nobody_listens(wire):
    client = await connect(wire.api, Endpoint(base_url=f"http://127.0.0.1:{free_port()}/v1", api_key="key"))
    with pytest.raises(NetworkFailed):
        async for _ in client.stream(ModelRequest(model=wire.model, messages=(user("hi"),))):
            pass
    await client.close()


@pytest.mark.parametrize("wire", subjects.WIRES.values(), ids=list(subjects.WIRES))
async def test_silence_times_out(wire):
    async with chat_server([Reply(text="late", delay=30)]) as server:
        client = await connect(wire.api, Endpoint(base_url=server.url, api_key="key", timeout=0.3))
        with pytest.raises(TimedOut):
            async for _ in client.stream(ModelRequest(model=wire.model, messages=(user("hi"),))):
                pass
        await client.close()
