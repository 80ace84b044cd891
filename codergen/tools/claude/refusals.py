"""How this family is told of a call that is not carried out. Pure."""

from collections.abc import Sequence

from codergen.tools.base import ToolResult
from codergen.tools.claude.speech import Speech
from codergen.tools.refusals import Problem

_ORDER = ("missing", "unexpected", "type", "value")
_END = "</tool_use_error>"


class ClaudeRefusals:
    """`Refusals`: every one is an error between tags, but for a denial."""

    def __init__(self, speech: Speech) -> None:
        self._say = speech

    def unknown(self, name: str, known: Sequence[str]) -> ToolResult:
        return self._say("Refusals.unknown", is_error=True, tool=name)

    def arguments(self, name: str, wrong: Sequence[Problem]) -> ToolResult:
        """What lacks first, then what is too much, then what is of another kind."""
        found = sorted(wrong, key=lambda problem: _ORDER.index(problem.kind))
        if len(found) == 1:
            return self._one(name, found[0])
        if [problem.kind for problem in found] == ["missing", "unexpected"]:
            case = "Refusals.missing_unexpected"
            return self._say(case, is_error=True, tool=name, name=found[0].name, other=found[1].name)
        head = self._say.text("Refusals.missing_unexpected", tool=name, name="", other="").partition("\n")[0]
        lines = [_line(self._one(name, problem)) for problem in found]
        return ToolResult(content="\n".join((head, *lines)) + _END, is_error=True)

    def not_json(self, name: str, arguments: str, why: str) -> ToolResult:
        return self._say("Refusals.not_json", is_error=True, tool=name, why=why)

    def denied(self, name: str, why: str) -> ToolResult:
        return self._say("Refusals.denied", is_error=True, why=why)

    def _one(self, name: str, problem: Problem) -> ToolResult:
        return self._say(
            f"Refusals.{problem.kind}",
            is_error=True,
            tool=name,
            name=problem.name,
            expected=problem.expected,
            given=problem.given,
            told=problem.told,
        )


def _line(one: ToolResult) -> str:
    """The line of its problem, as it is told alone."""
    return one.content.partition("\n")[2].removesuffix(_END)
