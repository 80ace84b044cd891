"""Setting other models to work: what the agent tools of all families use. The session that owns the agents implements
it (`codergen.agent.subagents`); a tool only words what is here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

from providers.types import Effort, Usage

AgentState = Literal["running", "completed", "failed", "closed"]
"""`completed`: its last turn ended and it waits for more; `failed`: its last turn could not be ended, it may be sent
more; `closed`: gone for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTask:
    """What a new agent is asked for."""

    text: str
    """Its first user message; it sees nothing else of the parent's conversation."""
    name: str = ""
    """For people and for models that call agents by name; one that is taken gets a number. Empty makes one."""
    model: str | None = None
    """None is the parent's. Another one is asked at the parent's client."""
    effort: Effort | None = None
    """None is the parent's."""
    instructions: str = ""
    """Put before the text: what this kind of agent is to keep to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReport:
    """How an agent stands."""

    id: str
    """Short; its own among the session's agents."""
    name: str
    state: AgentState
    text: str = ""
    """Its last answer; why it failed, for a failed one. Empty while its first turn runs."""
    reason: str = ""
    """As of `TurnEnd`: `answered`, the name of a limit ...; the error's name for a failed one."""
    turns: int = 0
    """Answers of its model."""
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal | None = Decimal(0)
    """None when it is not known in full."""
    seconds: float = 0.0
    """In its turns."""


class Agents(Protocol):
    """The agents of one session. They work beside it, in its sandbox, with conversations of their own; what they use
    counts as the session's. `id` may be a name wherever one is taken; ToolMisuse for one that is not there."""

    async def spawn(self, task: AgentTask) -> AgentReport:
        """Start one and return at once. Raises ToolMisuse when the session's limits leave no room, or too many run."""
        ...

    async def send(self, id: str, text: str) -> None:
        """To one that runs: after its current round. To one that waits: its next turn. ToolMisuse when closed."""
        ...

    async def wait(
        self, ids: Sequence[str], timeout_s: float | None = None, *, until: Literal["any", "all"] = "all"
    ) -> tuple[AgentReport, ...]:
        """How they stand, in the order of `ids` (none is all there are), once any or all of them run no longer, or the
        time is up. Cancelling a wait leaves them running."""
        ...

    async def close(self, id: str) -> AgentReport:
        """End one, its work in hand included. Idempotent."""
        ...

    def list(self) -> tuple[AgentReport, ...]:
        """All of them, oldest first, closed ones too."""
        ...


@runtime_checkable
class AgentTool(Protocol):
    """Marks a tool that sets agents to work or deals with them: an agent itself is not given it."""

    uses_agents: Literal[True]
