"""What a person says while a session works: to be heard after the current round of tools, or once the work is done.

Both are queued and entered by events, so what was said and not heard yet survives the process. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from codergen.conversation import AssistantEntry, Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Words that wait."""

    id: int
    """1-based, in the order in which they were said."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What was said and has not entered the conversation; oldest first."""

    steers: tuple[Said, ...] = ()
    follow_ups: tuple[Said, ...] = ()
    count: int = 0
    """Of all that was ever queued."""


def apply(waiting: Waiting, kind: str, data: Mapping[str, Any]) -> Waiting:
    """What waits after an event."""
    match kind:
        case "steer.queued":
            said = Said(id=data["id"], text=data["text"])
            return replace(waiting, steers=(*waiting.steers, said), count=data["id"])
        case "follow_up.queued":
            said = Said(id=data["id"], text=data["text"])
            return replace(waiting, follow_ups=(*waiting.follow_ups, said), count=data["id"])
        case "steer.entered":
            return replace(waiting, steers=_without(waiting.steers, data["id"]))
        case "turn.start" if "follow_up" in data:
            return replace(waiting, follow_ups=_without(waiting.follow_ups, data["follow_up"]))
        case _:
            return waiting


def _without(said: tuple[Said, ...], id: int) -> tuple[Said, ...]:
    return tuple(one for one in said if one.id != id)


CUT_SHORT = frozenset({"length", "refusal", "content_filter", "context"})


def completed(conversation: Conversation) -> bool:
    """Whether the last answer is whole: what was to follow the work does not follow one that was cut or declined."""
    last = next((e for e in reversed(conversation.entries) if isinstance(e, AssistantEntry)), None)
    return last is None or last.stop not in CUT_SHORT
