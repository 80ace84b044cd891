"""What is asked of an approver, and what it says."""

from dataclasses import dataclass
from typing import Literal, Protocol

from codergen.approval.rule import Rule
from codergen.tools.base import Intent

Mode = Literal["plan", "never", "ask", "edits", "auto"]
"""From strict to loose. `plan`: reads only. `never`: nobody is asked, and only reads and what rules allow may be done.
`ask`: changes and commands are asked for. `edits`: changes inside the workspace are allowed. `auto`: all that stays
inside the boundary is allowed."""

MODES: tuple[Mode, ...] = ("plan", "never", "ask", "edits", "auto")


def stricter(one: Mode, other: Mode) -> Mode:
    return one if MODES.index(one) <= MODES.index(other) else other


By = Literal["default", "mode", "rule", "person", "nobody"]
"""`default`: everything that a sandbox lets through is allowed. `nobody`: there was nobody whom to ask."""

Scope = Literal["once", "session", "stored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """A call that waits."""

    call_id: str
    tool: str
    intent: Intent
    root: str
    """The workspace as inside."""
    cwd: str
    """Where its relative paths count from, absolute as inside."""
    bounded: bool
    """The sandbox keeps commands inside the workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The answer, and on what it rests."""

    allowed: bool
    by: By
    why: str
    """A sentence, for the model where it is refused."""
    scope: Scope = "once"
    """For how long a person's answer holds; a mode and a rule hold as long as they stand."""
    rules: tuple[Rule, ...] = ()
    """The rule that decided; after a person's answer for longer than once, those that were made of it."""


class Approver(Protocol):
    async def decide(self, request: ApprovalRequest, /) -> Approval:
        """May take as long as a person does. Never raises for what is asked."""
        ...


class Everything:
    """Allows all that the sandbox lets through: for stations, whose boundary is the sandbox, and for programs."""

    async def decide(self, request: ApprovalRequest, /) -> Approval:
        return EVERYTHING


EVERYTHING = Approval(allowed=True, by="default", why="The sandbox is the boundary.")
