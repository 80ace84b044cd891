"""What an Endpoint says is what goes out: proxy, certificates, headers, and nothing of the environment."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from pathlib import Path

import openai
import pytest

from providers.errors import BadRequest, BadSetting, NetworkFailed
from providers.openai_responses.sdk import sdk
from providers.registry import Endpoint, connect
from providers.transport import http
from providers.types import ModelRequest, user

TLS = Path(__file__).with_name("tls")
"""A self-signed certificate for 127.0.0.1, for the next hundred years, and its key."""
BODY = b'{"error": {"message": "no", "code": "model_not_found"}}'
REFUSAL = b"HTTP/1.1 404 X\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)


@asynccontextmanager
async def refusing(tls=None):
    """A server that says no to everything; gives its port and the heads of what it was asked."""
    heads = []

    async def answer(reader, writer):
        try:
            heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(REFUSAL)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1], heads


async def call(**fields):
    client = await connect("openai_responses", Endpoint(api_key="key-of-test", timeout=10, **fields))
    try:
        async for _ in client.stream(ModelRequest(model="m", messages=(user("hi"),))):
            pass
    finally:
        await client.close()


async def test_a_proxy_gets_the_whole_address():
    async with refusing() as (port, heads):
        with pytest.raises(BadRequest):
            await call(base_url="http://service.invalid/v1", proxy=f"http://127.0.0.1:{port}")
    assert heads[0].startswith("POST http://service.invalid/v1/responses HTTP/1.1")


async def test_certificates_of_ones_own_are_trusted_and_others_not():
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(TLS / "loopback.pem")
    async with refusing(tls) as (port, heads):
        url = f"https://127.0.0.1:{port}/v1"
        with pytest.raises(BadRequest):
            await call(base_url=url, ca_file=str(TLS / "loopback-ca.pem"))
        assert len(heads) == 1
        with pytest.raises(NetworkFailed):
            await call(base_url=url)
        assert len(heads) == 1


async def test_the_environment_is_not_read(monkeypatch):
    async with refusing() as (port, heads):
        for name, value in {
            "OPENAI_API_KEY": "env-key",
            "OPENAI_ADMIN_KEY": "env-admin",
            "OPENAI_ORG_ID": "env-org",
            "OPENAI_PROJECT_ID": "env-project",
            "OPENAI_CUSTOM_HEADERS": "x-env: env-header",
            "OPENAI_BASE_URL": "http://127.0.0.1:1/env",
            "HTTP_PROXY": "http://127.0.0.1:1",
        }.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(BadRequest):
            await call(base_url=f"http://127.0.0.1:{port}/v1", headers={"x-own": "mine"})
        assert str(sdk(Endpoint()).base_url) == "https://api.openai.com/v1/"
    assert "env" not in heads[0]
    assert "authorization: bearer key-of-test" in heads[0].lower()
    assert "x-own: mine" in heads[0].lower()


@pytest.mark.parametrize("fields", [{"ca_file": "/nowhere.pem"}, {"proxy": "gopher://x"}])
def test_what_cannot_be_used_is_said(fields):
    with pytest.raises(BadSetting, match=next(iter(fields.values()))):
        http(Endpoint(**fields))


def test_the_sdk_does_not_retry():
    assert sdk(Endpoint()).max_retries == 0
    assert openai.DEFAULT_MAX_RETRIES > 0
