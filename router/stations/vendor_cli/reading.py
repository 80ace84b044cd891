"""Adds up the steps of one run. A fold: nothing here knows a vendor, a process or a clock."""

from dataclasses import dataclass, field

from router.stations.vendor_cli.steps import Answered, Called, Denied, Ended, Retried, Said, Started, Step, Warned


@dataclass(slots=True, kw_only=True)
class Reading:
    """What is known of a run so far. `take` every step in order."""

    started: Started | None = None
    ended: Ended | None = None
    answers: int = 0
    """Of the model. Where a stream does not mark them, counted by what follows a result: never too few."""
    calls: dict[str, Called] = field(default_factory=dict[str, Called])
    results: dict[str, Answered] = field(default_factory=dict[str, Answered])
    denials: dict[str, Denied] = field(default_factory=dict[str, Denied])
    warnings: list[str] = field(default_factory=list[str])
    retries: list[Retried] = field(default_factory=list[Retried])
    text: str = ""
    """The model's last words."""
    foreign: list[str] = field(default_factory=list[str])
    """Lines that were no record, the first few."""
    _speaking: bool = False
    _waiting: bool = True

    def take(self, step: Step) -> None:
        match step:
            case Started():
                self.started = self.started or step
            case Called():
                self._answering()
                self.calls[step.id] = step
                self._speaking = False
            case Answered():
                self.results[step.id] = step
                self._waiting = True
            case Denied():
                self.denials.setdefault(step.id, step)
            case Warned():
                self.warnings.append(step.text)
            case Said():
                self._answering()
                self.text = self.text + step.text if step.piece and self._speaking else step.text
                self._speaking = step.piece
            case Retried():
                self.retries.append(step)
            case Ended():
                self.ended = step

    def _answering(self) -> None:
        if self._waiting:
            self.answers += 1
            self._waiting = False

    @property
    def working(self) -> bool:
        """A call has no result yet: silence is the command's, not the model's."""
        return any(id not in self.results for id in self.calls)

    @property
    def done(self) -> tuple[tuple[Called, Answered], ...]:
        """Calls that ran, with their results, in the order of the results."""
        return tuple(
            (self.calls[id], answer)
            for id, answer in self.results.items()
            if id in self.calls and id not in self.denials
        )

    @property
    def files(self) -> tuple[str, ...]:
        """What edits changed. A shell may have changed more."""
        return tuple(dict.fromkeys(path for _, answer in self.done if not answer.is_error for path in answer.files))

    @property
    def may_have_changed(self) -> bool:
        """An edit succeeded, or a command ran: a failing one may have changed files too."""
        return any(
            (call.kind == "shell" and answer.ran) or (call.kind == "edit" and not answer.is_error)
            for call, answer in self.done
        )

    @property
    def shells(self) -> tuple[tuple[str, bool], ...]:
        """Commands in order, and whether each succeeded."""
        return tuple(
            (str(call.arguments.get("command", "")), not answer.is_error)
            for call, answer in self.done
            if call.kind == "shell"
        )
