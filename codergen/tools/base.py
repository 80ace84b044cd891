"""What a tool is. The loop prepares, authorises, executes and records; a tool only does its one thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from codergen.sandbox.base import OutputSink, Sandbox
from providers.types import ToolSpec


class Arguments(BaseModel):
    """Base of every tool's arguments: unknown names are refused, so that a misspelt option is not silently lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What a running tool may touch: files and commands only through the sandbox."""

    sandbox: Sandbox
    on_output: OutputSink | None = None
    """Live output, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What one call gave."""

    content: str
    """For the model, cut to what it should see."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """For people, profiles and reports: JSON values, in full."""
    is_error: bool = False


A = TypeVar("A", bound=Arguments)


class Tool(Protocol[A]):
    """One thing a model can do."""

    name: str
    description: str
    arguments: type[A]
    mutates: bool
    """It may change files or run programs, so it never runs beside another call."""

    async def run(self, args: A, context: ToolContext, /) -> ToolResult:
        """Raises ToolMisuse for a call that cannot be done as asked, SandboxError when the boundary failed."""
        ...


def spec(tool: Tool[Any]) -> ToolSpec:
    """The tool as a model is told of it."""
    schema = cast("dict[str, Any]", _untitled(tool.arguments.model_json_schema()))
    return ToolSpec(name=tool.name, description=tool.description, parameters=schema)


def _untitled(value: object) -> object:
    """A schema without titles, and without the docstrings of its objects, which are for programmers."""
    if isinstance(value, list):
        return [_untitled(item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, object]", value)
    drop = {"title", "description"} if fields.get("type") == "object" else {"title"}
    return {k: _untitled(v) for k, v in fields.items() if not (k in drop and isinstance(v, str))}
