"""The family's tools in a workspace on the host, with what they remember from call to call."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codergen.profiles.families import Kit, load_kit
from codergen.profiles.native_data import load_wording
from codergen.sandbox.base import OutputSink, Sandbox, SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.agents import Agents
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.processes import Processes
from codergen.tools.state import ToolState


@dataclass(slots=True, kw_only=True)
class Bench:
    kit: Kit
    sandbox: Sandbox
    root: Path
    state: ToolState = field(default_factory=ToolState)
    processes: Processes = field(default_factory=Processes)
    agents: Agents | None = None
    on_output: OutputSink | None = None

    @property
    def context(self) -> ToolContext:
        return ToolContext(
            sandbox=self.sandbox, root=str(self.root), state=self.state, processes=self.processes,
            agents=self.agents, on_output=self.on_output,
        )  # fmt: skip

    async def __call__(self, name: str, **given: Any) -> ToolResult:
        tool = next(tool for tool in self.kit.tools if tool.name == name)
        result = await tool.run(tool.arguments.model_validate(given), self.context)
        self.state = self.state.apply(result.state)
        return result

    def put(self, path: str, text: str) -> str:
        """The absolute path of a new file."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
        return str(place)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    sandbox = HostSandbox()
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    started = await sandbox.start(SandboxSpec(workspace=workspace))
    found = Bench(
        kit=load_kit("claude", load_wording("claude"), {"GREETING": "hello"}),
        sandbox=sandbox,
        root=Path(started.inside),
    )
    yield found
    await found.processes.close()
    await sandbox.stop()
