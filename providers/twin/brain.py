"""Who decides what the model says: a script, a cassette, or something that the caller brings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from providers.twin.faults import Fault
from providers.twin.front import Answer, Asked, Call, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What comes back for one request."""

    turn: Turn | Answer
    """An `Answer` goes out as it is, past the front: for recorded exchanges and for wires that are off the rails."""
    fault: Fault | None = None


class Unexpected(Exception):
    """A brain has nothing to say to this request. The twin answers 400, so that no client tries again."""


class Brain(Protocol):
    async def answer(self, asked: Asked) -> Reaction:
        """The reaction to one valid request. Raises Unexpected."""
        ...

    def side(self, call: Call) -> Answer | None:
        """An answer for a call beside the model; None leaves it to the front."""
        ...

    def problems(self) -> Sequence[str]:
        """What went otherwise than expected so far, and what is still due. Empty is good."""
        ...
