"""Steps of a job that happen once: what a step gave is in the journal, and a resumed job reads it there."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter

from codergen.events import Emit, Event
from codergen.journal import Journal, Line

DONE = "step.done"
T = TypeVar("T")


class Steps:
    """The journal of one job, seen as named steps."""

    def __init__(self, journal: Journal, emit: Emit, recorded: Mapping[str, Any] | None = None) -> None:
        """`recorded` is what `read_steps` found in the journal of the interrupted run."""
        self._journal, self._show = journal, emit
        self._recorded = dict(recorded or {})

    def emit(self, event: Event) -> None:
        """Write an event, then show it. Parts of a stream are only shown: the whole follows as an event of its own.

        Stations emit through this too, so an event is never a finished step, whatever it calls itself.
        """
        if not event.kind.endswith(".delta"):
            self._journal.append(f"said.{DONE}" if event.kind == DONE else event.kind, event.data)
        self._show(event)

    def recorded(self, name: str) -> bool:
        """Whether an earlier run finished this step."""
        return name in self._recorded

    async def once(self, name: str, kind: TypeAdapter[T], work: Callable[[], Awaitable[T]]) -> T:
        """The recorded result of a step, or that of `work`, which is on disk before this returns."""
        if name in self._recorded:
            self._show(Event(kind="step.replayed", data={"name": name}))
            return kind.validate_python(self._recorded[name])
        value = await work()
        self._journal.append(DONE, {"name": name, "value": kind.dump_python(value, mode="json")}, sync=True)
        return value


def read_steps(lines: tuple[Line, ...]) -> Mapping[str, Any]:
    """Results by step name."""
    return {line.data["name"]: line.data["value"] for line in lines if line.kind == DONE}
