"""A server behind an address: streamable HTTP. What one answer brings is bounded."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.streamable_http import streamable_http_client

from codergen.tools.mcp.config import Server

LARGEST = 16 << 20
"""Bytes of one answer; of an event stream the package bounds each event."""


@asynccontextmanager
async def reached(server: Server) -> AsyncGenerator[TransportStreams]:
    """Raises httpx2.HTTPError."""
    async with (
        httpx2.AsyncClient(
            headers={**server.headers, "Accept-Encoding": "identity"},
            timeout=httpx2.Timeout(30.0, read=server.timeout_s + 30),
            event_hooks={"response": [_bound]},
        ) as http,
        streamable_http_client(server.url, http_client=http) as streams,
    ):
        yield streams


async def _bound(response: httpx2.Response) -> None:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise httpx2.DecodingError("it is packed, which was not asked for", request=response.request)
    if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
        response.stream = _Counted(cast("httpx2.AsyncByteStream", response.stream))


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        room = LARGEST
        async for chunk in self._inner:
            room -= len(chunk)
            if room < 0:
                raise httpx2.ReadError(f"an answer of more than {LARGEST:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
