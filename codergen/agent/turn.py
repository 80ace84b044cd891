"""One turn: its values, and what is known of it while it runs."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from codergen.agent.limits import Reached, reached
from codergen.agent.parts import Parts
from codergen.agent.record import Record
from providers.types import ModelRequest

Status = Literal["finished", "limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnd:
    """How a turn ended on its own; failures and cancelling are exceptions."""

    status: Status
    reason: str
    """The profile's word, the limit's name, or `no_structured_answer`."""
    text: str = ""
    answer: Any = None
    """The text's JSON value, where the session has an output schema and the text fits it."""

    def data(self) -> dict[str, Any]:
        """As JSON values; without an answer where there is none."""
        return {name: value for name, value in asdict(self).items() if name != "answer" or value is not None}


@dataclass(slots=True)
class Running:
    """One turn under way."""

    parts: Parts
    """Exchanged when the session changes; a round is done with those it began with."""
    record: Record
    asked: ModelRequest | None = None
    """The request before, for recording only what is new."""
    answers: int = 0
    """Of a model, in this turn."""
    repairing: bool = False
    """The model was told that its last answer does not fit the output schema."""
    refused: bool = False
    """The last request did not fit the model's window, and the conversation was compacted since."""
    over: TurnEnd | None = None
    """A limit is reached, and the model concludes."""

    def __post_init__(self) -> None:
        self.parts.stopwatch.start()

    @property
    def seconds(self) -> float:
        return self.parts.stopwatch.seconds

    def reached(self) -> Reached | None:
        """The first limit that leaves no room for another step: its own, or of the session it works for."""
        return reached(self.parts.limits, self.record.spent, seconds=self.seconds) or self.parts.above()
