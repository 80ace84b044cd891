"""`local`: the openai SDK against an OpenAI-compatible server on loopback; ours, or one that a person runs."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from providers.chat_completions import encode
from providers.chat_completions.decode import ChunkReader
from providers.errors import BadRequest, FeatureMissing, ProviderError
from providers.events import Done, ModelEvent
from providers.failure import provider_error
from providers.local.address import is_loopback
from providers.openai_responses.sdk import FAILURES, AsyncOpenAI, AsyncStream, require_stream, sdk
from providers.registry import Endpoint
from providers.types import ModelInfo, ModelRequest

API = "local"


@dataclass(slots=True)
class LocalClient:
    """One connection pool to one server. Costs nothing, so `cost_usd` is 0."""

    sdk: AsyncOpenAI
    features: frozenset[str]
    context_tokens: int | None
    api: str = API

    def info(self, model: str) -> ModelInfo:
        return ModelInfo(
            id=model,
            context_tokens=self.context_tokens,
            max_output_tokens=self.context_tokens,
            features=self.features,
        )

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        keywords = self._keywords(request)
        reader = ChunkReader(provider=API, model=request.model)
        try:
            answer = cast("AsyncStream[Any]", await self.sdk.chat.completions.create(**keywords))
            async with answer, aclosing(self._chunks(answer)) as chunks:
                request_id = answer.response.headers.get("x-request-id")
                async for chunk in chunks:
                    for event in reader.feed(chunk):
                        yield event
        except ProviderError:
            raise
        except FAILURES as error:
            raise provider_error(error, provider=API, began=reader.began, now=datetime.now(UTC)) from error
        yield Done(response=reader.response(request_id=request_id, cost_usd=Decimal(0)))

    async def _chunks(self, answer: "AsyncStream[Any]") -> AsyncGenerator[Mapping[str, Any], None]:
        require_stream(answer, provider=API)
        async for chunk in answer:
            yield chunk.model_dump() if hasattr(chunk, "model_dump") else chunk

    def _keywords(self, request: ModelRequest) -> dict[str, Any]:
        if request.grammar is not None and "grammar" not in self.features:
            raise FeatureMissing("grammar", provider=API)
        extra = dict(request.options)
        if request.grammar is not None:
            extra["grammar"] = request.grammar
        return {**encode.body(request), "extra_body": extra or None}

    async def close(self) -> None:
        await self.sdk.close()


async def connect(endpoint: Endpoint) -> LocalClient:
    """A client of the server at `base_url`, which must be on loopback: what is called local stays on this machine.

    Options: `features` (what the server is known to have; default tools and grammar), `context_tokens`.
    """
    if not is_loopback(endpoint.base_url):
        raise BadRequest(f"{endpoint.base_url!r} is not on this machine; {API!r} takes loopback addresses only")
    features = frozenset(endpoint.options.get("features", ("tools", "grammar")))
    return LocalClient(sdk=sdk(endpoint), features=features, context_tokens=endpoint.options.get("context_tokens"))
