"""What a tool is. The loop prepares, authorises, executes and records; a tool only does its one thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from codergen.sandbox.base import OutputSink, Sandbox
from codergen.tools.agents import Agents
from codergen.tools.processes import Processes
from codergen.tools.state import ToolState
from codergen.tools.wording import Said
from providers.types import MediaPart, ToolSpec


class Arguments(BaseModel):
    """Base of every tool's arguments: unknown names are refused, so that a misspelt option is not silently lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Act = Literal["read", "plan", "edit", "run", "network", "agent"]
"""What a call does, in kind: looks; keeps notes of its own; changes files; runs a program; goes out; sets another model
to work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a call would do, before it does it: approvals, protected paths and parallel running decide by it."""

    act: Act
    paths: tuple[str, ...] = ()
    """Files it reads or changes, as written in the call."""
    below: bool = False
    """Also what is below them, as a search does."""
    command: str = ""
    """The command line of a `run`."""
    folder: str = ""
    """Where `command` starts; relative to where the session is, empty is there."""
    unclear: str = ""
    """Why `command` may do other than bash would; empty when bash runs it as it stands."""

    @property
    def alone(self) -> bool:
        """It may change what others see, so it never runs beside another call. Agents may, too, but are set to work
        side by side on purpose."""
        return self.act in {"edit", "run"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What a running tool may touch: files and commands only through the sandbox."""

    sandbox: Sandbox
    root: str = "/workspace"
    """The workspace as inside (`StartRecord.inside`)."""
    on_output: OutputSink | None = None
    """Live output, for people."""
    state: ToolState = field(default_factory=ToolState)
    """As it is when the call begins; a tool changes it by what its result says."""
    call_id: str = ""
    agents: Agents | None = None
    """None where a call must not set others to work: in an agent itself."""
    processes: Processes = field(default_factory=Processes)
    """The session's live processes: what goes on beside the model's calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What one call gave."""

    content: str
    """For the model, cut to what it should see."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """For people, profiles and reports: JSON values, in full."""
    is_error: bool | None = None
    """None says nothing, which is what most vendors do where a call went well."""
    media: tuple[MediaPart, ...] = ()
    """Pictures and documents that go with the text."""
    after: str = ""
    """A text that follows the result in the same message, e.g. instructions found beside a file that was read."""
    state: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Changes for `ToolState.apply`; JSON values."""
    said: Said | None = None
    """What `content` was made of, where a profile's wording made it."""


A = TypeVar("A", bound=Arguments)


class Tool(Protocol[A]):
    """One thing a model can do."""

    name: str
    description: str
    arguments: type[A]

    def intent(self, args: A, /) -> Intent:
        """What this call would do. Pure."""
        ...

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
