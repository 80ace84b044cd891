"""A model client that is connected when it is first asked, so that a job which needs no model starts no server."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from providers.client import ModelClient
from providers.events import ModelEvent
from providers.types import ModelInfo, ModelRequest


class LazyClient:
    """Stands for a client that `connect` will give; conforms to `ModelClient`."""

    def __init__(self, *, api: str, info: ModelInfo, connect: Callable[[], Awaitable[ModelClient]]) -> None:
        self.api = api
        self._info, self._connect = info, connect
        self._client: ModelClient | None = None
        self._connecting = asyncio.Lock()

    def info(self, model: str) -> ModelInfo:
        """What was known before connecting; the connected client's own word after it."""
        return self._info if self._client is None else self._client.info(model)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Connects first; raises whatever `connect` raises."""
        async with self._connecting:
            if self._client is None:
                self._client = await self._connect()
        async with aclosing(self._client.stream(request)) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        """Close the client if one was connected."""
        if self._client is not None:
            await self._client.close()
