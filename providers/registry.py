"""Api name -> client. The table holds names only: an SDK is imported when a client of it is first asked for."""

import asyncio
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, cast

from providers.client import ModelClient
from providers.errors import BadRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a client connects. Everything explicit: no client reads the environment or a credentials file."""

    base_url: str = ""
    """Empty is the provider's own address, where it has one."""
    api_key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Sent with every request, beside the client's own."""
    timeout: float = 600.0
    """Seconds without a byte: between two events too, and reasoning models are silent for minutes."""
    connect_timeout: float = 10.0
    proxy: str = ""
    """URL of an HTTP proxy; empty is none."""
    ca_file: str = ""
    """PEM file with the certificates to trust; empty is the usual ones."""
    prices: Path | None = None
    """File with prices that the user stated, see `providers.catalog`."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Facts for one api, listed in its client module."""


class _ClientModule(Protocol):
    async def connect(self, endpoint: Endpoint) -> ModelClient: ...


MODULES: Mapping[str, str] = MappingProxyType(
    {
        "anthropic_messages": "providers.anthropic_messages.client",
        "gemini_generate": "providers.gemini_generate.client",
        "litellm_chat": "providers.litellm_chat.client",
        "local": "providers.local.client",
        "openai_responses": "providers.openai_responses.client",
    }
)
"""Each module has `async def connect(endpoint) -> ModelClient`."""


async def connect(api: str, endpoint: Endpoint, *, modules: Mapping[str, str] = MODULES) -> ModelClient:
    """A client of `api`. Its SDK takes seconds to import, so that happens in a worker thread."""
    if api not in modules:
        raise BadRequest(f"no model API is named {api!r}; there are: {', '.join(sorted(modules))}", code="unknown_api")
    module = cast("_ClientModule", await asyncio.to_thread(importlib.import_module, modules[api]))
    return await module.connect(endpoint)
