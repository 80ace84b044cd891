"""The brain that plays what was written down: conversations of turns, each with what it expects of its request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from providers.scripted import Reply
from providers.twin.brain import Reaction, Unexpected
from providers.twin.faults import Fault
from providers.twin.front import Answer, Asked, Call, Turn, turn
from providers.types import ModelRequest, ToolResultPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What must hold of a request. Everything left empty is not looked at."""

    model: str = ""
    """A shell pattern."""
    contains: tuple[str, ...] = ()
    """Each stands somewhere in the system text, the messages, calls or results."""
    lacks: tuple[str, ...] = ()
    last_user: str = ""
    """Part of the newest user text."""
    result: tuple[str, ...] = ()
    """Each stands in the results of the newest calls."""
    result_is_error: bool | None = None
    """Of at least one of the newest results (True), or of none (False)."""
    offers: tuple[str, ...] = ()
    """Tools that are offered."""
    withholds: tuple[str, ...] = ()
    tools: bool | None = None
    """Whether any tool is offered: tells an agent's calls from its side calls."""

    def unmet(self, request: ModelRequest) -> str:
        """The first thing that does not hold, in words; empty when all does."""
        text = _text(request)
        results = newest_results(request)
        offered = {tool.name for tool in request.tools}
        last = next((m.text for m in reversed(request.messages) if m.role == "user" and m.text), "")
        told = "\n".join(part.content for part in results)
        failed = any(part.is_error for part in results)
        checks = [
            (not self.model or fnmatchcase(request.model, self.model), f"model {request.model} is not {self.model}"),
            *((want in text, f"the request does not contain {want!r}") for want in self.contains),
            *((want not in text, f"the request contains {want!r}") for want in self.lacks),
            (self.last_user in last, f"the newest user text does not contain {self.last_user!r}"),
            *(
                (want in told, f"no newest tool result contains {want!r}, they are: {told[:400]!r}")
                for want in self.result
            ),
            (self.result_is_error in (None, failed), f"a tool result is {'' if failed else 'not '}an error"),
            *((name in offered, f"tool {name} is not offered") for name in self.offers),
            *((name not in offered, f"tool {name} is offered") for name in self.withholds),
            (self.tools in (None, bool(offered)), f"tools are {'' if offered else 'not '}offered"),
        ]
        return next((words for holds, words in checks if not holds), "")


def newest_results(request: ModelRequest) -> list[ToolResultPart]:
    """Tool results since the model last spoke."""
    found: list[ToolResultPart] = []
    for message in reversed(request.messages):
        if message.role == "assistant":
            break
        found = [part for part in message.parts if isinstance(part, ToolResultPart)] + found
    return found


def _text(request: ModelRequest) -> str:
    pieces = [request.system]
    for message in request.messages:
        pieces.append(message.text)
        pieces += [f"{part.name} {part.arguments}" for part in message.tool_calls]
        pieces += [part.content for part in message.parts if isinstance(part, ToolResultPart)]
    return "\n".join(pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One turn of a script."""

    turn: Turn | Answer
    fault: Fault | None = None
    expect: Expect = field(default_factory=Expect)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Turns in order, for the requests that match."""

    lines: tuple[Line, ...]
    name: str = ""
    match: Expect = field(default_factory=Expect)
    """Every request is held against the conversations in order; the first that matches and has turns left plays."""
    repeat: bool = False
    """The last turn is played for every further request."""
    optional: bool = False
    """Turns may be left over: for side calls that a client makes or does not make."""


def conversation(turns: Sequence["Line | Turn | Reply | Fault | Answer"], *, repeat: bool = False) -> Conversation:
    """Turns of any kind as one conversation that matches everything. A fault alone strikes an answer of some text."""
    return Conversation(lines=tuple(map(_line, turns)), repeat=repeat)


def _line(said: "Line | Turn | Reply | Fault | Answer") -> Line:
    match said:
        case Line():
            return said
        case Reply():
            return Line(turn=turn(said))
        case Fault():
            return Line(turn=turn(Reply(text="x" * 80)), fault=said)
        case _:
            return Line(turn=said)


@dataclass(slots=True)
class Script:
    """Plays conversations, keeps account of what was unexpected and of what is still due."""

    conversations: Sequence[Conversation]
    answers: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    """Path -> answer, for calls beside the model."""
    _played: dict[int, int] = field(default_factory=dict[int, int])
    _struck: dict[int, int] = field(default_factory=dict[int, int])
    """How many requests the fault of the turn to come has struck."""
    _wrong: list[str] = field(default_factory=list[str])

    async def answer(self, asked: Asked) -> Reaction:
        why = "the script is over"
        for at, told in enumerate(self.conversations):
            played = self._played.get(at, 0)
            if played >= len(told.lines) and not (told.repeat and told.lines):
                continue
            if why_not := told.match.unmet(asked.request):
                why = f"no conversation with turns left matches: {why_not}"
                continue
            line = told.lines[min(played, len(told.lines) - 1)]
            if unmet := line.expect.unmet(asked.request):
                why = f"turn {played + 1} of {told.name or 'the script'} expects otherwise: {unmet}"
                break
            return self._play(at, line)
        why = f"request {asked.call.number}: {why}"
        self._wrong.append(why)
        raise Unexpected(why)

    def _play(self, at: int, line: Line) -> Reaction:
        fault = line.fault
        if fault is not None and fault.first is not None:
            struck = self._struck.get(at, 0)
            if struck < fault.first:
                self._struck[at] = struck + 1
                return Reaction(turn=line.turn, fault=fault)
            fault = None
        self._struck[at] = 0
        self._played[at] = self._played.get(at, 0) + 1
        return Reaction(turn=line.turn, fault=fault)

    def side(self, call: Call) -> Answer | None:
        return self.answers.get(call.path)

    def problems(self) -> Sequence[str]:
        due: list[str] = []
        for at, told in enumerate(self.conversations):
            left = len(told.lines) - self._played.get(at, 0)
            if left > 0 and not told.optional:
                due.append(f"{left} of {len(told.lines)} turns of {told.name or 'the script'} were never asked for")
        return [*self._wrong, *due]
