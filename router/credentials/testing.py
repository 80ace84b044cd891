"""For tests of the proxy: a vendor on loopback that does what it is told, down to a cut in mid-event, and a client of a
gateway's socket. For behaviour true to an API use the twins."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import httpx2

from providers.catalog import Catalog
from providers.registry import Endpoint
from router.credentials.gateway import Gateway
from router.credentials.values import Credential

KEY = "real-key-5f0c"
CATALOG = Catalog(
    rows={
        "known": {"input_cost_per_token": 1e-05, "output_cost_per_token": 1e-04, "max_output_tokens": 1000},
        "endless": {"input_cost_per_token": 1e-05, "output_cost_per_token": 1e-04},
    }
)

Act = Callable[["Call"], Awaitable[None]]


@dataclass(slots=True)
class Call:
    """One request as the vendor got it, and its pen for the answer."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    writer: asyncio.StreamWriter

    async def head(self, status: int = 200, kind: str = "text/event-stream", **more: str) -> None:
        lines = [f"HTTP/1.1 {status} OK", f"content-type: {kind}", "transfer-encoding: chunked", "connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.writer.drain()

    async def piece(self, data: bytes) -> None:
        self.writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await self.writer.drain()

    async def event(self, value: object) -> None:
        await self.piece(f"data: {json.dumps(value)}\n\n".encode())

    async def end(self) -> None:
        await self.piece(b"")

    async def whole(self, status: int, value: object, **more: str) -> None:
        await self.head(status, "application/json", **more)
        await self.piece(value if isinstance(value, bytes) else json.dumps(value).encode())
        await self.end()


@dataclass(slots=True)
class Vendor:
    """`acts` are played in order, one for each call; a call more is answered with 418."""

    url: str
    acts: list[Act] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a caller hung up in mid-answer."""

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, target, _ = head[0].split(" ")
            call = Call(method=method, target=target, headers=headers, body=body, writer=writer)
            self.calls.append(call)
            if not self.acts:
                await call.whole(418, {})
                return
            act = asyncio.ensure_future(self.acts.pop(0)(call))
            left = asyncio.ensure_future(reader.read(1))
            await asyncio.wait({act, left}, return_when=asyncio.FIRST_COMPLETED)
            if not act.done():
                self.gone.set()
                act.cancel()
            left.cancel()
            await asyncio.gather(act, left, return_exceptions=True)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.gone.set()
        finally:
            writer.close()


@asynccontextmanager
async def vendor_on_loopback() -> AsyncGenerator[Vendor]:
    """For the time of the block, on a free port."""
    seen = Vendor(url="")
    server = await asyncio.start_server(seen.accept, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield seen
    finally:
        server.close()


def credential(url: str, api: str = "anthropic_messages", key: str = KEY) -> Credential:
    return Credential(api=api, endpoint=Endpoint(base_url=url, api_key=key, connect_timeout=2))


@asynccontextmanager
async def tool(gateway: Gateway) -> AsyncGenerator[httpx2.AsyncClient]:
    """What the command-line tool in the box would be: a client that has the placeholder."""
    through = httpx2.AsyncHTTPTransport(uds=str(gateway.socket))
    async with httpx2.AsyncClient(transport=through, base_url="http://box", trust_env=False, timeout=15) as http:
        http.headers["x-api-key"] = gateway.placeholder
        yield http


def question(model: str = "known", **more: object) -> dict[str, object]:
    return {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}], **more}


START = {"type": "message_start", "message": {"usage": {"input_tokens": 20, "output_tokens": 1}}}
WORD = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word"}}
USED = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}
STOP = {"type": "message_stop"}
COST = Decimal("0.0009")
"""Of START and USED at the price of `known`."""


async def good(call: Call) -> None:
    await call.head(request_id="req_1")
    for event in (START, WORD, USED, STOP):
        await call.event(event)
    await call.end()
