"""`openai_responses`: the Responses API through the openai SDK. Model ids are the vendor's own.

The SDK makes the request and splits the stream; events are taken as the JSON they came as, because reasoning has to go
back byte for byte and parsing each into a class is most of the cost of a stream.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, cast

from providers import catalog, pricing
from providers.errors import ProviderError
from providers.events import Done, ModelEvent
from providers.failure import provider_error
from providers.openai_responses.decode import EventReader
from providers.openai_responses.encode import keywords
from providers.openai_responses.items import API
from providers.openai_responses.sdk import FAILURES, AsyncOpenAI, AsyncStream, require_stream, sdk
from providers.registry import Endpoint
from providers.types import ModelInfo, ModelRequest

WIRE = frozenset({"tools", "freeform", "images", "documents", "reasoning", "structured_output", "caching"})
"""What the API itself carries: assumed of a model that nobody lists, the service knows better."""
LAST_BYTES = 0.5
"""Seconds that the end of a body may take after the last event; a body read to its end leaves its connection open."""


class Answer(Protocol):
    """What we use of the SDK's `LegacyAPIResponse`; `create` with unpacked keywords has no type of its own."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def parse(self, *, to: type[AsyncStream[object]]) -> AsyncStream[object]: ...


def known(info: ModelInfo) -> ModelInfo:
    """The catalogue's word, with what follows from it here: models that reason take freeform tools (assumed)."""
    if info.context_tokens is None and not info.features:
        features = WIRE
    else:
        features = info.features | ({"freeform"} if "reasoning" in info.features else set[str]())
    return ModelInfo(
        id=info.id,
        context_tokens=info.context_tokens,
        max_output_tokens=info.max_output_tokens,
        features=features,
        efforts=info.efforts,
    )


@dataclass(slots=True)
class ResponsesClient:
    """One connection pool to one address with one key."""

    sdk: AsyncOpenAI
    catalog: catalog.Catalog
    api: str = API

    def info(self, model: str) -> ModelInfo:
        return known(self.catalog.info(API, model))

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        words = keywords(request, self.info(request.model))
        reader = EventReader(provider=API, model=request.model)
        try:
            create = cast("Callable[..., Awaitable[Answer]]", self.sdk.responses.with_raw_response.create)
            raw = await create(**words)
            reader.request_id = raw.headers.get("x-request-id")
            async with raw.parse(to=AsyncStream[object]) as answer:
                require_stream(answer, provider=API)
                async for event in answer:
                    for ours in reader.feed(event):
                        yield ours
                    if reader.whole:
                        break
                await _read_out(answer)
        except ProviderError:
            raise
        except FAILURES as error:
            mapped = provider_error(error, provider=API, began=reader.began, now=datetime.now(UTC))
            mapped.request_id = mapped.request_id or reader.request_id
            raise mapped from error
        price = self.catalog.price(API, request.model) if reader.whole and reader.usual_tier else None
        yield Done(response=reader.response(cost_usd=pricing.cost(price, reader.usage)))

    async def close(self) -> None:
        await self.sdk.close()


async def _read_out(answer: AsyncStream[object]) -> None:
    """Take what follows the last event, so that the connection can serve the next call; it changes nothing else."""
    with suppress(TimeoutError, *FAILURES):
        async with asyncio.timeout(LAST_BYTES):
            async for _ in answer:
                pass


async def connect(endpoint: Endpoint) -> ResponsesClient:
    """A client of the vendor's address, or of `base_url` (with its `/v1`). No options."""
    return ResponsesClient(sdk=sdk(endpoint), catalog=await asyncio.to_thread(catalog.load, endpoint.prices))
