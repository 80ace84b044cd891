"""`spawn_agent`, `send_input`, `wait_agent`, `close_agent`, `resume_agent`: other models at work beside this one."""

import json
from collections.abc import Sequence
from typing import Any, Literal, get_args

from codergen.errors import ToolMisuse
from codergen.tools.agents import AgentReport, Agents, AgentTask
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.codex.arguments import Listed, Loose, Whole
from codergen.tools.codex.told import told
from codergen.tools.wording import Wording
from providers.types import Effort

WAIT_MS = (10_000, 30_000, 3_600_000)
"""Shortest, usual and longest wait (assumed; one of 100 ms was seen to last for seconds)."""


class Item(Loose):
    type: str = "text"
    text: str = ""
    path: str = ""
    name: str = ""
    image_url: str = ""
    audio_url: str = ""


class SpawnAgentArguments(Loose):
    message: str | None = None
    items: Listed[Item] = ()
    model: str | None = None
    reasoning_effort: str | None = None
    fork_context: bool = False


class SendInputArguments(Loose):
    target: str
    message: str | None = None
    items: Listed[Item] = ()
    interrupt: bool = False


class WaitAgentArguments(Loose):
    targets: Listed[str]
    timeout_ms: Whole | None = None


class CloseAgentArguments(Loose):
    target: str


class ResumeAgentArguments(Loose):
    id: str


class _AgentTool:
    uses_agents: Literal[True] = True

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def _agents(self, context: ToolContext) -> Agents:
        if context.agents is None:
            raise ToolMisuse(told(self._wording, "agent.alone").content)
        return context.agents

    def _missing(self, agents: Agents, *targets: str) -> ToolResult | None:
        """The answer where an agent is not there, or no more."""
        there = {name for known in agents.list() if known.state != "closed" for name in (known.id, known.name)}
        lost = next((target for target in targets if target not in there), None)
        return None if lost is None else told(self._wording, "agent.unknown", id=lost)

    def _unsaid(self, message: str | None, items: Sequence[Item]) -> ToolResult | None:
        """The answer where a message is not there or there twice."""
        if message is not None and items:
            return told(self._wording, "agent.twice")
        if message is None and not items:
            return told(self._wording, "agent.neither")
        return None if _text(message, items) else told(self._wording, "agent.blank")


class SpawnAgent(_AgentTool):
    name = "spawn_agent"
    description = "Set another agent to work."
    arguments = SpawnAgentArguments

    def intent(self, args: SpawnAgentArguments, /) -> Intent:
        return Intent(act="agent")

    async def run(self, args: SpawnAgentArguments, context: ToolContext, /) -> ToolResult:
        agents = self._agents(context)
        if wrong := self._unsaid(args.message, args.items):
            return wrong
        if args.fork_context:
            return told(self._wording, "agent.fork")
        effort: Effort | None = next((step for step in get_args(Effort) if step == args.reasoning_effort), None)
        if effort is None and args.reasoning_effort:
            known = ", ".join(get_args(Effort))
            return told(self._wording, "agent.effort", effort=args.reasoning_effort, known=known)
        text = _text(args.message, args.items)
        begun = await agents.spawn(AgentTask(text=text, model=args.model, effort=effort))
        return _json({"agent_id": begun.id, "nickname": begun.name})


class SendInput(_AgentTool):
    """What is sent waits for the agent's round in hand to end, also where an interruption is asked for."""

    name = "send_input"
    description = "Tell an agent something."
    arguments = SendInputArguments

    def intent(self, args: SendInputArguments, /) -> Intent:
        return Intent(act="agent")

    async def run(self, args: SendInputArguments, context: ToolContext, /) -> ToolResult:
        agents = self._agents(context)
        if wrong := self._unsaid(args.message, args.items) or self._missing(agents, args.target):
            return wrong
        await agents.send(args.target, _text(args.message, args.items))
        return _json({"submission_id": args.target})


class WaitAgent(_AgentTool):
    name = "wait_agent"
    description = "Wait for agents."
    arguments = WaitAgentArguments

    def intent(self, args: WaitAgentArguments, /) -> Intent:
        return Intent(act="agent")

    async def run(self, args: WaitAgentArguments, context: ToolContext, /) -> ToolResult:
        shortest, usual, longest = WAIT_MS
        seconds = min(max(args.timeout_ms or usual, shortest), longest) / 1000
        agents = self._agents(context)
        if not args.targets:
            return told(self._wording, "agent.none")
        lost = {target: "not_found" for target in args.targets if self._missing(agents, target)}
        if lost:
            return _json({"status": lost, "timed_out": False})
        reports = await agents.wait(args.targets, seconds, until="any")
        ended = {report.id: status(report) for report in reports if report.state != "running"}
        return _json({"status": ended, "timed_out": not ended})


class CloseAgent(_AgentTool):
    name = "close_agent"
    description = "End an agent."
    arguments = CloseAgentArguments

    def intent(self, args: CloseAgentArguments, /) -> Intent:
        return Intent(act="agent")

    async def run(self, args: CloseAgentArguments, context: ToolContext, /) -> ToolResult:
        agents = self._agents(context)
        if missing := self._missing(agents, args.target):
            return missing
        before = next(known for known in agents.list() if args.target in {known.id, known.name})
        await agents.close(args.target)
        return _json({"previous_status": status(before)})


class ResumeAgent(_AgentTool):
    """An agent that is closed is gone for good; all others need no resuming."""

    name = "resume_agent"
    description = "Take up an agent again."
    arguments = ResumeAgentArguments

    def intent(self, args: ResumeAgentArguments, /) -> Intent:
        return Intent(act="agent")

    async def run(self, args: ResumeAgentArguments, context: ToolContext, /) -> ToolResult:
        known = next((one for one in self._agents(context).list() if args.id in {one.id, one.name}), None)
        return _json({"status": status(known) if known else "not_found"})


def status(report: AgentReport) -> str | dict[str, str]:
    """How an agent stands, as results have it (assumed)."""
    match report.state:
        case "completed":
            return {"completed": report.text}
        case "failed":
            return {"errored": report.text or report.reason}
        case "closed":
            return "not_found"
        case "running":
            return "running"


def _text(message: str | None, items: Sequence[Item]) -> str:
    """Of items that are no text, where they are."""
    parts = [message or "", *(item.text or item.path or item.image_url or item.audio_url for item in items)]
    return "\n".join(part for part in parts if part.strip())


def _json(value: dict[str, Any]) -> ToolResult:
    return ToolResult(content=json.dumps(value, ensure_ascii=False, separators=(",", ":")))
