"""A session that goes on from a point of another one: its own journal, its own store of files, the other untouched."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codergen.agent.checkpoints import Checkpoints
from codergen.agent.history import after_turn, copied, live
from codergen.errors import UsageError
from codergen.journal import Journal, read


def fork(source: Path, target: Path, *, at: int | None = None) -> Mapping[str, Any]:
    """Write the journal `target` with the conversation of `source` up to the end of turn `at` (None is all of it).

    Returns its first event. What was spent stays with the source; a tail that was cut off is left out. Raises
    JournalDamaged, UsageError for a turn that is not there, FileExistsError.
    """
    transcript = read(source)
    if not transcript.lines or transcript.lines[0].kind != "session.start":
        raise UsageError(f"{source} holds no session")
    lines = live(transcript.lines)
    upto = lines[-1].seq if at is None else after_turn(lines, at)
    last = transcript.lines[max(upto, 0)]
    parent = {"id": source.stem, "seq": last.seq, "hash": last.hash}
    start = {**transcript.lines[0].data, "id": target.stem, "parent": parent}
    journal = Journal.create(target)
    try:
        journal.append("session.start", start)
        for kind, data in copied(lines, upto):
            journal.append(kind, data)
        journal.append("session.end", {}, sync=True)
    finally:
        journal.close()
    Checkpoints(store=source.with_suffix(".files"), workspace=target.parent).copy_to(target.with_suffix(".files"))
    return start
