from dataclasses import replace
from pathlib import Path

import pytest

from providers.errors import NotInstalled
from providers.local import ladder
from providers.local.ladder import Answering, Found, decide
from providers.local.places import Places
from providers.registry import Endpoint
from providers.twin.front import Answer
from providers.twin.script import Script
from providers.twin.serving import serving

NOTHING = Found()


def listing_of(body):
    """A server whose model list says that."""
    return serving("chat", Script([], answers={"/v1/models": Answer(body=body)}))


URL = "http://127.0.0.1:9/v1"
ANSWERING = Answering(models=("a", "b"), llama_cpp=True, context_tokens=4096)
INSTALLED = Found(runtime=Path("rt"), installed=(("qwen", Path("q.gguf"), 8192), ("tiny", Path("t.gguf"), 4096)))


@pytest.mark.parametrize(
    ("found", "rung", "api", "model"),
    [
        (
            Found(
                configured="litellm:openai/gpt-x", endpoint=Endpoint(api_key="k"), local_url=URL, answering=ANSWERING
            ),
            "configured",
            "litellm_chat",
            "openai/gpt-x",
        ),
        (
            Found(configured="anthropic:claude-x", endpoint=Endpoint(api_key="k")),
            "configured",
            "anthropic_messages",
            "claude-x",
        ),
        (replace(INSTALLED, local_url=URL, answering=ANSWERING), "loopback", "local", "a"),
        (Found(local_url=URL, answering=ANSWERING, local_model="b"), "loopback", "local", "b"),
        (replace(INSTALLED, gguf=Path("my.gguf"), gguf_is_file=True), "gguf", "local", "my"),
        (INSTALLED, "installed", "local", "qwen"),
    ],
)
def test_the_first_rung_that_holds(found, rung, api, model):
    source = decide(found).source
    assert (source.rung, source.api, source.model) == (rung, api, model)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (Found(configured="gpt-x", endpoint=Endpoint(api_key="k")), "is not anthropic:MODEL or gemini:MODEL"),
        (Found(configured="litellm:openai/gpt-x"), "needs a key in CODERGEN_MODEL_KEY or OPENAI_API_KEY"),
        (Found(configured="gemini:g"), "needs a key in CODERGEN_MODEL_KEY or GEMINI_API_KEY or GOOGLE_API_KEY"),
        (Found(local_url="http://example.org/v1"), "does not point to this machine"),
        (Found(local_url=URL), "no OpenAI-compatible server answers"),
        (Found(local_url=URL, answering=ANSWERING, local_model="c"), "serves a, b, not c"),
        (Found(gguf=Path("my.gguf")), "is not a file"),
        (Found(gguf=Path("my.gguf"), gguf_is_file=True), "the runtime is not installed"),
    ],
)
def test_what_was_asked_for_is_never_silently_replaced(found, why):
    """Each of these also has an installed model, which must not be taken instead."""
    runtime = found.runtime if found.gguf else INSTALLED.runtime
    choice = decide(replace(found, runtime=runtime, installed=INSTALLED.installed))
    assert choice.source is None
    assert why in choice.why
    assert choice.remedy


def test_nothing_tells_every_reason_and_a_way_out():
    choice = decide(NOTHING)
    assert choice.source is None
    assert [passed.rung for passed in choice.passed] == ["configured", "loopback", "gguf", "installed"]
    assert "codergen local install" in choice.remedy


def test_grammar_is_promised_only_where_llama_cpp_serves():
    def features(llama_cpp):
        found = Found(local_url=URL, answering=replace(ANSWERING, llama_cpp=llama_cpp))
        return decide(found).source.endpoint.options["features"]

    assert "grammar" in features(True)
    assert "grammar" not in features(False)


def test_a_key_is_never_printed():
    found = Found(configured="litellm:openai/gpt-x", endpoint=Endpoint(api_key="sk-very-secret"))
    assert "very-secret" not in repr(found)
    assert "very-secret" not in repr(decide(found))


async def test_look_reads_settings_and_asks_the_loopback_server(tmp_path):
    listing = {"data": [{"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 512}}]}
    async with listing_of(listing) as twin:
        environ = {"CODERGEN_LOCAL_URL": twin.base_url(), "CODERGEN_LOCAL_KEY": "k"}
        found = await ladder.look(environ, Places(data=tmp_path))
        assert twin.seen[0].call.path == "/v1/models"
        assert twin.seen[0].call.headers["authorization"] == "Bearer k"
    assert found.answering == Answering(models=("m",), llama_cpp=True, context_tokens=512)


@pytest.mark.parametrize("body", ["<html>", {"data": "x"}, {"data": [7]}, []])
async def test_what_is_no_listing_is_no_server(body):
    async with listing_of(body) as twin:
        assert await ladder.ask(twin.base_url(), "") is None


async def test_the_key_of_the_route_is_used(tmp_path):
    environ = {"CODERGEN_MODEL": "litellm:gemini/x", "GEMINI_API_KEY": "g", "OPENAI_API_KEY": "o"}
    assert (await ladder.look(environ, Places(data=tmp_path))).endpoint.api_key == "g"


async def test_opening_nothing_says_what_to_do(tmp_path):
    with pytest.raises(NotInstalled, match="codergen local install") as caught:
        await ladder.open_source({}, tmp_path)
    assert caught.value.exit_code == 7


@pytest.mark.parametrize(
    ("environ", "api_key", "base_url"),
    [
        ({"CODERGEN_MODEL": "anthropic:m", "ANTHROPIC_API_KEY": "k"}, "k", ""),
        ({"CODERGEN_MODEL": "anthropic:m", "ANTHROPIC_API_KEY": "k", "CODERGEN_MODEL_KEY": "own"}, "own", ""),
        ({"CODERGEN_MODEL": "openai:m", "CODERGEN_MODEL_URL": "http://127.0.0.1:9"}, "", "http://127.0.0.1:9/v1"),
        ({"CODERGEN_MODEL": "gemini:m", "GOOGLE_API_KEY": "g"}, "g", ""),
        (
            {"CODERGEN_MODEL": "litellm:groq/m", "GROQ_API_KEY": "q", "CODERGEN_MODEL_URL": "http://x/v9"},
            "q",
            "http://x/v9",
        ),
    ],
)
async def test_where_a_configured_provider_is_reached(environ, api_key, base_url, tmp_path):
    found = await ladder.look(environ, Places(data=tmp_path))
    assert (found.endpoint.api_key, found.endpoint.base_url) == (api_key, base_url)
