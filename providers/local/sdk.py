"""The openai SDK as a bare wire: no retries, no environment, nothing but the address and key that it is given."""

import httpx2
from openai import AsyncOpenAI, AsyncStream, OpenAIError

from providers.registry import Endpoint

__all__ = ["FAILURES", "AsyncOpenAI", "AsyncStream", "sdk"]

FAILURES: tuple[type[Exception], ...] = (OpenAIError, httpx2.HTTPError, OSError, ValueError)
"""All that a call may raise, its own classes and those it lets through."""


def sdk(endpoint: Endpoint, *, trust_env: bool) -> AsyncOpenAI:
    """A client with a pool of its own. `trust_env` is whether proxies of the environment apply."""
    timeout = httpx2.Timeout(endpoint.timeout, connect=endpoint.connect_timeout)
    return AsyncOpenAI(
        api_key=endpoint.api_key or "none",
        base_url=endpoint.base_url or None,
        max_retries=0,
        timeout=timeout,
        http_client=httpx2.AsyncClient(timeout=timeout, trust_env=trust_env),
    )
