"""`anthropic_messages`: Claude models through the package anthropic, always streaming.

`Endpoint.base_url` is without `/v1`; empty is the vendor's own address.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import httpx2
from anthropic import AnthropicError, AsyncAnthropic, AsyncStream, BaseModel, Omit
from anthropic.types import RawMessageStreamEvent

from providers import catalog
from providers.anthropic_messages.decode import EventReader
from providers.anthropic_messages.encode import keywords
from providers.anthropic_messages.facts import API, facts
from providers.catalog import Catalog
from providers.errors import Cancelled, GarbledResponse, ProviderError
from providers.events import Done, ModelEvent
from providers.failure import provider_error
from providers.registry import Endpoint
from providers.transport import http
from providers.types import ModelInfo, ModelRequest

ADDRESS = "https://api.anthropic.com"
"""The SDK's own; named, because without a name it would look into the environment."""
DRAIN = 1.0
"""Seconds to wait for the end of a body whose answer is whole, so that its connection can be used again."""
FAILURES: tuple[type[Exception], ...] = (AnthropicError, httpx2.HTTPError, httpx2.StreamError, OSError, ValueError)
"""All that a call may raise: the SDK's classes, and what it lets through from below (a cut stream among it)."""

_Stream = AsyncStream[RawMessageStreamEvent]


@dataclass(slots=True)
class MessagesClient:
    """One endpoint and key."""

    sdk: AsyncAnthropic
    endpoint: Endpoint
    catalog: Catalog
    api: str = API

    def info(self, model: str) -> ModelInfo:
        return self.catalog.info(API, model)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Raises Cancelled when this client was closed."""
        reader = EventReader(model=request.model)
        asked = keywords(request, facts(self.info(request.model)), self.endpoint.headers)
        request_id: str | None = None
        try:
            if self.sdk.is_closed():
                raise Cancelled(f"{API}: the client is closed", provider=API)
            opened = cast("_Stream", await self.sdk.messages.create(**asked))
            async with opened as answer:
                request_id = answer.response.headers.get("request-id")
                _check_stream(answer.response)
                async for event in answer:
                    for found in reader.feed(_wire(event)):
                        yield found
                    if reader.done:
                        break
                await _drain(answer)
        except ProviderError as error:
            error.request_id = error.request_id or request_id
            raise
        except FAILURES as error:
            raise self._error(error, began=reader.began, request_id=request_id) from error
        yield Done(response=reader.response(request_id=request_id, price=self.catalog.price(API, request.model)))

    def _error(self, error: Exception, *, began: bool, request_id: str | None) -> ProviderError:
        if self.sdk.is_closed():
            return Cancelled(f"{API}: the client was closed", provider=API, request_id=request_id)
        found = provider_error(error, provider=API, began=began, now=datetime.now(UTC))
        found.request_id = found.request_id or request_id
        return found

    async def close(self) -> None:
        await self.sdk.close()


def _wire(event: object) -> object:
    """An event as the JSON it came as; kinds and fields that are newer than the SDK included."""
    return event.to_dict(warnings=False) if isinstance(event, BaseModel) else event


def _check_stream(response: httpx2.Response) -> None:
    kind = response.headers.get("content-type", "")
    if not kind.startswith("text/event-stream"):
        raise GarbledResponse(f"{API}: the answer is {kind or 'of no kind'}, not a stream", provider=API)


async def _drain(answer: _Stream) -> None:
    """Read on to the end of the body; a server that does not end it is not waited for."""
    with suppress(TimeoutError, *FAILURES):
        async with asyncio.timeout(DRAIN):
            async for _ in answer:
                pass


def sdk(endpoint: Endpoint) -> AsyncAnthropic:
    """The package's client as a bare wire: no retries, no traces, no environment."""
    client = AsyncAnthropic(
        api_key=endpoint.api_key,
        base_url=endpoint.base_url or ADDRESS,
        timeout=httpx2.Timeout(endpoint.timeout, connect=endpoint.connect_timeout),
        max_retries=0,
        open_telemetry=False,
        http_client=http(endpoint),
    )
    # The constructor also reads ANTHROPIC_CUSTOM_HEADERS, and has no word to forbid it.
    own = endpoint.headers if endpoint.api_key else {"authorization": Omit(), **endpoint.headers}
    client._custom_headers = cast("Mapping[str, str]", own)  # pyright: ignore[reportPrivateUsage]
    return client


def _opened(endpoint: Endpoint) -> MessagesClient:
    return MessagesClient(sdk=sdk(endpoint), endpoint=endpoint, catalog=catalog.load(endpoint.prices))


async def connect(endpoint: Endpoint) -> MessagesClient:
    """A client; certificates and the catalogue are read off the event loop's thread. Raises BadSetting."""
    return await asyncio.to_thread(_opened, endpoint)
