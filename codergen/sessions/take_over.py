"""A foreign session as one of ours: a journal is written once, through the redactor, and resumed like any other."""

from dataclasses import dataclass
from pathlib import Path

from codergen.agent.redact import Redactor
from codergen.journal import Journal
from codergen.sessions.foreign.steps import Found, events


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What came over."""

    turns: int
    calls: int


def take_over(found: Found, path: Path, redactor: Redactor) -> TakenOver:
    """Write the journal `path`. Raises FileExistsError."""
    count = {"turn.start": 0, "tool.end": 0}
    source = {"tool": found.tool, "id": found.id, "version": found.version, "model": found.model}
    journal = Journal.create(path)
    try:
        start = {"id": path.stem, "model": found.model, "source": source}
        journal.append("session.start", start | ({"workspace": found.workspace} if found.workspace else {}))
        for kind, data in events(found.steps):
            count[kind] = count.get(kind, 0) + 1
            journal.append(kind, redactor.value(data))
        journal.append("session.end", {}, sync=True)
    finally:
        journal.close()
    return TakenOver(turns=count["turn.start"], calls=count["tool.end"])
