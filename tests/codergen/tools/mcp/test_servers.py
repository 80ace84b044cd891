"""Real small servers over pipes and loopback HTTP, well and badly behaved."""

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.mcp.config import Server
from codergen.tools.mcp.names import LOADED
from codergen.tools.mcp.servers import Servers, opened
from codergen.tools.registry import ToolSet

pytestmark = pytest.mark.timeout(90)  # each server is a Python that loads the package

PROGRAM = Path(__file__).with_name("server.py")
WINDOW = 200_000
LOCAL = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "ONLY": "this"}


def small(temper: str = "well", *more: str, **changes: Any) -> Server:
    server = Server(name="small", command=(sys.executable, str(PROGRAM), temper, *more), env=LOCAL, timeout_s=10)
    return replace(server, **changes)


async def call(servers: Servers, context: ToolContext, tool: str, **arguments: Any) -> ToolResult:
    found: Any = servers.get(f"mcp__small__{tool}")
    assert found is not None
    return await found.run(found.arguments.model_validate(arguments), context)


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.02)


async def test_a_server_is_listed_and_called(context: ToolContext) -> None:
    async with opened([small()], window=WINDOW) as servers:
        assert servers.problems == ()
        specs = {spec.name: spec for spec in servers.offered()}
        assert specs["mcp__small__add"].description == "Add two numbers."
        assert specs["mcp__small__add"].parameters["properties"]["a"]["type"] == "integer"
        assert specs["mcp__small__add"].parameters["required"] == ["a", "b"]
        added = await call(servers, context, "add", a=2, b=3)
        assert (added.content, added.is_error) == ("5", None)
        failed = await call(servers, context, "fail")
        assert (failed.is_error, "no such thing" in failed.content) == (True, True)
        wrong = await call(servers, context, "add", a="x")
        assert wrong.is_error is True
        seen = await call(servers, context, "picture")
        assert [(part.media_type, part.data) for part in seen.media] == [("image/png", "iVBORw0KGgo=")]


async def test_a_server_gets_the_environment_it_was_given_and_no_other(context: ToolContext) -> None:
    async with opened([small()], window=WINDOW) as servers:
        given = (await call(servers, context, "environment")).details["structured"]
    assert {key: value for key, value in given.items() if key not in {"LC_CTYPE", "PWD", "SHLVL", "_"}} == LOCAL


async def test_one_that_dies_is_started_again_once(context: ToolContext) -> None:
    async with opened([small()], window=WINDOW) as servers:
        lost = await call(servers, context, "die")
        assert lost.is_error is True
        assert "'small' was lost in this call (it ended with status 3; its last words: I am dying)" in lost.content
        assert (await call(servers, context, "add", a=1, b=1)).content == "2"
        assert (await call(servers, context, "die")).is_error is True
        gone = await call(servers, context, "add", a=1, b=1)
        assert (gone.is_error, gone.content.startswith("The MCP server 'small' is gone: it ended")) == (True, True)
        assert servers.problems[0].startswith("MCP server 'small': it ended with status 3")


async def test_one_that_cannot_be_started_again_says_both_reasons(context: ToolContext, tmp_path: Path) -> None:
    async with opened([small("once", str(tmp_path))], window=WINDOW) as servers:
        await call(servers, context, "die")
        gone = await call(servers, context, "add", a=1, b=1)
        assert (
            "it ended with status 3; its last words: I am dying; started again: it ended with status 4" in gone.content
        )


async def test_one_that_hangs_is_waited_for_no_longer_than_allowed(context: ToolContext) -> None:
    async with opened([small(timeout_s=0.5)], window=WINDOW) as servers:
        begun = time.monotonic()
        slow = await call(servers, context, "hang")
        assert (slow.is_error, slow.content) == (True, "The MCP server 'small' did not answer within 0.5 s.")
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("tool", "why"), [("flood", "lines that nobody asked for"), ("long_line", "it wrote a line of more than")]
)
async def test_one_that_floods_is_ended(context: ToolContext, tool: str, why: str) -> None:
    async with opened([small(timeout_s=15)], window=WINDOW) as servers:
        flooded = await call(servers, context, tool)
        assert (flooded.is_error, why in flooded.content) == (True, True), flooded.content
        assert (await call(servers, context, "add", a=1, b=1)).content == "2"


async def test_one_that_writes_garbage_between_is_still_understood(context: ToolContext) -> None:
    async with opened([small()], window=WINDOW) as servers:
        assert (await call(servers, context, "garbage")).content == "still here"


