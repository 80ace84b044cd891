"""A foreign conversation in our terms, and the events that make it ours. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from codergen.conversation import INTERRUPTED, message_data
from providers.types import Message, TextPart, ToolCallPart

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    id: str
    name: str
    arguments: str
    """JSON; free text comes as `{"input": text}`, which every API can carry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    id: str
    content: str
    is_error: bool | None = None


Step = Asked | Said | Called | Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One session of another tool."""

    tool: str
    id: str
    steps: tuple[Step, ...]
    workspace: str = ""
    model: str = ""
    """The last one it was with."""
    version: str = ""
    """Of the tool."""


@dataclass(slots=True)
class _Round:
    """What a model said in one go, and the answers to its calls."""

    texts: list[str] = field(default_factory=list[str])
    calls: list[ToolCallPart] = field(default_factory=list[ToolCallPart])
    answers: dict[str, Answered] = field(default_factory=dict[str, Answered])

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if not self.texts and not self.calls:
            return
        text = "\n\n".join(self.texts)
        parts = ((TextPart(text=text),) if text else ()) + tuple(self.calls)
        stop = "tool_calls" if self.calls else "stop"
        message = message_data(Message(role="assistant", parts=parts))
        yield "model.message", {"message": message, "by": "model", "stop": stop}
        for call in self.calls:
            answer = self.answers.get(call.id, Answered(id=call.id, content=INTERRUPTED, is_error=True))
            told: dict[str, Any] = {"call_id": call.id, "name": call.name, "content": answer.content, "details": {}}
            yield "tool.end", told | {"is_error": answer.is_error, "seconds": 0.0}


def events(steps: Sequence[Step]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Our events: one turn for each thing that was asked, every call with a result right after it."""
    round_, asked, last = _Round(), False, ""
    for step in steps:
        match step:
            case Asked():
                yield from round_.events()
                if asked:
                    yield "turn.end", _end(last)
                round_, asked, last = _Round(), True, ""
                yield "turn.start", {"text": step.text}
            case Said() | Called() if not asked:
                pass  # a greeting before the first question
            case Said() | Called():
                if round_.answers:
                    yield from round_.events()
                    round_ = _Round()
                if isinstance(step, Said):
                    round_.texts.append(step.text)
                    last = step.text
                else:
                    round_.calls.append(ToolCallPart(id=call_id(step.id), name=step.name, arguments=step.arguments))
            case Answered():
                round_.answers[call_id(step.id)] = step
    yield from round_.events()
    if asked:
        yield "turn.end", _end(last)


def _end(text: str) -> dict[str, Any]:
    return {"status": "finished", "reason": "imported", "text": text, "seconds": 0.0}


def call_id(id: str) -> str:
    """As every API takes it."""
    return re.sub(r"[^A-Za-z0-9_\-]", "_", id)[:64] or "call"


def objects(path: Path) -> list[Object]:
    """The good lines of a JSON Lines file; a last one without its end is left out."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    found: list[Object] = []
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            if at == len(lines) - 1:
                break
            raise
        if isinstance(value, dict):
            found.append(cast("Object", value))
    return found


def joined(content: object) -> str:
    """The text of a content field: a text, or a list of parts of which some are text."""
    if isinstance(content, str):
        return content
    texts: list[str] = []
    for part in cast("list[Any]", content or []):
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            told = cast("Object", part)
            texts.append(str(told["text"]) if "text" in told else f"[{told.get('type', 'something')} left out]")
    return "\n".join(texts)
