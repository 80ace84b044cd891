"""What happened beside the model's calls: commands in the background that ended, files that someone changed. A family
says what of it is told and how; the loop asks before each request and records it as notes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from codergen.tools.base import ToolContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell."""

    text: str
    about: str
    """As of `NoteEntry`."""
    state: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Changes for `ToolState.apply`, so that it is told once."""


class News(Protocol):
    async def __call__(self, context: ToolContext, /) -> tuple[Notice, ...]:
        """What is new since the state of the context. Raises SandboxError when the boundary failed."""
        ...
