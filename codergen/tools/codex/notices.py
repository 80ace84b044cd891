"""What this family is told, unasked, of work that went on beside it. Pure."""

import json

from codergen.sandbox.base import ExecResult
from codergen.tools.agents import AgentReport
from codergen.tools.codex.agents import status
from codergen.tools.wording import Wording, said


class CodexNotices:
    """`Notices`. Of a session's end nothing is said: the model looks with `write_stdin`, which tells it then."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def process_ended(self, id: str, result: ExecResult, /) -> str:
        return ""

    def agent_ended(self, report: AgentReport, /) -> str:
        facts = {"agent_path": report.id, "status": status(report)}
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
        return self._wording.text(said("agent.ended", facts=text))
