"""`Agent`: a task for another model, in this session's workspace."""

from collections.abc import Mapping
from typing import Literal

import prompts
from codergen.tools.agents import AgentReport, AgentTask
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.claude.kinds import KINDS
from codergen.tools.claude.speech import Speech

MODELS: Mapping[str, str] = {
    "opus": "claude-opus-5-5",
    "sonnet": "claude-sonnet-5-5",
    "haiku": "claude-haiku-5-5",
    "fable": "claude-fable-5-2",
}
"""The newest of each name on 2026-11-22."""


class AgentArguments(Arguments):
    description: str
    prompt: str
    subagent_type: str | None = None
    model: Literal["sonnet", "opus", "haiku", "fable"] | None = None
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    run_in_background: bool = False
    isolation: Literal["worktree", "remote"] | None = None
    """On the vendor's wire; here an agent always shares the session's workspace."""


class Agent:
    """Its last answer is the result."""

    name = "Agent"
    description = "Set another agent to work."
    arguments = AgentArguments
    uses_agents: Literal[True] = True

    def __init__(self, speech: Speech) -> None:
        self._say = speech

    def intent(self, args: AgentArguments, /) -> Intent:
        return Intent(act="agent")

    async def run(self, args: AgentArguments, context: ToolContext, /) -> ToolResult:
        if context.agents is None:
            return self._say("Agent.alone", is_error=True)
        name = args.subagent_type or "general-purpose"
        if name not in KINDS:
            return self._say("Agent.unknown", is_error=True, kind=name, kinds=", ".join(KINDS))
        prompt = KINDS[name].prompt
        task = AgentTask(
            text=args.prompt,
            name=args.description,
            model=MODELS[args.model] if args.model else None,
            effort=args.effort,
            instructions=prompts.load(f"families/claude/agents/{prompt}").text.strip() if prompt else "",
        )
        begun = await context.agents.spawn(task)
        if args.run_in_background:
            return self._say("Agent.background", details={"id": begun.id}, agent=begun.id)
        try:
            return self._ended((await context.agents.wait((begun.id,)))[0])
        finally:
            await context.agents.close(begun.id)

    def _ended(self, report: AgentReport) -> ToolResult:
        details = {"id": report.id, "state": report.state, "reason": report.reason}
        if report.state == "failed":
            reason = report.reason or report.state
            return self._say("Agent.failed", is_error=True, details=details, reason=reason, text=report.text)
        return self._say(
            "Agent.done",
            details=details,
            text=report.text,
            agent=report.id,
            tokens=report.usage.total,
            turns=report.turns,
            ms=round(report.seconds * 1000),
        )
