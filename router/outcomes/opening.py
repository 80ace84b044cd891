"""Where a job puts its rows, and a store that is still being opened while the job begins."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from router.outcomes.values import Decision, Outcome

if TYPE_CHECKING:
    from router.outcomes.store import OutcomeStore


class Recorder(Protocol):
    """What the line needs of a store. False: the row was there already, and stays."""

    def record_decision(self, decision: Decision) -> bool: ...
    def record_outcome(self, outcome: Outcome) -> bool: ...


class OpeningStore:
    """A `Recorder` whose database library is imported, and whose file is opened, by a thread: both cost more than the
    first steps of a job. What opening raises comes out of the first call that needs the store.
    """

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outcomes")
        self._store = self._thread.submit(_open, path)

    def record_decision(self, decision: Decision) -> bool:
        return self._store.result().record_decision(decision)

    def record_outcome(self, outcome: Outcome) -> bool:
        return self._store.result().record_outcome(outcome)

    def close(self) -> None:
        """Wait until it is open, if it ever was to be, and give up the file."""
        self._thread.shutdown()
        if self._store.exception() is None:
            self._store.result().close()


def _open(path: Path) -> "OutcomeStore":
    from router.outcomes.store import OutcomeStore  # late: SQLModel is more than half of the command's start

    return OutcomeStore(path)
