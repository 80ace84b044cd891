"""The tools of the profile `codex` on a real workspace of the host, called as a model calls them."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codergen.agent.tool_calls import Settled, prepare
from codergen.errors import ToolMisuse
from codergen.profiles.families import load_kit
from codergen.profiles.native_data import load_wording
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.registry import ToolSet
from providers.types import ToolCallPart

Call = Callable[..., Awaitable[ToolResult]]


@pytest.fixture
async def context(workspace: Path) -> AsyncIterator[ToolContext]:
    sandbox = HostSandbox()
    await sandbox.start(SandboxSpec(workspace=workspace))
    made = ToolContext(sandbox=sandbox, root=str(workspace))
    yield made
    await made.processes.close()
    await sandbox.stop()


@pytest.fixture
def call(context: ToolContext) -> Call:
    """`await call("exec_command", cmd="ls")`, or `await call("apply_patch", "*** Begin Patch...")`."""
    kit = load_kit("codex", load_wording("codex"), {"GREETING": "hello"})
    tools = ToolSet(kit.tools, kit.refusals)
    now = [context]

    async def answer(name: str, text: str | None = None, /, **args: Any) -> ToolResult:
        arguments = json.dumps(args) if text is None else text
        ready = prepare(ToolCallPart(id="c", name=name, arguments=arguments, freeform=text is not None), tools)
        if isinstance(ready, Settled):
            return ready.result
        try:
            result = await ready.tool.run(ready.args, now[0])
        except ToolMisuse as error:
            return ToolResult(content=str(error), is_error=True)
        now[0] = replace(now[0], state=now[0].state.apply(result.state))
        return result

    return answer
