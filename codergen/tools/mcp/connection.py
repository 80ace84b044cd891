"""One MCP server: started, asked, started again once. Whatever it does, a call has an answer, and in time."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any, cast

from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult, Implementation, ToolListChangedNotification
from mcp_types import Tool as ToolEntry
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from codergen.tools.mcp.config import Server
from codergen.tools.mcp.http import reached
from codergen.tools.mcp.pipe import piped

MOST_TOOLS = 500
MOST_PAGES = 50
RESTARTS = 1
_GRACE = 10.0
"""Seconds to close in."""


class Connection:
    """`open`, then `call` as often as wanted from any task, then `close`. None raises for what a server does."""

    def __init__(self, server: Server, changed: Callable[[], None]) -> None:
        """`changed` is called when the server has other tools than before."""
        self.server = server
        self.tools: tuple[ToolEntry, ...] = ()
        self.problem = ""
        """Why it cannot be used; empty while it can."""
        self._changed = changed
        self._news = asyncio.Event()
        self._client: Client | None = None
        self._owner: asyncio.Task[None] | None = None
        self._stale = ""
        """Why its list of tools may be an old one."""
        self._restarts = 0
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        ready = asyncio.Event()
        self.problem, self._news = "", asyncio.Event()
        self._owner = asyncio.create_task(self._own(ready), name=f"mcp {self.server.name}")
        await ready.wait()

    async def close(self) -> None:
        owner, self._owner, self._client = self._owner, None, None
        if owner is not None:
            owner.cancel()
            await asyncio.wait([owner], timeout=_GRACE)

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> CallToolResult | str:
        """The answer, or a sentence on why there is none."""
        client = await self._usable()
        if client is None:
            return f"The MCP server {self.server.name!r} is gone: {self.problem}."
        limit = self.server.timeout_s
        try:
            async with asyncio.timeout(limit + 2):
                return await client.call_tool(tool, dict(arguments), read_timeout_seconds=limit)
        except TimeoutError:
            return self._slow()
        except MCPError as error:
            if error.code == REQUEST_TIMEOUT:
                return self._slow()
            if error.code != CONNECTION_CLOSED:
                return f"The MCP server {self.server.name!r} refuses: {error.message[:2_000]}"
            why = self.problem or "the connection was closed"
        except Exception as error:  # whatever a server sends must not end the session; it is told with its name
            return f"The MCP server {self.server.name!r} gave an answer that is none: {type(error).__name__}."
        self.problem = why
        return f"The MCP server {self.server.name!r} was lost in this call ({why}); it may have been carried out."

    def _slow(self) -> str:
        return f"The MCP server {self.server.name!r} did not answer within {self.server.timeout_s:g} s."

    async def _usable(self) -> Client | None:
        async with self._lock:
            if self._client is not None and not self.problem:
                return self._client
            if self._owner is None or self._restarts >= RESTARTS:
                return None
            self._restarts += 1
            before = self.problem
            await self.close()
            await self.open()
            if self.problem:
                self.problem = f"{before}; started again: {self.problem}" if before else self.problem
            else:
                self._changed()
            return self._client

    # --- the task that holds the connection open

    async def _own(self, ready: asyncio.Event) -> None:
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(self.server.start_s):
                    client = await stack.enter_async_context(self._connected())
                    self.tools = await _listed(client)
                self._client = client
                ready.set()
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._subscribe(client))
                    group.create_task(self._follow(client))
        except asyncio.CancelledError:
            self.problem = self.problem or "it was closed"
            raise
        except TimeoutError:
            self.problem = self.problem or f"it was not ready within {self.server.start_s:g} s"
        except Exception as error:  # of a server, an SDK and a network; it is told with the server's name
            self.problem = self.problem or _reason(error)
        finally:
            self._client = None
            ready.set()

    def _connected(self) -> Client:
        server = self.server
        transport = piped(server, self._lost) if server.command else reached(server)
        return Client(
            transport,
            message_handler=self._message,
            client_info=Implementation(name="codergen", version="1"),
            read_timeout_seconds=server.timeout_s,
            cache=None,
        )

    def _lost(self, why: str) -> None:
        self.problem = self.problem or why

    async def _message(self, message: object) -> None:
        if isinstance(message, ToolListChangedNotification):
            self._news.set()

    async def _subscribe(self, client: Client) -> None:
        """Newer servers tell of changes only when they are asked to."""
        if client.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            return
        with suppress(Exception):  # a server that cannot tell is used with the tools it had
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    self._news.set()

    async def _follow(self, client: Client) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                self.tools = await _listed(client)
            except Exception as error:  # it keeps the tools it had; a call will say what is wrong
                self._stale = _reason(error)
            else:
                self._changed()


async def _listed(client: Client) -> tuple[ToolEntry, ...]:
    """All pages, within bounds."""
    found: list[ToolEntry] = []
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if cursor is None or len(found) >= MOST_TOOLS:
            break
    return tuple(found[:MOST_TOOLS])


def _reason(error: BaseException) -> str:
    """The innermost reason of a group."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300]}" if text else type(error).__name__
