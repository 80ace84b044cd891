"""What a session is made of, and the parts its turns work with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from codergen.agent import structured
from codergen.agent.checkpoints import Checkpoints
from codergen.agent.compaction import ContextPolicy
from codergen.agent.limits import Reached, SessionLimits
from codergen.agent.parts import News, Parts, no_limit, no_news
from codergen.agent.redact import NOTHING, Redactor
from codergen.agent.stopwatch import Stopwatch
from codergen.approval.request import Approver, Everything
from codergen.errors import UsageError
from codergen.profiles.profile import Frame, Profile, anywhere
from codergen.profiles.surroundings import Surroundings
from codergen.sandbox.base import Sandbox
from codergen.tools.agents import Agents
from codergen.tools.processes import Processes
from codergen.tools.registry import ToolSet
from providers.client import ModelClient
from providers.retry import RetryPolicy
from providers.types import Effort, OutputSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a session is made of. It holds no secret and no held-out check."""

    client: ModelClient
    model: str
    """The provider's own id."""
    profile: Profile
    sandbox: Sandbox
    """Started; the session neither starts nor stops it."""
    tools: ToolSet
    limits: SessionLimits = field(default_factory=SessionLimits)
    scaffolds: Iterable[str] | None = None
    """Switches that are on; None is all that the profile knows."""
    writable: Callable[[str], bool] = anywhere
    root: str = "/workspace"
    """The workspace as inside (`StartRecord.inside`)."""
    effort: Effort | None = None
    surroundings: Surroundings | None = None
    """Kept in the journal; a resumed session has those it began with."""
    output: OutputSchema | None = None
    """What the last answer of each turn must fit."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    approver: Approver = field(default_factory=Everything)
    """Which calls may run; agents ask the same one."""
    context: ContextPolicy = field(default_factory=ContextPolicy)
    redactor: Redactor = NOTHING
    """Takes secrets out of whatever enters the conversation."""
    workspace: Path | None = None
    """On this host, where it is a folder here."""
    checkpoints: Checkpoints | None = None
    """Keeps the workspace's files before each round that may change them; None keeps none."""
    session: str = ""
    """Its id; empty makes one. A resumed session has the one it began with."""
    above: Callable[[], Reached | None] = no_limit
    """Of a session that this one works for: its limit, once it is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What goes on beside a session's turns."""

    processes: Processes = field(default_factory=Processes)
    agents: Agents | None = None
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    news: Callable[[], tuple[News, ...]] = no_news


def parts_of(setup: Setup, beside: Beside | None = None) -> Parts:
    """Raises UsageError for unknown scaffolds and for an output schema that is none."""
    beside = beside or Beside()
    facts = setup.profile.facts
    on = facts.scaffolds if setup.scaffolds is None else frozenset(setup.scaffolds)
    if unknown := on - facts.scaffolds:
        raise UsageError(
            f"profile {facts.name!r} has no scaffold {', '.join(sorted(unknown))}",
            remedy=f"it has: {', '.join(sorted(facts.scaffolds))}",
        )
    if setup.output is not None:
        structured.check(setup.output)
    frame = Frame(
        model=setup.model,
        features=setup.client.info(setup.model).features,
        tools=setup.tools.specs(facts.tools, facts.specs),
        scaffolds=on,
        writable=setup.writable,
        root=setup.root,
        effort=setup.effort,
        surroundings=setup.redactor.fields(setup.surroundings),
        session=setup.session,
    )
    return Parts(
        client=setup.client, profile=setup.profile, frame=frame, sandbox=setup.sandbox, tools=setup.tools,
        limits=setup.limits, retry=setup.retry, context=setup.context, checkpoints=setup.checkpoints,
        output=setup.output, above=setup.above,
        processes=beside.processes, agents=beside.agents, stopwatch=beside.stopwatch,
        news=beside.news,
        approver=setup.approver,
    )  # fmt: skip


def identity(parts: Parts) -> dict[str, Any]:
    """What a journal says of the parts, wherever they begin to count."""
    facts, frame = parts.profile.facts, parts.frame
    return {
        "model": frame.model,
        "api": parts.client.api,
        "effort": frame.effort,
        "profile": facts.name,
        "profile_version": facts.version,
        "tools": [tool.name for tool in frame.tools],
        "scaffolds": sorted(frame.scaffolds),
        "sandbox": parts.sandbox.name,
    }


@cache
def _codec() -> TypeAdapter[Surroundings]:
    return TypeAdapter(Surroundings)


def start_data(setup: Setup, parts: Parts) -> dict[str, Any]:
    """A journal's first event: identity, and what a resumed session has again."""
    data = {"id": setup.session, **identity(parts)}
    if setup.workspace is not None:
        data["workspace"] = str(setup.workspace)
    if setup.surroundings is None:
        return data
    return data | {"surroundings": _codec().dump_python(setup.surroundings, mode="json")}


def kept(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of a journal's first event, the fields of `Setup` that a resumed session has again."""
    fields: dict[str, Any] = {}
    if data.get("id"):
        fields["session"] = data["id"]
    if "surroundings" in data:
        fields["surroundings"] = _codec().validate_python(data["surroundings"])
    return fields
