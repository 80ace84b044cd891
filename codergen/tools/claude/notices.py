"""What this family is told of work that went on beside it. Pure."""

from codergen.sandbox.base import ExecResult
from codergen.tools.agents import AgentReport
from codergen.tools.claude.speech import Speech
from codergen.tools.claude.stored import Stored


class ClaudeNotices:
    """`Notices`: between tags, with the file that holds a command's output."""

    def __init__(self, speech: Speech, stored: Stored) -> None:
        self._say, self._stored = speech, stored

    def process_ended(self, id: str, result: ExecResult, /) -> str:
        path = self._stored.of(id)
        call = self._stored.made_by(path)
        code = result.exit_code if result.exit_code is not None else 128 + (result.signal or 0)
        case = "Bash.completed" if code == 0 else "Bash.broke"
        return self._say.text(case, id=id, call=call.id, path_out=path, command=call.command, code=code)

    def agent_ended(self, report: AgentReport, /) -> str:
        return self._say.text("Agent.finished", agent=report.id, status=report.state, text=report.text)
