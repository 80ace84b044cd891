"""`litellm_chat`: the long tail of providers behind litellm. Model ids are litellm's own, e.g. `openrouter/x/y`.

litellm costs seconds to import and would look up the network while it does, so it is imported in a worker thread when
a client is made, after the two switches that keep it offline are set. It reads them from the environment only; this
is the one place besides `codergen/settings.py` that touches it, and it only adds.
"""

import asyncio
import importlib
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from providers import catalog
from providers.catalog import Catalog
from providers.chat_completions import encode
from providers.chat_completions.decode import ChunkReader
from providers.effort import nearest
from providers.errors import CutStream, FeatureMissing, GarbledResponse, ProviderError
from providers.events import Done, ModelEvent
from providers.failure import provider_error
from providers.openai_responses.sdk import FAILURES, AsyncOpenAI, sdk
from providers.pricing import cost
from providers.registry import Endpoint
from providers.types import ModelInfo, ModelRequest

API = "litellm_chat"
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_OFFLINE_MODE": "true"}
OWN_CONNECTION = ("openai/",)
"""Routes that litellm serves with an openai client. We hand it ours, so that closing ours closes the socket."""


class Litellm(Protocol):
    """What we use of the module."""

    suppress_debug_info: bool
    telemetry: bool

    async def acompletion(self, **keywords: object) -> Any: ...  # noqa: ANN401 - a class of litellm's, without types


def load() -> Litellm:
    """The module litellm, quiet and offline. Blocks for seconds the first time: call it in a thread."""
    os.environ.update(OFFLINE)
    litellm = cast("Litellm", importlib.import_module("litellm"))
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    return litellm


@dataclass(slots=True)
class LitellmClient:
    """One endpoint and key. litellm's own retries, fallbacks and callbacks are off."""

    litellm: Litellm
    endpoint: Endpoint
    sdk: AsyncOpenAI
    catalog: Catalog
    api: str = API

    def info(self, model: str) -> ModelInfo:
        """Of a model that nobody lists it is assumed that it takes tools, as almost all here do."""
        known = self.catalog.info(API, model)
        return known if known.features else replace(known, features=frozenset({"tools"}))

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        if request.grammar is not None:
            raise FeatureMissing("grammar", provider=API)
        reader = ChunkReader(provider=API, model=request.model)
        try:
            answer = await self.litellm.acompletion(**self._keywords(request))
            async with aclosing(answer):
                async for chunk in answer:
                    for event in reader.feed(chunk.model_dump()):
                        yield event
        except ProviderError:
            raise
        except FAILURES as error:
            raise provider_error(error, provider=API, began=reader.began, now=datetime.now(UTC)) from error
        if not reader.began and not reader.usage.total:
            # litellm makes a good empty answer of a body that is no stream at all.
            raise GarbledResponse(f"{API}: an answer without a piece and without a count", provider=API)
        if not _finished(answer):
            raise CutStream(f"{API}: the stream ended before the answer did", provider=API)
        price = cost(self.catalog.price(API, request.model), reader.usage)
        yield Done(response=reader.response(request_id=_request_id(answer), cost_usd=price))

    def _keywords(self, request: ModelRequest) -> dict[str, Any]:
        own = {"client": self.sdk} if request.model.startswith(OWN_CONNECTION) else {}
        efforts = self.info(request.model).efforts
        thinks = {"reasoning_effort": nearest(request.effort, efforts)} if request.effort and efforts else {}
        return {
            **encode.body(request),
            **thinks,
            **request.options,
            **own,
            "api_key": self.endpoint.api_key,
            "api_base": self.endpoint.base_url or None,
            "timeout": self.endpoint.timeout,
            "max_retries": 0,
            "num_retries": 0,
            "_skip_mcp_handler": True,  # not ours to use, and 1.106 wants its package for any tool
        }

    async def close(self) -> None:
        await self.sdk.close()


def _finished(answer: object) -> bool:
    """Whether the service said why it stopped. litellm 1.106 says "stop" in its place when a stream just ends."""
    names = ("received_finish_reason", "intermittent_finish_reason")
    return not hasattr(answer, names[0]) or any(getattr(answer, name, None) for name in names)


def _request_id(answer: object) -> str | None:
    hidden = cast("Mapping[str, Any]", getattr(answer, "_hidden_params", None) or {})
    headers = cast("Mapping[str, str]", hidden.get("additional_headers") or {})
    return next((value for name, value in headers.items() if name.lower().endswith("request-id")), None)


async def connect(endpoint: Endpoint) -> LitellmClient:
    """A client; imports litellm off the event loop's thread."""
    litellm = await asyncio.to_thread(load)
    known = await asyncio.to_thread(catalog.load, endpoint.prices)
    return LitellmClient(litellm=litellm, endpoint=endpoint, sdk=sdk(endpoint), catalog=known)
