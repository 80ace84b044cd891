"""The openai SDK as a bare wire: no retries, no environment, nothing but what the Endpoint says.

One httpx2 client serves both SDK lines: 3.x is built on httpx2, and 2.54 takes one in place of its httpx (measured).
"""

from typing import Any

import httpx2
from openai import AsyncOpenAI, AsyncStream, OpenAIError

from providers.errors import GarbledResponse
from providers.registry import Endpoint
from providers.transport import http, patience

__all__ = ["FAILURES", "AsyncOpenAI", "AsyncStream", "require_stream", "sdk"]

FAILURES: tuple[type[Exception], ...] = (OpenAIError, httpx2.HTTPError, OSError, ValueError)
"""All that a call may raise, its own classes and those it lets through."""
ADDRESS = "https://api.openai.com/v1"


def sdk(endpoint: Endpoint) -> AsyncOpenAI:
    """A client with a pool of its own.

    What the SDK takes from OPENAI_* variables besides key and address (organization, project, admin key, headers) is
    taken away again.
    """
    client = AsyncOpenAI(
        api_key=endpoint.api_key or "none",
        base_url=endpoint.base_url or ADDRESS,
        max_retries=0,
        timeout=patience(endpoint),
        http_client=http(endpoint),
    )
    client.organization = client.project = client.admin_api_key = None
    client._custom_headers = dict(endpoint.headers)  # pyright: ignore[reportPrivateUsage]
    return client


def require_stream(answer: AsyncStream[Any], *, provider: str) -> None:
    """Raises GarbledResponse when the answer is not a stream of events: the SDK would read it as an empty one."""
    kind = answer.response.headers.get("content-type", "")
    if not kind.startswith("text/event-stream"):
        raise GarbledResponse(
            f"{provider}: the server answered with {kind or 'no type'}, not a stream", provider=provider
        )
