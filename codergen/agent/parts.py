"""What the turns of a session work with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from codergen.agent.checkpoints import Checkpoints
from codergen.agent.compaction import ContextPolicy
from codergen.agent.limits import Reached, SessionLimits
from codergen.agent.stopwatch import Stopwatch
from codergen.approval.request import Approver, Everything
from codergen.profiles.profile import Frame, Profile
from codergen.sandbox.base import Sandbox
from codergen.tools.agents import Agents
from codergen.tools.processes import Processes
from codergen.tools.registry import ToolSet
from providers.client import ModelClient
from providers.retry import RetryPolicy
from providers.types import OutputSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the model is to be told, unasked."""

    about: str
    """As of `NoteEntry`."""
    text: str


def no_limit() -> Reached | None:
    """Nobody else's limits hold."""
    return None


def no_news() -> tuple[News, ...]:
    """Nothing goes on beside the turns."""
    return ()


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
    context: ContextPolicy = field(default_factory=ContextPolicy)
    checkpoints: Checkpoints | None = None
    """None keeps no files."""
    output: OutputSchema | None = None
    """What the last answer must fit."""
    agents: Agents | None = None
    """None in an agent itself."""
    processes: Processes = field(default_factory=Processes)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    """`waiting()` while a person is asked."""
    news: Callable[[], tuple[News, ...]] = no_news
    """What background commands and agents have come to since the last call; each thing is told once."""
    approver: Approver = field(default_factory=Everything)
    above: Callable[[], Reached | None] = no_limit
    """The limit of a session that this one works for, once it is reached."""
