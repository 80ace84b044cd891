"""The seam to every model API."""

from collections.abc import AsyncGenerator
from typing import Protocol

from providers.events import ModelEvent
from providers.types import ModelInfo, ModelRequest


class ModelClient(Protocol):
    """One connection to one API. Never retries: whoever calls decides, with `providers.retry`."""

    api: str
    """Name in `providers.registry`."""

    def info(self, model: str) -> ModelInfo: ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Events until `Done`. Raises ProviderError. Closing the generator or cancelling the task closes the socket."""
        ...

    async def close(self) -> None: ...
