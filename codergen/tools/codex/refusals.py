"""How this family words a call that is not carried out. Pure."""

from collections.abc import Sequence

from codergen.tools.base import ToolResult
from codergen.tools.codex.told import told
from codergen.tools.refusals import Problem
from codergen.tools.wording import Wording


class CodexRefusals:
    """`Refusals`. Of several problems the first is told, wrong values before missing ones as they are met first."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def unknown(self, name: str, known: Sequence[str]) -> ToolResult:
        return told(self._wording, "call.unknown", name=name)

    def arguments(self, name: str, wrong: Sequence[Problem]) -> ToolResult:
        problem = next((found for found in wrong if found.kind != "missing"), wrong[0])
        column = problem.within
        match problem.kind:
            case "missing":
                return told(self._wording, "call.missing", name=problem.name, column=column)
            case "type":
                fields = {"name": problem.name, "given": problem.given, "expected": problem.expected}
                return told(self._wording, "call.type", column=column, **fields)
            case _:
                return told(self._wording, "call.value", name=problem.name, told=problem.told, column=column)

    def not_json(self, name: str, arguments: str, why: str) -> ToolResult:
        return told(self._wording, "call.not_json", why=why)

    def denied(self, name: str, why: str) -> ToolResult:
        return told(self._wording, "call.denied", why=why)
