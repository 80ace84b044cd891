"""Tools run against a real workspace on the host."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.base import ToolContext


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
async def context(workspace: Path) -> AsyncIterator[ToolContext]:
    sandbox = HostSandbox()
    await sandbox.start(SandboxSpec(workspace=workspace))
    yield ToolContext(sandbox=sandbox)
    await sandbox.stop()
