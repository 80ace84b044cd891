"""How this family words a call that is not carried out. Pure."""

import json
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
        where = {"line": problem.place.line, "column": problem.place.column}
        match problem.kind:
            case "missing":
                return told(self._wording, "call.missing", name=problem.name, **where)
            case "type":
                expected = _EXPECTED.get(problem.expected, problem.expected)
                return told(self._wording, "call.type", given=_given(problem.value), expected=expected, **where)
            case _:
                return told(self._wording, "call.value", name=problem.name, told=problem.told, **where)

    def not_json(self, name: str, arguments: str, why: str) -> ToolResult:
        return told(self._wording, "call.not_json", why=why)

    def denied(self, name: str, why: str) -> ToolResult:
        return told(self._wording, "call.denied", why=why)


_EXPECTED = {"string": "a string", "boolean": "a boolean", "integer": "u64", "array": "a sequence"}
"""JSON's name of a type -> the vendor's."""


def _given(value: object) -> str:
    """What came, in the vendor's form."""
    match value:
        case None:
            return "null"
        case bool():
            return f"boolean `{str(value).lower()}`"
        case int():
            return f"integer `{value}`"
        case float():
            return f"floating point `{value}`"
        case str():
            return f"string {json.dumps(value, ensure_ascii=False)}"
        case list() | tuple():
            return "sequence"
        case _:
            return "map"
