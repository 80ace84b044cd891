"""Where a turn of the profile `plain` stands, read out of the conversation alone. Pure."""

import json
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codergen.conversation import AssistantEntry, Conversation, NoteEntry, ToolEntry, UserEntry
from codergen.profiles.failure_text import places
from codergen.profiles.plain_data import PlainData
from codergen.profiles.profile import Frame
from codergen.profiles.python_functions import Function, NotAFunction, function_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """An assistant's message with the answers to its calls."""

    said: AssistantEntry
    results: tuple[ToolEntry, ...] = ()

    def named(self, tool: str) -> ToolEntry | None:
        return next((result for result in self.results if result.name == tool), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One answer of the model and what became of it."""

    answer: str
    check: Mapping[str, Any] | None
    """Details of the check that followed; None when the answer could not be used, or the check not be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    rounds: tuple[Round, ...] = ()
    base: Mapping[str, Any] | None = None
    """Details of the check before any change."""
    located: Mapping[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files that were read, as they were before any change."""
    unreadable: frozenset[str] = frozenset()
    samples: tuple[Sample, ...] = ()

    @property
    def failing(self) -> Sequence[Mapping[str, Any]]:
        return failing(self.base)


def failing(check: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    """Failing tests of a `check` result; for a check without a test report its output stands in for one."""
    if check is None:
        return ()
    tests: list[Mapping[str, Any]] = []
    for run in check["runs"]:
        tests += run["failing"]
        if not run["passed"] and not run["failing"]:
            tests.append({"id": run["command"], "message": run["output"]})
    return tests


def progress(conversation: Conversation) -> Progress:
    """Fold the running turn."""
    rounds = _rounds(conversation)
    checks = [result.details for r in rounds if (result := r.named("check")) and result.details]
    reads = [result for r in rounds for result in r.results if result.name == "read"]
    asked = {call.id: call.arguments for r in rounds for call in r.said.message.tool_calls if call.name == "read"}
    return Progress(
        rounds=rounds,
        base=checks[0] if checks else None,
        located=next((r.details for step in rounds if (r := step.named("locate")) and not r.is_error), None),
        files={r.details["path"]: r.details["text"] for r in reads if not r.is_error},
        unreadable=frozenset(str(json.loads(asked[r.call_id])["path"]) for r in reads if r.is_error),
        samples=_samples(rounds),
    )


def _rounds(conversation: Conversation) -> tuple[Round, ...]:
    rounds: list[Round] = []
    for entry in conversation.turn:
        match entry:
            case AssistantEntry():
                rounds.append(Round(said=entry))
            case ToolEntry():
                rounds[-1] = Round(said=rounds[-1].said, results=(*rounds[-1].results, entry))
            case UserEntry() | NoteEntry():
                pass
    return tuple(rounds)


def _samples(rounds: tuple[Round, ...]) -> tuple[Sample, ...]:
    samples: list[Sample] = []
    for position, step in enumerate(rounds):
        if step.said.by == "harness":
            continue
        after = rounds[position + 1] if position + 1 < len(rounds) else None
        check = after.named("check") if after and after.said.by == "harness" else None
        told = check.details if check and check.details else None
        samples.append(Sample(answer=step.said.message.text, check=told))
    return tuple(samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line worth looking at."""

    path: str
    line: int


def suspects(state: Progress, data: PlainData, frame: Frame) -> tuple[Place, ...]:
    """Most suspicious first: ranked by coverage where that ran, then what the failures themselves name."""
    found: list[Place] = []
    for item in (state.located or {}).get("functions", ()):
        if item["end"] - item["start"] < data.lines:
            found.append(Place(path=item["path"], line=item["end"]))
    for path, line in places(state.failing):
        found.append(Place(path=path, line=line))
    inside = [place for place in dict.fromkeys(found) if _usable(place.path, frame)]
    return tuple(inside[: 2 * data.functions])


def _usable(path: str, frame: Frame) -> bool:
    """Python in the workspace that may be changed and is no test: a check must not be met by changing it."""
    clean = posixpath.normpath(path)
    *folders, name = clean.split("/")
    test = {"tests", "test"} & {*folders} or name.startswith(("test_", "conftest.")) or name.endswith("_test.py")
    return not test and name.endswith(".py") and not clean.startswith(("/", "../")) and frame.writable(clean)


def functions(state: Progress, data: PlainData, frame: Frame) -> tuple[Function, ...]:
    """Those that will be tried, in order; each once."""
    found: dict[tuple[str, str], Function] = {}
    for place in suspects(state, data, frame):
        if (text := state.files.get(place.path)) is None:
            continue
        try:
            function = function_at(place.path, text, place.line)
        except NotAFunction:
            continue
        if function.lines <= data.lines:
            found.setdefault((function.path, function.qualname), function)
    return tuple(found.values())[: data.functions]


def slots(state: Progress, data: PlainData, frame: Frame) -> tuple[tuple[int, int], ...]:
    """(function, sample) in the order of asking; the n-th answer belongs to the n-th slot."""
    count = len(functions(state, data, frame))
    return tuple((function, sample) for function, sample in data.schedule if function < count)
