"""A session with a real MCP server: tools that are searched for, and a server that dies under it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from codergen.approval.gate import Gate, Policy
from codergen.approval.rule import Rule
from codergen.tools.mcp.config import Server
from codergen.tools.mcp.servers import opened
from codergen.tools.registry import ToolSet
from providers.scripted import Reply, ScriptedClient, call

pytestmark = pytest.mark.timeout(90)  # the server is a Python that loads the package mcp
PROGRAM = Path(__file__).parents[1] / "tools" / "mcp" / "server.py"


def use(name: str, *, id: str, **arguments: Any) -> Any:
    return call(name, json.dumps(arguments), id=id)


async def test_tools_join_at_the_end_and_a_dead_server_ends_nothing(bench: Any) -> None:
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    server = Server(name="small", command=(sys.executable, str(PROGRAM), "many"), env=env)
    client = ScriptedClient(
        turns=[
            Reply(tool_calls=(use("tool_search", id="1", query="mcp__small__add mcp__small__die"),)),
            Reply(tool_calls=(use("mcp__small__add", id="2", a=2, b=2),)),
            Reply(tool_calls=(use("mcp__small__die", id="3"),)),
            Reply(tool_calls=(use("mcp__small__add", id="4", a=3, b=3),)),
            Reply(text="done"),
        ]
    )
    approver = Gate(Policy(mode="never", rules=(Rule(effect="allow", tool="mcp__small__*"),)))
    async with opened([server], window=50_000) as more:
        end = await bench.session(client, tools=ToolSet([], more=more), approver=approver).submit("go")
    assert end.text == "done"
    told = [[spec.name for spec in request.tools] for request in client.requests]
    assert told[0] == ["tool_search"]
    assert told[1:] == [["tool_search", "mcp__small__add", "mcp__small__die"]] * 4
    results = {data["call_id"]: data for data in bench.data("tool.end")}
    assert (results["2"]["content"], results["4"]["content"]) == ("4", "6")
    assert results["3"]["is_error"] is True
    assert "'small' was lost in this call" in results["3"]["content"]
    assert [(data["name"], data["by"]) for data in bench.data("approval")][:2] == [
        ("tool_search", "mode"),
        ("mcp__small__add", "rule"),
    ]


async def test_a_tool_outside_the_boundary_is_not_allowed_by_any_mode(bench: Any) -> None:
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    server = Server(name="small", command=(sys.executable, str(PROGRAM), "well"), env=env)
    client = ScriptedClient(turns=[Reply(tool_calls=(use("mcp__small__add", id="1", a=2, b=2),)), Reply(text="no")])
    async with opened([server], window=None) as more:
        setup = {"tools": ToolSet([], more=more), "approver": Gate(Policy(mode="auto"))}
        await bench.session(client, **setup).submit("go")
    assert [(data["allowed"], data["by"]) for data in bench.data("approval")] == [(False, "nobody")]
