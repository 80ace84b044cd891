"""`codergen provider` against twins: what a person sees of one tiny call."""

import asyncio
import json

import pytest

from codergen.cli import main
from codergen.cli.provider import REMEDIES
from providers.errors import ProviderError
from providers.scripted import Reply
from providers.twin.faults import Fault
from providers.twin.front import Answer
from providers.twin.script import Script
from providers.twin.serving import serving
from providers.vendors import VENDORS

pytestmark = pytest.mark.timeout(60)
NEW = {"anthropic": "claude-fable-5-2", "openai": "gpt-6.2-sol", "gemini": "gemini-brand-new"}


@pytest.fixture
def codergen(home, monkeypatch, capsys):
    monkeypatch.setenv("CODERGEN_HOME", str(home))
    for vendor in VENDORS.values():
        for name in (*vendor.keys, *vendor.urls):
            monkeypatch.delenv(name, raising=False)

    async def run(*words):
        code = await asyncio.to_thread(main.run, words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def point(monkeypatch, name, twin):
    """This provider is at the twin; the key is one that must not be seen."""
    monkeypatch.setenv(VENDORS[name].keys[0], "sk-very-secret")
    monkeypatch.setenv(VENDORS[name].urls[0], twin.base_url())


@pytest.mark.parametrize("name", VENDORS)
async def test_a_call_tells_latency_cost_and_request_id(codergen, monkeypatch, name):
    async with serving(name, [Reply(text="ready")]) as twin:
        point(monkeypatch, name, twin)
        code, out, _ = await codergen("provider", "test", "--json")
    [told] = json.loads(out)["tests"]
    assert (code, told["provider"], told["ok"]) == (0, name, True)
    assert told["request_id"]
    assert float(told["cost_usd"]) > 0
    assert told["output_tokens"] > 0
    assert "very-secret" not in out


@pytest.mark.parametrize("name", VENDORS)
async def test_a_price_of_your_own_counts_where_nobody_lists_one(codergen, monkeypatch, name):
    async with serving(name, [Reply(text="ready"), Reply(text="ready")]) as twin:
        point(monkeypatch, name, twin)
        words = ("provider", "test", name, "--model", NEW[name])
        assert "cost unknown" in (await codergen(*words))[1]
        await codergen("model", "price", f"{name}:{NEW[name]}", "--input", "10", "--output", "50")
        assert "$0.0" in (await codergen(*words))[1]


@pytest.mark.parametrize(
    ("fault", "kind", "code", "remedy"),
    [
        ("401", "auth_failed", 8, "check the key in"),
        ("403", "permission_denied", 8, "the key may not do this"),
        ("404", "model_unknown", 2, "codergen provider models"),
        ("429", "rate_limited", 7, "try again later"),
        ("quota", "quota_exhausted", 7, "used up"),
        ("529", "overloaded", 7, "short of capacity"),
    ],
)
@pytest.mark.parametrize("name", VENDORS)
async def test_an_error_and_its_remedy(codergen, monkeypatch, name, fault, kind, code, remedy):
    async with serving(name, [Fault(name=fault)]) as twin:
        point(monkeypatch, name, twin)
        ended, out, _ = await codergen("provider", "test", name)
    assert ended == code
    assert kind in out
    assert remedy in out
    assert "very-secret" not in out


async def test_nobody_listens(codergen, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("CODERGEN_OPENAI_URL", "http://127.0.0.1:9")
    code, out, _ = await codergen("provider", "test", "openai")
    assert code == 7
    assert "is http://127.0.0.1:9/v1 reachable" in out


@pytest.mark.parametrize("name", VENDORS)
async def test_the_service_lists_its_models(codergen, monkeypatch, name):
    async with serving(name, []) as twin:
        point(monkeypatch, name, twin)
        code, out, _ = await codergen("provider", "models", name)
    assert code == 0
    assert VENDORS[name].probe in out.splitlines()


@pytest.mark.parametrize("name", VENDORS)
async def test_a_list_that_is_refused_is_told(codergen, monkeypatch, name):
    paths = ("/v1/models", "/v1beta/models", "/models")
    refusal = Answer(status=401, body={"error": {"type": "authentication_error", "message": "no"}})
    async with serving(name, Script([], answers=dict.fromkeys(paths, refusal))) as twin:
        point(monkeypatch, name, twin)
        code, out, err = await codergen("provider", "models", name)
    assert (code, out) == (8, "")
    assert "401" in err


def test_every_error_that_a_call_may_end_in_has_a_way_out() -> None:
    local = {"not_installed", "offline", "disk_short", "pin_mismatch", "runtime_unsupported", "server_failed"}
    kinds = {error.__new__(error).kind for error in _below(ProviderError)} - local - {"local_model_error", "cancelled"}
    assert kinds <= REMEDIES.keys(), kinds - REMEDIES.keys()


def _below(error: type[ProviderError]) -> list[type[ProviderError]]:
    return [one for direct in error.__subclasses__() for one in (direct, *_below(direct))]
