"""What a model client streams. The last event of a good stream is `Done` and carries the whole response."""

from dataclasses import dataclass
from typing import Literal

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
class ToolCallDelta:
    """Part of a tool call. `id` and `name` come with the first delta of an `index` and are empty after it."""

    index: int
    arguments: str
    id: str = ""
    name: str = ""
    kind: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    response: ModelResponse
    kind: Literal["done"] = "done"


ModelEvent = TextDelta | ReasoningDelta | ToolCallDelta | Done
