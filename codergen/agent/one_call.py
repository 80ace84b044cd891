"""Tool calls outside of any session: for trying a tool by hand, and for playing a family's standard session."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from codergen.agent.tool_calls import Settled, authorise, prepare
from codergen.errors import ToolMisuse
from codergen.profiles.profile import Frame
from codergen.sandbox.base import Sandbox
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.processes import Processes
from codergen.tools.registry import ToolSet
from codergen.tools.state import ToolState
from providers.types import ToolCallPart

TICK = 0.01
"""Seconds between calls: files that two of them wrote have two times of change then."""


@dataclass(slots=True, kw_only=True)
class Bench:
    """Tools in a sandbox, without conversation, journal or approval. What they remember goes from call to call."""

    tools: ToolSet
    frame: Frame
    sandbox: Sandbox
    state: ToolState = field(default_factory=ToolState)
    processes: Processes = field(default_factory=Processes)

    async def answer(self, call: ToolCallPart) -> ToolResult:
        """What the model would get. Raises SandboxError, and whatever a broken tool raises."""
        prepared = authorise(prepare(call, self.tools), self.frame, self.tools)
        if isinstance(prepared, Settled):
            return prepared.result
        context = ToolContext(
            sandbox=self.sandbox, root=self.frame.root, state=self.state, processes=self.processes, call_id=call.id
        )
        try:
            result = await prepared.tool.run(prepared.args, context)
        except ToolMisuse as error:
            return ToolResult(content=str(error), is_error=True)
        self.state = self.state.apply(result.state)
        return result

    async def answers(self, calls: Iterable[ToolCallPart]) -> list[ToolResult]:
        """One after the other; what they left running ends with the last."""
        out: list[ToolResult] = []
        try:
            for call in calls:
                out.append(await self.answer(call))
                await asyncio.sleep(TICK)
        finally:
            await self.close()
        return out

    async def close(self) -> None:
        """End what calls left running."""
        await self.processes.close()
