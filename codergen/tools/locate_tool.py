"""`locate`: which functions the failing check points at. Asked by profiles, not by models."""

from typing import Any

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.check import Check, Environment
from codergen.tools.locate import Localisation, locate


class LocateArguments(Arguments):
    pass


class Locate:
    name = "locate"
    description = "Rank the functions that the failing check runs through, most suspicious first."
    arguments = LocateArguments

    def __init__(self, check: Check, environment: Environment, *, timeout_s: float = 60.0) -> None:
        self._check, self._environment, self._timeout_s = check, environment, timeout_s

    def intent(self, _args: LocateArguments, /) -> Intent:
        return Intent(act="run")

    async def run(self, args: LocateArguments, context: ToolContext, /) -> ToolResult:
        found = await locate(context.sandbox, self._check, self._environment, timeout_s=self._timeout_s)
        lines = [f"{s.path}:{s.start}-{s.end} {s.qualname} ({s.score:.2f})" for s in found.functions]
        return ToolResult(content="\n".join(lines) or f"Nothing to rank. {found.problem}".strip(), details=facts(found))


def facts(found: Localisation) -> dict[str, Any]:
    """A localisation as JSON values."""
    return {
        "functions": [
            {
                "path": s.path,
                "qualname": s.qualname,
                "start": s.start,
                "end": s.end,
                "score": s.score,
                "lines": [list(pair) for pair in s.lines],
            }
            for s in found.functions
        ],
        "tests": list(found.tests),
        "failure": found.failure,
        "problem": found.problem,
    }
