"""A session as one document that needs nothing else: JSON with every event, or Markdown to read. Pure."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, assert_never

from codergen.agent.history import live
from codergen.conversation import (
    AssistantEntry,
    Conversation,
    Entry,
    NoteEntry,
    ToolEntry,
    UserEntry,
    apply,
    message_data,
)
from codergen.journal import Transcript
from codergen.sessions.facts import Facts, facts, row
from providers.types import ReasoningPart, TextPart, ToolCallPart

SCHEMA = "codergen.session/1"


def conversation(transcript: Transcript) -> Conversation:
    """As a model would be given it now."""
    told = Conversation()
    for line in live(transcript.lines):
        told = apply(told, line.kind, line.data)
    return told


def document(id: str, transcript: Transcript) -> dict[str, Any]:
    """Everything: what the session is, its conversation as it counts now, its turns, and all events of its journal with
    the hashes that chain them."""
    found = facts(transcript)
    return {
        "schema": SCHEMA,
        **row(id, found),
        "turn_list": [asdict(turn) for turn in found.turns],
        "conversation": [_data(entry) for entry in conversation(transcript).entries],
        "events": [asdict(line) for line in transcript.lines],
        "head": transcript.head,
    }


def _data(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, AssistantEntry):
        return {"kind": entry.kind, "by": entry.by, "stop": entry.stop, "message": message_data(entry.message)}
    return asdict(entry)


def markdown(id: str, transcript: Transcript) -> str:
    """To read and to hand on."""
    found = facts(transcript)
    return "\n".join([*_heading(id, found), *_body(conversation(transcript))]).rstrip() + "\n"


def _heading(id: str, found: Facts) -> Iterator[str]:
    yield f"# {found.title or id}"
    yield ""
    cost = found.spent.cost
    for name, value in (
        ("session", id),
        ("workspace", found.workspace),
        ("model", f"{found.model} ({found.api}, profile {found.profile})"),
        ("turns", str(len(found.turns))),
        ("cost", "unknown" if cost is None else f"{cost} USD"),
        ("state", found.state),
        ("forked from", str(found.parent.get("id", ""))),
        ("imported from", str(found.source.get("tool", ""))),
    ):
        if value:
            yield f"- {name}: {value}"
    yield ""


def _body(told: Conversation) -> Iterator[str]:
    for entry in told.entries:
        match entry:
            case UserEntry():
                yield f"## {'Meanwhile' if entry.steer else 'User'}\n\n{entry.text}\n"
            case NoteEntry():
                yield f"## Note ({entry.about})\n\n{entry.text}\n"
            case AssistantEntry():
                yield from _said(entry)
            case ToolEntry():
                wrong = ", error" if entry.is_error else ""
                yield f"### Result of {entry.name}{wrong}\n\n{_fenced(entry.content)}\n"
            case _:
                assert_never(entry)


def _said(entry: AssistantEntry) -> Iterator[str]:
    yield "## Assistant" if entry.by != "harness" else "## Harness"
    yield ""
    for part in entry.message.parts:
        match part:
            case TextPart() if part.text.strip():
                yield f"{part.text}\n"
            case ReasoningPart() if part.text.strip():
                yield "".join(f"> {line}\n" for line in part.text.splitlines())
            case ToolCallPart():
                yield f"### Call of {part.name}\n\n{_fenced(part.arguments)}\n"
            case _:
                pass


def _fenced(text: str) -> str:
    """Inside a fence that the text does not hold."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text.rstrip()}\n{fence}"
