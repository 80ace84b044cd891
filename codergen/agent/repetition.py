"""Whether a model goes round in circles: the same calls with the same results, in cycles of one to three. Pure."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from codergen.conversation import AssistantEntry, Entry, NoteEntry, ToolEntry, UserEntry

ABOUT = "repetition"
"""`NoteEntry.about` of the warning."""
REPEATS = {1: 5, 2: 4, 3: 3}
"""Length of a cycle -> how often it must have been gone through, with nothing after it."""
WINDOW = max(length * repeats for length, repeats in REPEATS.items())

_PASSING = re.compile(
    r"\b\d+(?:[.,]\d+)? ?(?:ms|s|secs?|seconds?|min)\b"  # how long it took
    r"|\b\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?\b"  # the time of day
    r"|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b",  # an id
    re.IGNORECASE,
)
"""What differs from one result to the next although nothing else does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """Calls that repeat."""

    length: int
    calls: int
    """Over all repeats."""
    warned: bool
    """The model was told before, since the last words of a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    name: str
    arguments: str
    result: str


def cycle(entries: Sequence[Entry]) -> Cycle | None:
    """The cycle that the conversation ends with. A user's words begin afresh, and so does a warning, which is then
    followed by nothing less than another full run. Looks at no more than it needs, however long the conversation."""
    calls = list(islice(_backwards(entries), WINDOW))
    for length, repeats in REPEATS.items():
        run = length * repeats
        if len(calls) >= run and all(_same(calls[at], calls[at + length]) for at in range(run - length)):
            return Cycle(length=length, calls=run, warned=_warned(entries))
    return None


def _backwards(entries: Sequence[Entry]) -> Iterator[_Call]:
    """The model's calls, last first, back to the last user's words or warning."""
    results: dict[str, str] = {}
    for entry in reversed(entries):
        match entry:
            case ToolEntry():
                results[entry.call_id] = entry.content
            case AssistantEntry() if entry.by == "model":
                for call in reversed(entry.message.tool_calls):
                    yield _Call(name=call.name, arguments=call.arguments, result=results.get(call.id, ""))
                results = {}
            case UserEntry():
                return
            case NoteEntry() if entry.about == ABOUT:
                return
            case _:
                pass


def _same(one: _Call, other: _Call) -> bool:
    """The dear comparisons come last: most calls differ in what they ask for."""
    if one.name != other.name or (one.arguments != other.arguments and _values(one) != _values(other)):
        return False
    return one.result == other.result or _PASSING.sub("#", one.result) == _PASSING.sub("#", other.result)


def _values(call: _Call) -> object:
    """The arguments however they were spelt; text that is no JSON as it is."""
    try:
        return json.loads(call.arguments)
    except (ValueError, RecursionError):
        return call.arguments


def _warned(entries: Sequence[Entry]) -> bool:
    for entry in reversed(entries):
        match entry:
            case NoteEntry() if entry.about == ABOUT:
                return True
            case UserEntry():
                return False
            case _:
                pass
    return False
