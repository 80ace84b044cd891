"""What a journal says of its session in a line: for lists and headings. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codergen.agent import limits
from codergen.agent.history import Turn, live, turns
from codergen.agent.limits import Spent
from codergen.journal import Line, Transcript

TITLE = 72
"""Characters of a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One session."""

    title: str
    """The first words that were asked; empty before that."""
    workspace: str
    """Empty where the journal does not say."""
    model: str
    """Of the last process that worked on it."""
    api: str
    profile: str
    started: str
    changed: str
    """When its last line was written."""
    state: str
    """How its last turn ended: `finished`, `limit`, `cancelled`, `failed`, `interrupted`; `new` before the first."""
    turns: tuple[Turn, ...]
    """Those that count now."""
    spent: Spent
    parent: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Session and line that it was forked from."""
    source: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Tool and session that it was imported from."""
    cut: int = 0
    """Bytes of an unfinished last line."""


def facts(transcript: Transcript) -> Facts:
    """Of any journal that holds a session."""
    lines = transcript.lines
    now = turns(live(lines))
    spent = Spent()
    said: dict[str, Any] = {}
    for line in lines:
        spent = limits.apply(spent, line.kind, line.data)
        if line.kind in {"session.start", "session.resume", "session.change"}:
            said |= line.data
    return Facts(
        title=title(lines),
        workspace=str(said.get("workspace") or ""),
        model=str(said.get("model", "")),
        api=str(said.get("api", "")),
        profile=str(said.get("profile", "")),
        started=lines[0].ts if lines else "",
        changed=lines[-1].ts if lines else "",
        state=now[-1].status if now else "new",
        turns=now,
        spent=spent,
        parent=said.get("parent", {}),
        source=said.get("source", {}),
        cut=transcript.cut.length if transcript.cut else 0,
    )


def title(lines: tuple[Line, ...]) -> str:
    """The first words that were asked, in one line."""
    first = next((str(line.data["text"]) for line in lines if line.kind == "turn.start"), "")
    words = " ".join(first.split())
    return words if len(words) <= TITLE else words[: TITLE - 1] + "…"


def row(id: str, found: Facts) -> dict[str, Any]:
    """As documents have it. Money is a decimal text; null is unknown."""
    cost = found.spent.cost
    return {
        "id": id,
        "title": found.title,
        "workspace": found.workspace or None,
        "model": found.model,
        "api": found.api,
        "profile": found.profile,
        "started": found.started,
        "changed": found.changed,
        "state": found.state,
        "turns": len(found.turns),
        "answers": found.spent.turns,
        "tokens": found.spent.usage.total,
        "cost_usd": None if cost is None else str(cost),
        "parent": dict(found.parent) or None,
        "source": dict(found.source) or None,
        "cut_bytes": found.cut,
    }
