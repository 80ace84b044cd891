"""What decides the next step of a session for one model family. Pure: conversation in, step out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from codergen.conversation import Conversation
from codergen.profiles.surroundings import Surroundings
from providers.types import Effort, Message, ModelRequest, ModelResponse, ToolSpec


def anywhere(path: str) -> bool:
    """No path is out of bounds."""
    return True


LOOP_SCAFFOLDS = frozenset({"last_chance", "loop_warning", "compaction"})
"""Switches of the loop, for profiles whose models work in it on their own. `last_chance`: at a limit the model is asked
once more, to conclude. `loop_warning`: one that repeats itself is told so, then stopped. `compaction`: a conversation
that nears the end of the model's window is cut down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stays the same for a whole session, so that requests keep one prefix."""

    model: str
    features: frozenset[str] = frozenset()
    """Of the client for this model."""
    tools: tuple[ToolSpec, ...] = ()
    """Those the session has, in the profile's order."""
    scaffolds: frozenset[str] = frozenset()
    """Switches that are on."""
    writable: Callable[[str], bool] = anywhere
    """Whether this job may change a path (relative to the workspace)."""
    root: str = "/workspace"
    """The workspace as inside (`StartRecord.inside`)."""
    effort: Effort | None = None
    """Asked for by the user; None is the profile's own."""
    surroundings: Surroundings | None = None
    """Where the session began, for profiles that tell their model."""
    session: str = ""
    """Id of the session: the key under which a provider finds what it has cached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Call the model."""

    request: ModelRequest
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Run tool calls that no model asked for; the conversation marks them as the harness's."""

    message: Message
    kind: Literal["act"] = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The turn is over."""

    reason: str
    """`answered`, or a word of the profile's own."""
    text: str = ""
    kind: Literal["finished"] = "finished"


Step = Ask | Act | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFacts:
    """What is known of a profile before a session begins."""

    name: str
    """e.g. `plain`."""
    version: str
    """12 hex digits over all of its prompts and data."""
    prompts: tuple[str, ...]
    """Hashes of its prompt texts."""
    tools: tuple[str, ...]
    """Names of tools it uses, in the order a model is told of them."""
    specs: tuple[ToolSpec, ...] = ()
    """Those of `tools` whose words and schemas are the profile's, which then win over a tool's own."""
    needs: tuple[str, ...] = ()
    """Tools without which it cannot do anything."""
    scaffolds: frozenset[str] = field(default_factory=frozenset[str])
    """Switches it knows; all are on unless a session says otherwise."""
    seconds: float | None = None
    """Time after which more of it is not worth having."""


class Profile(Protocol):
    """A native profile asks with all messages and returns answers unchanged; others translate."""

    @property
    def facts(self) -> ProfileFacts: ...

    def request(self, conversation: Conversation, frame: Frame) -> Step:
        """The step after this conversation. The same arguments give the same step."""
        ...

    def read(self, response: ModelResponse, conversation: Conversation, frame: Frame) -> Message:
        """The answer as a message whose tool calls will be run; never raises for what a model wrote."""
        ...
