"""All MCP servers of a session: `Servers` is what a `ToolSet` takes as `more`."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

from pydantic import Field

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult, spec
from codergen.tools.mcp.config import Server
from codergen.tools.mcp.connection import Connection
from codergen.tools.mcp.names import LOADED, find, lazy
from codergen.tools.mcp.tool import ServerTool
from providers.types import ToolSpec


@asynccontextmanager
async def opened(
    servers: Sequence[Server], *, window: int | None, own_search: bool = True
) -> AsyncGenerator["Servers"]:
    """Start them all, together; those that fail are named in `problems`. `window`: tokens of the model's context.
    `own_search` is off where a family's own tool searches in `deferred`."""
    found = Servers(servers, window=window, own_search=own_search)
    try:
        await found.open()
        yield found
    finally:
        await found.close()


class Servers:
    def __init__(self, servers: Sequence[Server], *, window: int | None, own_search: bool) -> None:
        self._connections = tuple(Connection(server, self._changed) for server in servers)
        self._busy = {server.name: asyncio.Lock() for server in servers}
        self._window, self._own_search = window, own_search
        self._tools: dict[str, ServerTool] = {}
        self._told: dict[str, ToolSpec] = {}
        """What the model was told, in the order of telling: it only grows, and no entry changes."""
        self.lazy = False
        """Only names are told until a tool is searched for."""

    async def open(self) -> None:
        await asyncio.gather(*(connection.open() for connection in self._connections))
        self._changed()
        self.lazy = lazy([tool.spec for tool in self._tools.values()], self._window)
        if self.lazy and self._own_search:
            search = spec(ToolSearch(self))
            self._told[search.name] = search

    async def close(self) -> None:
        await asyncio.gather(*(connection.close() for connection in self._connections))

    @property
    def problems(self) -> tuple[str, ...]:
        """For people."""
        return tuple(f"MCP server {c.server.name!r}: {c.problem}" for c in self._connections if c.problem)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._tools)

    def get(self, name: str) -> "ServerTool | ToolSearch | None":
        if name == ToolSearch.name and name in self._told:
            return ToolSearch(self)
        return self._tools.get(name)

    def offered(self, loaded: Iterable[str] = ()) -> tuple[ToolSpec, ...]:
        """To be told after all other tools. `loaded` are names that were searched for; of those that a resumed session
        finds again, the order is kept."""
        for name in loaded if self.lazy else self._tools:
            self._tell(name)
        return tuple(self._told.values())

    def deferred(self) -> tuple[ToolSpec, ...]:
        """What can be searched for: all that was not told."""
        return tuple(tool.spec for name, tool in self._tools.items() if name not in self._told) if self.lazy else ()

    def load(self, query: str, most: int) -> tuple[ToolSpec, ...]:
        """Find tools, and tell them from now on."""
        hits = find(query, [tool.spec for tool in self._tools.values()], most)
        for hit in hits:
            self._tell(hit.name)
        return hits

    @property
    def loaded(self) -> list[str]:
        return [name for name in self._told if name in self._tools]

    def _tell(self, name: str) -> None:
        tool = self._tools.get(name)
        if tool is not None and name not in self._told:
            self._told[name] = tool.spec

    def _changed(self) -> None:
        """The tools that there are now. One that went away stays known: its calls are answered by its server."""
        for connection in self._connections:
            for entry in connection.tools:
                tool = ServerTool(connection, entry, self._busy[connection.server.name])
                self._tools[tool.name] = tool


class ToolSearchArguments(Arguments):
    query: Annotated[str, Field(min_length=1, description="Names of tools, or words that say what is needed.")]
    max_results: Annotated[int, Field(ge=1, le=20, description="How many at most.")] = 5


class ToolSearch:
    """For families that have no such tool of their own."""

    name = "tool_search"
    arguments = ToolSearchArguments

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self.description = (
            "Load tools that are known by name only. What is found can be called from the next step on. There are: "
            + ", ".join(servers.names)
        )

    def intent(self, args: ToolSearchArguments, /) -> Intent:
        return Intent(act="plan")

    async def run(self, args: ToolSearchArguments, context: ToolContext, /) -> ToolResult:
        hits = self._servers.load(args.query, args.max_results)
        if not hits:
            return ToolResult(content=f"No tool fits. There are: {', '.join(self._servers.names)}")
        told = [{"name": s.name, "description": s.description, "parameters": dict(s.parameters)} for s in hits]
        lines = "\n".join(json.dumps(one, ensure_ascii=False) for one in told)
        return ToolResult(
            content=f"Loaded:\n{lines}",
            details={"tools": [hit.name for hit in hits]},
            state={"notes": {LOADED: self._servers.loaded}},
        )
