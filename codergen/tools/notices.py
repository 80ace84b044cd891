"""What a model is told, unasked, of work that went on beside it. Each family may have its own form; this is the plain
one. Pure."""

from typing import Protocol

from codergen.sandbox.base import ExecResult
from codergen.tools.agents import AgentReport


class Notices(Protocol):
    """An empty text tells nothing."""

    def process_ended(self, id: str, result: ExecResult, /) -> str:
        """A background command whose end no tool has told yet."""
        ...

    def agent_ended(self, report: AgentReport, /) -> str:
        """An agent's turn that nobody waited for."""
        ...


class PlainNotices:
    """`Notices` in short sentences."""

    def process_ended(self, id: str, result: ExecResult, /) -> str:
        return f"The background command {id} has ended: {_ending(result)}."

    def agent_ended(self, report: AgentReport, /) -> str:
        how = "has finished" if report.state == "completed" else f"has failed ({report.reason})"
        return f"The agent {report.name} ({report.id}) {how}:\n\n{report.text}"


def _ending(result: ExecResult) -> str:
    if result.oom:
        return "out of memory"
    return f"exit code {result.exit_code}" if result.exit_code is not None else f"signal {result.signal}"
