"""Where every event of a session goes: into the journal, into the session's state, then to whoever watches."""

from collections.abc import Mapping
from typing import Any

from codergen import conversation as talk
from codergen.agent import limits, steering
from codergen.agent.limits import Spent
from codergen.agent.steering import Waiting
from codergen.conversation import Conversation
from codergen.events import Emit, Event, ignore
from codergen.journal import Journal, Transcript
from codergen.tools.state import ToolState


class Record:
    """State is the fold of the events, live as after a resume; an event that is not in the journal never happened."""

    def __init__(self, journal: Journal, emit: Emit = ignore) -> None:
        self.conversation = Conversation()
        self.spent = Spent()
        self.tools = ToolState()
        self.waiting = Waiting()
        self._journal, self._emit = journal, emit

    def __call__(self, kind: str, data: Mapping[str, Any], *, sync: bool = False) -> None:
        """Write, take in, show: in this order. `sync` for what must survive a power cut."""
        self._journal.append(kind, data, sync=sync)
        self._take(kind, data)
        self._emit(Event(kind=kind, data=data))

    def replay(self, transcript: Transcript) -> None:
        """Take in what an earlier process wrote; nothing is shown again."""
        for line in transcript.lines:
            self._take(line.kind, line.data)

    def show(self, event: Event) -> None:
        """An event of another journal, for whoever watches."""
        self._emit(event)

    def close(self) -> None:
        self._journal.close()

    def _take(self, kind: str, data: Mapping[str, Any]) -> None:
        self.conversation = talk.apply(self.conversation, kind, data)
        self.spent = limits.apply(self.spent, kind, data)
        self.waiting = steering.apply(self.waiting, kind, data)
        if kind == "tool.end" and "state" in data:
            self.tools = self.tools.apply(data["state"])
