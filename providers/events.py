"""What a model client streams. The last event of a good stream is `Done` and carries the whole response."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from providers.types import ModelResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningDelta:
    text: str
    kind: Literal["reasoning"] = "reasoning"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningEnd:
    """A block of reasoning is whole. `opaque` is what its provider wants back, with or without readable text before."""

    opaque: Mapping[str, Any] | None = None
    kind: Literal["reasoning_end"] = "reasoning_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallDelta:
    """Part of a tool call. `id`, `name` and `freeform` come with the first delta of an `index`."""

    index: int
    arguments: str
    id: str = ""
    name: str = ""
    freeform: bool = False
    kind: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    response: ModelResponse
    kind: Literal["done"] = "done"


ModelEvent = TextDelta | ReasoningDelta | ReasoningEnd | ToolCallDelta | Done
