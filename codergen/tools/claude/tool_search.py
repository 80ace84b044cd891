"""`ToolSearch`: tools that are kept back until they are wanted, found by name or by words."""

import json
import re
from collections.abc import Callable, Sequence

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.claude.speech import Speech
from providers.types import ToolSpec

Deferred = Callable[[], Sequence[ToolSpec]]
"""What is kept back now, e.g. the tools of MCP servers."""
LOADED = "loaded_tools"
"""Key of `ToolState.notes`: names of those that were found, which a session offers from then on."""
_SELECT = "select:"


class ToolSearchArguments(Arguments):
    query: str
    max_results: float = 5


def found(query: str, specs: Sequence[ToolSpec], most: int) -> tuple[ToolSpec, ...]:
    """By name after `select:`; otherwise those in which most words stand, a name counting more than a description; a
    word with `+` must be in the name. Pure."""
    if query.startswith(_SELECT):
        wanted = [name.strip() for name in query.removeprefix(_SELECT).split(",")]
        return tuple(spec for name in wanted for spec in specs if spec.name == name)
    words = query.lower().split()
    needed = [word[1:] for word in words if word.startswith("+") and len(word) > 1]
    scored = [
        (sum(_score(word.lstrip("+"), spec) for word in words), spec)
        for spec in specs
        if all(word in spec.name.lower() for word in needed)
    ]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    return tuple(spec for _, spec in best[:most])


def _score(word: str, spec: ToolSpec) -> int:
    if not word:
        return 0
    return 3 * (word in spec.name.lower()) + (re.search(rf"\b{re.escape(word)}", spec.description.lower()) is not None)


class ToolSearch:
    """What it finds is told with its schema, and remembered, so that the session can offer it."""

    name = "ToolSearch"
    description = "Find tools that are not listed."
    arguments = ToolSearchArguments

    def __init__(self, speech: Speech, deferred: Deferred) -> None:
        self._say, self._deferred = speech, deferred

    def intent(self, args: ToolSearchArguments, /) -> Intent:
        return Intent(act="plan")

    async def run(self, args: ToolSearchArguments, context: ToolContext, /) -> ToolResult:
        hits = found(args.query, self._deferred(), max(1, int(args.max_results)))
        if not hits:
            return self._say("ToolSearch.none")
        names = [spec.name for spec in hits]
        known: list[str] = context.state.notes.get(LOADED, [])
        state = {"notes": {LOADED: [*known, *(name for name in names if name not in known)]}}
        tools = "\n".join(
            json.dumps({"name": s.name, "description": s.description, "parameters": s.parameters}, ensure_ascii=False)
            for s in hits
        )
        return self._say("ToolSearch.loaded", details={"tools": names}, state=state, tools=tools)
