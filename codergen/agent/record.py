"""Where every event of a session goes: into the journal, into the session's state, then to whoever watches."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from codergen import conversation as talk
from codergen.agent import limits, steering, window
from codergen.agent.history import REWIND, live
from codergen.agent.limits import Spent
from codergen.agent.redact import NOTHING, Redactor
from codergen.agent.steering import Waiting
from codergen.agent.window import Measured
from codergen.conversation import Conversation
from codergen.events import Emit, Event, ignore
from codergen.journal import Journal, Line, Transcript, read
from codergen.tools.state import ToolState

_OUTPUT, _DELTA = "tool.output", "model.delta"
_SAID = frozenset({"model.message", "tool.start", "turn.end"})
"""Words of the model: it was shown no secret."""
_PLAIN = frozenset({"model.request", "model.usage", "checkpoint", REWIND})
"""Made of what is redacted already, or of ids."""
_OVER = frozenset({"", "turn.end", "session.end"})
"""With these no output of a call comes any more; the empty one is the end of the record."""


class Record:
    """State is the fold of the events, live as after a resume; an event that is not in the journal never happened.

    Secrets go before anything else sees an event, so journal, resumed session and model have the same bytes.
    """

    def __init__(self, journal: Journal, emit: Emit = ignore, redactor: Redactor = NOTHING) -> None:
        self.conversation = Conversation()
        self.spent = Spent()
        self.tools = ToolState()
        self.waiting = Waiting()
        self.measured = Measured()
        """What the provider counted of this conversation."""
        self.redactor = redactor
        self._journal, self._emit = journal, emit
        self._held: dict[tuple[str, str], tuple[dict[str, Any], str]] = {}
        """(kind, stream) -> its last event, and the end of its text that may be the beginning of a secret."""

    def __call__(self, kind: str, data: Mapping[str, Any], *, sync: bool = False) -> None:
        """Redact, write, take in, show: in this order. `sync` for what must survive a power cut."""
        if kind in (_OUTPUT, _DELTA):
            self._piece(kind, dict(data))
            return
        self._release(kind, data)
        if kind in _SAID:
            data = self.redactor.value(data, self.redactor.said)
        elif kind not in _PLAIN:
            data = self.redactor.value(data)
        self._write(kind, data, sync=sync)

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._journal.path

    def replay(self, transcript: Transcript) -> None:
        """Take in what an earlier process wrote; nothing is shown again. What a rewind took back was paid, and what
        was said and not heard waits, all the same."""
        self.conversation, self.tools, self.measured = Conversation(), ToolState(), Measured()
        self.spent, self.waiting = Spent(), Waiting()
        for line in transcript.lines:
            self._count(line)
        for line in live(transcript.lines):
            self._take(line)

    def show(self, event: Event) -> None:
        """An event of another journal, for whoever watches."""
        self._emit(event)

    def close(self) -> None:
        self._release("", {})
        self._journal.close()

    def _write(self, kind: str, data: Mapping[str, Any], *, sync: bool = False) -> None:
        line = self._journal.append(kind, data, sync=sync)
        if kind == REWIND:
            self.replay(read(self._journal.path))
        else:
            self._count(line)
            self._take(line)
        self._emit(Event(kind=kind, data=data))

    def _count(self, line: Line) -> None:
        self.spent = limits.apply(self.spent, line.kind, line.data)
        self.waiting = steering.apply(self.waiting, line.kind, line.data)

    def _take(self, line: Line) -> None:
        kind, data = line.kind, line.data
        self.measured = window.apply(self.measured, kind, data, len(self.conversation.entries))
        self.conversation = talk.apply(self.conversation, kind, data)
        if kind == "tool.end" and "state" in data:
            self.tools = self.tools.apply(data["state"])

    def _piece(self, kind: str, data: dict[str, Any]) -> None:
        """A piece of a text; the part of it that may begin a secret waits for the next piece or the text's end."""
        output = kind == _OUTPUT
        key = (kind, f"{data['call_id']} {data['stream']}" if output else f"{data['part']} {data.get('index', '')}")
        _, held = self._held.pop(key, ({}, ""))
        told, held = self.redactor.step(held, data["text"], shapes=output)
        if held:
            self._held[key] = (data, held)
        if told or not held:
            self._write(kind, data | {"text": told})

    def _release(self, kind: str, data: Mapping[str, Any]) -> None:
        """Texts that are over: a call's output when it is answered, an answer's pieces with anything else."""
        ended = data.get("call_id") if kind == "tool.end" else None
        for key in tuple(self._held):
            if key[0] == _OUTPUT and not (key[1].startswith(f"{ended} ") or kind in _OVER):
                continue
            if key[0] == _DELTA and kind.startswith("tool."):
                continue
            last, held = self._held.pop(key)
            change: Callable[[str], str] = self.redactor.text if key[0] == _OUTPUT else self.redactor.said
            self._write(key[0], last | {"text": change(held)})
