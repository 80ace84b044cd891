"""Which lines of a journal make up the session as it is now, and where its turns begin and end. Pure.

A rewind takes nothing out of a journal: it is a line that names an earlier one, after which the session is as it was
there. So a rewind is undone by another one that names the line before it, and that one in its turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codergen.errors import UsageError
from codergen.journal import Line

REWIND = "rewind"
"""Kind of the line with `to`: the `seq` of the line after which the session goes on (-1 is before the first); null
where only files were put back."""
CHECKPOINT = "checkpoint"
"""Kind of the line that says how the workspace's files were: codergen.agent.checkpoints."""
_COPIED = frozenset(
    {"turn.start", "turn.end", "steer.entered", "model.message", "tool.end", "note", "compaction", CHECKPOINT}
)
"""What a fork takes over: conversation and files, not what was spent on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of the session as it is now."""

    number: int
    """From 1."""
    first: int
    """`seq` of its `turn.start`."""
    last: int
    """`seq` of its last line that is part of the session."""
    text: str
    """What was asked."""
    status: str
    """As its `turn.end` says; `interrupted` without one."""
    answer: str
    ts: str


def live(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that count, in order. Linear; what was rewound is left out."""
    out: list[Line] = []
    at = len(lines) - 1
    while at >= 0:
        line = lines[at]
        if line.kind == REWIND:
            to = line.data["to"]
            at = at - 1 if to is None else min(int(to), at - 1)
            continue
        out.append(line)
        at -= 1
    return tuple(reversed(out))


def turns(lines: Sequence[Line]) -> tuple[Turn, ...]:
    """Turns among lines that `live` gave."""
    out: list[Turn] = []
    began: Line | None = None
    for position, line in enumerate(lines):
        if line.kind == "turn.start":
            if began is not None:
                out.append(_turn(len(out) + 1, began, lines[position - 1], None))
            began = line
        elif line.kind == "turn.end" and began is not None:
            out.append(_turn(len(out) + 1, began, line, line.data))
            began = None
    if began is not None:
        out.append(_turn(len(out) + 1, began, lines[-1], None))
    return tuple(out)


def _turn(number: int, began: Line, last: Line, end: Mapping[str, Any] | None) -> Turn:
    return Turn(
        number=number,
        first=began.seq,
        last=last.seq,
        text=str(began.data["text"]),
        status=str(end["status"]) if end else "interrupted",
        answer=str(end["text"]) if end else "",
        ts=began.ts,
    )


def after_turn(lines: Sequence[Line], number: int) -> int:
    """`seq` of the line after which turn `number` is over, 0 being before the first turn. Raises UsageError."""
    found = turns(lines)
    if not 0 <= number <= len(found):
        raise UsageError(
            f"there is no turn {number}: the session has {len(found)}", remedy="`codergen session show ID` numbers them"
        )
    if number:
        return found[number - 1].last
    return found[0].first - 1 if found else (lines[-1].seq if lines else -1)


def copied(lines: Sequence[Line], upto: int) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """(kind, data) of what a fork takes over of lines that `live` gave: those up to the line `upto`."""
    kept = [line for line in lines if line.seq <= upto and line.kind in _COPIED]
    return tuple((line.kind, {**line.data, "seconds": 0.0} if line.kind == "turn.end" else line.data) for line in kept)


def last_rewind(lines: Sequence[Line]) -> Line:
    """The newest rewind of a whole journal. Raises UsageError when there is none."""
    for line in reversed(lines):
        if line.kind == REWIND:
            return line
    raise UsageError("this session was never rewound, so there is nothing to undo")
