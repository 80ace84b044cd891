"""`gemini_generate`: the client. Thin I/O around `encode`, `decode` and `failure`.

google-genai reads the environment for what it is not told, and takes aiohttp when it finds it: key, address, version
and both HTTP clients are always given. It closes an answer only when its nested generators are collected, so the
answer of each call is kept here and closed by hand.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, cast
from uuid import uuid4

import httpx2
from google import genai
from google.genai import types
from pydantic import ValidationError

from providers import pricing
from providers.catalog import Catalog, load
from providers.errors import AuthFailed, BadRequest, Cancelled, ProviderError
from providers.events import Done, ModelEvent
from providers.gemini_generate import encode
from providers.gemini_generate.contents import API
from providers.gemini_generate.decode import ChunkReader
from providers.gemini_generate.failure import provider_error
from providers.registry import Endpoint
from providers.transport import http, patience
from providers.types import ModelInfo, ModelRequest

BASE_URL = "https://generativelanguage.googleapis.com"
VERSION = "v1beta"
"""Of the API; `Endpoint.options["api_version"]` has another."""
CALL = "x-codergen-call"
"""Marks a request on its way through the SDK; taken off before it is sent."""

FAILURES = (
    genai.errors.APIError,
    genai.errors.ContinuationInterruptedError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.CookieConflict,
    httpx2.InvalidURL,
    OSError,
    AttributeError,
    KeyError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the SDK and its transport raise, odd bodies included."""


class Models(Protocol):
    """What we use of `genai.Client().aio.models`, whose own types are incomplete."""

    async def generate_content_stream(
        self, *, model: str, contents: list[types.Content], config: types.GenerateContentConfig
    ) -> AsyncGenerator[types.GenerateContentResponse, None]: ...


@dataclass(slots=True)
class Line:
    """The HTTP client of one endpoint, and which answers are open."""

    http: httpx2.AsyncClient
    timeout: httpx2.Timeout
    answers: dict[str, list[httpx2.Response]] = field(default_factory=dict[str, list[httpx2.Response]])

    def __post_init__(self) -> None:
        self.http.event_hooks = {"request": [self._sent], "response": [self._answered]}

    async def _sent(self, request: httpx2.Request) -> None:
        """The SDK sends one number as every timeout, or none at all: ours are put back."""
        request.extensions = {
            **request.extensions,
            "timeout": self.timeout.as_dict(),
            CALL: request.headers.pop(CALL, ""),
        }

    async def _answered(self, response: httpx2.Response) -> None:
        self.answers.get(str(response.request.extensions.get(CALL)), []).append(response)

    async def hang_up(self, call: str) -> None:
        for response in self.answers.pop(call, []):
            await response.aclose()


@dataclass(slots=True)
class GeminiClient:
    """One endpoint and key."""

    sdk: genai.Client
    line: Line
    catalog: Catalog
    api: str = API

    def info(self, model: str) -> ModelInfo:
        return self.catalog.info(API, model)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        if self.line.http.is_closed:
            raise Cancelled(f"{API}: the client is closed", provider=API)
        call = uuid4().hex
        asked = _typed(encode.keywords(request, self.info(request.model)), call)
        reader = ChunkReader(model=request.model, salt=call[:12])
        self.line.answers[call] = []
        try:
            models = cast("Models", self.sdk.aio.models)
            async with aclosing(await models.generate_content_stream(**asked)) as chunks:
                async for chunk in chunks:
                    for event in reader.feed(_dumped(chunk)):
                        yield event
        except ProviderError:
            raise
        except FAILURES as error:
            if self.line.http.is_closed:
                raise Cancelled(f"{API}: the client was closed", provider=API) from error
            answered = bool(self.line.answers[call])
            raise provider_error(error, answered=answered, began=reader.began, now=datetime.now(UTC)) from error
        finally:
            await self.line.hang_up(call)
        price = self.catalog.price(API, request.model)
        yield Done(response=reader.response(cost_usd=pricing.cost(price, reader.counted)))

    async def close(self) -> None:
        await self.line.http.aclose()


def _typed(keywords: dict[str, Any], call: str) -> dict[str, Any]:
    """Our mappings as the SDK's types. Raises BadRequest for options that it does not know."""
    config: dict[str, Any] = keywords["config"]
    options: dict[str, Any] = config.get("http_options") or {}
    options = {**options, "headers": {**(options.get("headers") or {}), CALL: call}}
    try:
        return {
            "model": keywords["model"],
            "contents": [types.Content.model_validate(content) for content in keywords["contents"]],
            "config": types.GenerateContentConfig.model_validate({**config, "http_options": options}),
        }
    except ValidationError as error:
        raise BadRequest(f"{API}: {error}", provider=API, code="bad_options") from error


def _dumped(chunk: types.GenerateContentResponse) -> dict[str, Any]:
    return chunk.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"sdk_http_response"})


def _quiet() -> None:
    """google-genai warns of keys in the environment, which it is told not to use: not on a person's screen."""
    logger = logging.getLogger("google_genai")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _open(endpoint: Endpoint) -> GeminiClient:
    if not endpoint.api_key:
        # The SDK would look for one in the environment.
        raise AuthFailed(f"{API}: no API key", provider=API, code="no_key")
    _quiet()
    line = Line(http=http(endpoint), timeout=patience(endpoint))
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    options = types.HttpOptions(
        base_url=endpoint.base_url or BASE_URL,
        api_version=str(endpoint.options.get("api_version", VERSION)),
        headers=dict(endpoint.headers),
        retry_options=types.HttpRetryOptions(attempts=1),
        httpx_async_client=line.http,
        # For calls that we never make. Without them the SDK makes its own, slowly, and by the environment.
        httpx_client=httpx2.Client(verify=nobody, trust_env=False),
        async_client_args={"ssl": nobody},
    )
    sdk = genai.Client(api_key=endpoint.api_key, enterprise=False, vertexai=False, http_options=options)
    return GeminiClient(sdk=sdk, line=line, catalog=load(endpoint.prices))


async def connect(endpoint: Endpoint) -> GeminiClient:
    """A client. Certificates and the catalogue are read off the event loop's thread."""
    return await asyncio.to_thread(_open, endpoint)