async def test_servers_that_do_not_start_are_named_and_the_others_work(context: ToolContext) -> None:
    bad = [
        small("silent", name="silent", start_s=0.5),
        small("broken", name="broken"),
        Server(name="missing", command=("/no/such/program",)),
        Server(name="far", url="http://127.0.0.1:9/mcp", start_s=10),
    ]
    async with opened([*bad, small()], window=WINDOW) as servers:
        silent, broken, missing, far = servers.problems
        assert silent == "MCP server 'silent': it was not ready within 0.5 s"
        assert "cannot find my settings" in broken
        assert missing.startswith("MCP server 'missing': FileNotFoundError")
        assert far.startswith("MCP server 'far': ")
        assert (await call(servers, context, "add", a=1, b=1)).content == "2"


async def test_closing_ends_the_program_and_all_it_started(context: ToolContext) -> None:
    async with opened([small("silent", start_s=0.3)], window=WINDOW):
        pass
    listing = await asyncio.create_subprocess_exec("ps", "-eo", "args", stdout=asyncio.subprocess.PIPE)
    out, _ = await listing.communicate()
    assert f"{PROGRAM} silent".encode() not in out


async def test_tools_that_come_later_are_told_at_the_end(context: ToolContext) -> None:
    async with opened([small()], window=WINDOW) as servers:
        before = servers.offered()
        grown = next(spec.name for spec in before if "grow" in spec.name)
        assert grown.startswith("mcp__small__grow_up_")
        found: Any = servers.get(grown)
        assert (await found.run(found.arguments(), context)).content == "grown"
        await until(lambda: len(servers.offered()) > len(before))
        assert servers.offered()[: len(before)] == before
        assert servers.offered()[-1].name == "mcp__small__newcomer"
        assert (await call(servers, context, "newcomer")).content == "new"


async def test_above_a_share_of_the_context_only_names_are_told(context: ToolContext) -> None:
    async with opened([small("many")], window=WINDOW) as servers:
        tools = ToolSet([], more=servers)
        (search,) = servers.offered()
        assert search.name == "tool_search"
        assert "mcp__small__tool_7," in search.description
        assert len(servers.deferred()) > 200
        tool: Any = tools.get("tool_search")
        none = await tool.run(tool.arguments(query="zebra"), context)
        assert none.content.startswith("No tool fits.")
        first = await tool.run(tool.arguments(query="mcp__small__tool_7"), context)
        second = await tool.run(tool.arguments(query="add numbers", max_results=1), context)
        assert second.state == {"notes": {LOADED: ["mcp__small__tool_7", "mcp__small__add"]}}
        assert json.loads(first.content.split("\n")[1])["name"] == "mcp__small__tool_7"
        told = servers.offered(second.state["notes"][LOADED])
        assert [spec.name for spec in told] == ["tool_search", "mcp__small__tool_7", "mcp__small__add"]
        assert told[0] == search
    async with opened([small("many")], window=WINDOW) as resumed:
        assert resumed.offered(second.state["notes"][LOADED]) == told


def well() -> Any:
    found = spec_from_file_location("small_server", PROGRAM)
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.build("well").streamable_http_app()


async def endless(scope: Any, receive: Any, send: Any) -> None:
    """Answers whatever it is asked with JSON that does not end."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    for _ in range(1_000):
        await send({"type": "http.response.body", "body": b"[" * 100_000, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def http(app: Any) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    finally:
        server.should_exit = True
        await task


async def test_a_server_behind_http_is_called_and_its_end_is_told(context: ToolContext) -> None:
    async with http(well()) as url:
        remote = Server(name="small", url=url, headers={"X-Key": "k"}, timeout_s=3)
        async with opened([remote], window=WINDOW) as servers:
            assert servers.problems == ()
            assert (await call(servers, context, "add", a=2, b=2)).content == "4"
            assert (await call(servers, context, "fail")).is_error is True
    async with http(well()) as url, opened([Server(name="small", url=url, timeout_s=3)], window=WINDOW) as servers:
        pass
    stopped = Server(name="small", url=url, start_s=5)
    async with opened([stopped], window=WINDOW) as servers:
        assert servers.problems[0].startswith("MCP server 'small': ")


async def test_a_server_behind_http_that_floods_is_left(context: ToolContext) -> None:
    begun = time.monotonic()
    async with http(endless) as url, opened([Server(name="small", url=url, start_s=30)], window=WINDOW) as servers:
        (problem,) = servers.problems
    assert problem.startswith("MCP server 'small': ")
    assert "an answer of more than" in problem, problem
    assert time.monotonic() - begun < 25
