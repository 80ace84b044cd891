"""How this family words a call that is not carried out. Pure."""

from collections.abc import Sequence

from codergen.tools.base import ToolResult
from codergen.tools.gemini.matching import distance
from codergen.tools.gemini.told import failed
from codergen.tools.refusals import Problem
from codergen.tools.wording import Wording

NEAREST = 3


class GeminiRefusals:
    """`Refusals`. Of several problems with arguments the first is told, missing ones before all others."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def unknown(self, name: str, known: Sequence[str]) -> ToolResult:
        names = ", ".join(f'"{near}"' for near in nearest(name, known))
        return failed(self._wording, "call.unknown", name=name, names=names)

    def arguments(self, name: str, wrong: Sequence[Problem]) -> ToolResult:
        problem = next((found for found in wrong if found.kind == "missing"), wrong[0])
        path, _, last = problem.name.rpartition(".")
        match problem.kind:
            case "missing" | "unexpected":
                case = "call.required" if problem.kind == "missing" else "call.unexpected"
                if path:
                    return failed(self._wording, f"{case}_below", path=path.replace(".", "/"), name=last)
                return failed(self._wording, case, name=last)
            case "type":
                where = problem.name.replace(".", "/")
                return failed(self._wording, "call.type", name=where, type=problem.expected)
            case "value":
                where = problem.name.replace(".", "/")
                if problem.expected:
                    return failed(self._wording, "call.bound", name=where, bound=problem.expected)
                return failed(self._wording, "call.value", name=where, told=problem.told)

    def not_json(self, name: str, arguments: str, why: str) -> ToolResult:
        return failed(self._wording, "call.not_json", name=name, why=why)

    def denied(self, name: str, why: str) -> ToolResult:
        return failed(self._wording, "call.denied", name=name, why=why)


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """The names that are most like one that is not there, in the order of likeness and then of the list."""
    return sorted(known, key=lambda other: distance(name, other) or 0)[:NEAREST]
