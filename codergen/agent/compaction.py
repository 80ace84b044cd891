"""What a conversation is cut down to when it nears the end of the model's window. Pure; `compact` does the asking.

Kept word for word: the instructions (they are no part of a conversation), the first message, the user's other messages
(in the note, up to a bound), the message that is being worked on, the newest rounds. The rest gives way to one note: a
summary by the model, or a mechanical one, and what the tools remember.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, assert_never

from codergen.agent.window import Fill, entries_tokens, text_tokens
from codergen.conversation import AssistantEntry, Conversation, Entry, NoteEntry, ToolEntry, UserEntry, compacted
from codergen.tools.state import ToolState
from prompts import load
from providers.types import TextPart, ToolCallPart

By = Literal["model", "mechanical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextPolicy:
    """When to compact and what to keep. Shares are of the model's window."""

    at: float = 0.8
    """Compact when a request needs more than this share."""
    keep: float = 0.25
    """The newest rounds, at most: at least the last one is kept."""
    reserve: int = 8_192
    """Tokens of an answer that must fit beside the request, where the request does not say how many it may have; never
    more than a quarter of the window."""
    summary: int = 3_000
    """Tokens of a summary, at most; never more than a tenth of the window."""
    worth: float = 0.1
    """What has to be dropped for a compaction to be worth its price, of what the request needs."""
    window: int = 128_000
    """Taken where a model's window is not known and a service says that the request does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which entries go."""

    kept_from: int
    """Entries from here on stay as they are."""
    dropped: tuple[Entry, ...]
    """Those that a summary stands for."""
    before: int
    """Estimated tokens of the conversation."""


