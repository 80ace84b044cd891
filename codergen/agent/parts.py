"""What the turns of a session work with."""

from dataclasses import dataclass, field

from codergen.agent.limits import SessionLimits
from codergen.profiles.profile import Frame, Profile
from codergen.sandbox.base import Sandbox
from codergen.tools.agents import Agents
from codergen.tools.registry import ToolSet
from providers.client import ModelClient
from providers.retry import RetryPolicy


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
    agents: Agents | None = None
    """None in an agent itself."""
