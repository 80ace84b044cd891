"""What happened, in order: one flat event for journal, screen and JSON lines. Kinds are listed in docs/events.md."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    kind: str
    """Dotted, e.g. `attempt.start`, `tool.end`, `model.delta`."""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON values only."""


Emit = Callable[[Event], None]
"""Must not raise. Whoever keeps a journal writes the event there before showing it."""


def ignore(event: Event) -> None:
    """An `Emit` for callers that do not listen."""
