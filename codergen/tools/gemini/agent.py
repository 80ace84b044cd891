"""`invoke_agent`: a task for another model, whose last answer is the result."""

from typing import Literal

from codergen.tools.agents import AgentTask
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.told import failed, told
from codergen.tools.wording import Wording


class InvokeAgentArguments(Loose):
    agent_name: str
    prompt: str
    wait_for_previous: bool = False


class InvokeAgent:
    """The vendor's agents have names and instructions of their own; ours are told their name and do the task."""

    name = "invoke_agent"
    description = "Give a task to another agent and wait for its answer."
    arguments = InvokeAgentArguments
    uses_agents: Literal[True] = True

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def intent(self, _args: InvokeAgentArguments, /) -> Intent:
        return Intent(act="agent")

    async def run(self, args: InvokeAgentArguments, context: ToolContext, /) -> ToolResult:
        if context.agents is None:
            return failed(self._wording, "invoke_agent.none")
        begun = await context.agents.spawn(AgentTask(text=args.prompt, name=args.agent_name))
        try:
            (report,) = await context.agents.wait((begun.id,))
        finally:
            await context.agents.close(begun.id)
        if report.state == "failed":
            return failed(self._wording, "invoke_agent.failed", name=report.name, text=report.text)
        return told(self._wording, "invoke_agent.done", text=report.text)
