"""uvicorn on a loopback port inside a running event loop: up and down in milliseconds, connections that can be reset.

Uses uvicorn's protocol and state without its `Server`, which installs signal handlers and sleeps when it ends.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Emit = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Emit], Awaitable[None]]
RESET = "codergen.reset"
"""Extension of the ASGI scope: call it, and the connection is reset."""


class _Protocol(H11Protocol):
    """Lets the application reset its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        def reset() -> None:
            sock: socket.socket = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

        async def app(scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable") -> None:
            cast("Message", scope)["extensions"] = {RESET: reset}
            await inner(scope, receive, send)

        self.app = app


@asynccontextmanager
async def listening(app: App, *, port: int = 0) -> AsyncGenerator[str, None]:
    """Serve `app` on loopback for the time of the block; gives the URL. What is still answered at the end is cut."""
    config = Config(
        cast("ASGI3Application", app),
        lifespan="off",
        ws="none",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=60,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: _Protocol(config=config, server_state=state, app_state={}), host="127.0.0.1", port=port
    )
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()
        for task in state.tasks:
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        for connection in list(state.connections):
            with contextlib.suppress(AttributeError):  # not connected yet
                cast("H11Protocol", connection).transport.abort()
        await listener.wait_closed()


async def whole_body(receive: Receive) -> bytes:
    """The body of one request."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)
