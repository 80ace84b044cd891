"""What the turns of a session work with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from codergen.agent.limits import Reached, SessionLimits
from codergen.profiles.profile import Frame, Profile
from codergen.sandbox.base import Sandbox
from codergen.tools.agents import Agents
from codergen.tools.registry import ToolSet
from providers.client import ModelClient
from providers.retry import RetryPolicy
from providers.types import OutputSchema


def no_limit() -> Reached | None:
    """Nobody else's limits hold."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A session that changes its model or profile gets other parts; a call under way keeps those it began with."""

    client: ModelClient
    profile: Profile
    frame: Frame
    sandbox: Sandbox
    tools: ToolSet
    limits: SessionLimits
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    output: OutputSchema | None = None
    """What the last answer must fit."""
    agents: Agents | None = None
    """None in an agent itself."""
    above: Callable[[], Reached | None] = no_limit
    """The limit of a session that this one works for, once it is reached."""