def due(fill: Fill, policy: ContextPolicy, output: int | None) -> bool:
    """Whether the next request should not go out as it is."""
    if fill.window is None:
        return False
    reserve = min(output or policy.reserve, fill.window // 4)
    return fill.tokens > fill.window * policy.at or fill.tokens + reserve > fill.window


def cut(conversation: Conversation, fill: Fill, policy: ContextPolicy) -> Cut | None:
    """Where to cut, or None where nothing would be gained. A call is never cut from its result: cuts lie only before a
    user's message, a note or an answer of the model."""
    entries = conversation.entries
    sizes = [entries_tokens((entry,)) for entry in entries]
    kept_from = _place(entries, sizes, (fill.window or policy.window) * policy.keep)
    if kept_from is None:
        return None
    stays = compacted(conversation, kept_from, "").entries
    dropped = tuple(entry for entry in entries[:kept_from] if not any(entry is one for one in stays))
    news = any(not (isinstance(entry, NoteEntry) and entry.about == "compaction") for entry in dropped)
    if not news or entries_tokens(dropped) < policy.worth * sum(sizes):
        return None  # a summary of a summary alone would be paid for again and again
    return Cut(kept_from=kept_from, dropped=dropped, before=sum(sizes))


def _place(entries: Sequence[Entry], sizes: Sequence[int], room: float) -> int | None:
    """The earliest place from which everything fits into `room`, else the last place there is."""
    found: int | None = None
    size = 0
    for at in range(len(entries) - 1, 0, -1):
        size += sizes[at]
        if found is not None and size > room:
            break
        if not isinstance(entries[at], ToolEntry) and not _answers_pending(entries, at):
            found = at
    return found


def _answers_pending(entries: Sequence[Entry], at: int) -> bool:
    """A note that was put between a call and its answers stays with them."""
    return isinstance(entries[at], NoteEntry) and at + 1 < len(entries) and isinstance(entries[at + 1], ToolEntry)


def event(conversation: Conversation, at: Cut, text: str, *, by: By, why: str, fill: Fill) -> Mapping[str, Any] | None:
    """The event's data, or None where the conversation would not become smaller."""
    data = {"kept_from": at.kept_from, "summary": text, "by": by, "why": why, "fill": fill.data()}
    after = entries_tokens(compacted(conversation, at.kept_from, text).entries)
    if not text.strip() or after >= at.before:
        return None
    return {**data, "dropped": len(at.dropped), "estimated_before": at.before, "estimated_after": after}


def note(summary: str, at: Cut, tools: ToolState) -> str:
    """What the model is told in place of what was cut."""
    parts = [summary.strip(), *_facts(at, tools)]
    return load("line/compaction_note").render(summary="\n\n".join(part for part in parts if part)).strip()


def _facts(at: Cut, tools: ToolState) -> list[str]:
    """What must not depend on how well a summary was written."""
    asked = [_shortened(entry.text, 2_000) for entry in at.dropped if isinstance(entry, UserEntry)]
    facts: list[str] = []
    if asked:
        facts.append("## The user's words\n" + "\n".join(f"- {text}" for text in asked[-20:]))
    if tools.notes:
        facts.append("## Notes kept by tools\n" + _shortened(json.dumps(dict(tools.notes), indent=1), 6_000))
    if tools.files:
        names = sorted(tools.files)
        facts.append("## Files seen\n" + "\n".join(names[:100]) + (f"\n({len(names)} in all)" if names[100:] else ""))
    if tools.cwd:
        facts.append(f"## Working directory\n{tools.cwd}")
    if wrong := [entry for entry in at.dropped if isinstance(entry, ToolEntry) and entry.is_error]:
        facts.append(f"## Last error\n{wrong[-1].name}: {_shortened(wrong[-1].content, 1_000)}")
    return facts


def mechanical(at: Cut, limit: int) -> str:
    """A summary that no model wrote: what was called and said, newest last, as much as fits."""
    lines: list[str] = []
    for entry in at.dropped:
        match entry:
            case AssistantEntry():
                calls = [f"{call.name} {_shortened(call.arguments, 160)}" for call in entry.message.tool_calls]
                lines += [_shortened(entry.message.text.strip(), 300)] if entry.message.text.strip() else []
                lines += calls
            case NoteEntry(about="compaction"):
                lines.append(_shortened(entry.text, 4_000))
            case UserEntry() | ToolEntry() | NoteEntry():
                pass
            case _:
                assert_never(entry)
    kept: list[str] = []
    for line in reversed(lines):
        if sum(map(text_tokens, kept)) + text_tokens(line) > limit:
            break
        kept.append(line)
    return (
        "## Steps so far\n" + "\n".join(f"- {line}" for line in reversed(kept)) if kept else "## Steps so far\n- none"
    )


def transcript(at: Cut, limit: int) -> str:
    """What a model is given to summarise: everything that is dropped except thinking, in at most `limit` tokens."""
    for most in (20_000, 4_000, 1_000, 300):
        text = "\n\n".join(filter(None, (_told(entry, most) for entry in at.dropped)))
        if text_tokens(text) <= limit:
            return text
    return _shortened(text, max(200, int(limit * 3)))


def _told(entry: Entry, most: int) -> str:
    match entry:
        case UserEntry():
            return f"USER:\n{_shortened(entry.text, most)}"
        case NoteEntry():
            return f"NOTE ({entry.about}):\n{_shortened(entry.text, max(most, 4_000))}"
        case ToolEntry():
            wrong = " (error)" if entry.is_error else ""
            return f"RESULT of {entry.name}{wrong}:\n{_shortened(entry.content, most)}"
        case AssistantEntry():
            said = [
                part.text if isinstance(part, TextPart) else f"CALL {part.name}: {_shortened(part.arguments, most)}"
                for part in entry.message.parts
                if isinstance(part, TextPart | ToolCallPart)
            ]
            return "ASSISTANT:\n" + "\n".join(said) if said else ""
        case _:
            assert_never(entry)


def _shortened(text: str, most: int) -> str:
    """Head and tail, with the middle counted."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters ...]\n{text[-half:]}"
