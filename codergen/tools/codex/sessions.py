"""Commands that go on: what `exec_command` begins and `write_stdin` goes on with."""

import secrets
import time
from dataclasses import dataclass

from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.codex import tokens
from codergen.tools.codex.told import told
from codergen.tools.processes import Live
from codergen.tools.wording import Wording

WRITTEN_MS = (250, 30_000)
"""Shortest and longest wait after something was begun or written (the vendor's schema says so)."""
LOOKED_MS = (5_000, 300_000)
"""The same where it is only looked what came meanwhile."""


def waiting(asked: int | None, usual: int, bounds: tuple[int, int]) -> float:
    """Seconds to wait for output."""
    shortest, longest = bounds
    return min(max(usual if asked is None else asked, shortest), longest) / 1000


def name() -> str:
    """Of a session: a number that says nothing."""
    return str(1000 + secrets.randbelow(99_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One look at a command."""

    live: Live
    seconds: float
    """To wait at most."""
    max_tokens: int | None
    """Of its output that the model wants to see."""


async def look(wording: Wording, context: ToolContext, turn: Turn) -> ToolResult:
    """What came out until it ended or the time was up. Who has ended is forgotten."""
    live, begun = turn.live, time.monotonic()
    ended = await live.settle(turn.seconds)
    output = live.take()
    fields = {
        "chunk": secrets.token_hex(3),
        "seconds": f"{time.monotonic() - begun:.4f}",
        "tokens": tokens.count(tokens.size(output)),
        "output": tokens.shown(wording, output, turn.max_tokens),
    }
    details = {"output": tokens.text(wording, output), "session": live.id, "running": not ended}
    result = live.result
    if not ended or result is None:
        return told(wording, "exec.running", details, session=live.id, **fields)
    live.told = True
    context.processes.forget(live.id)
    code = result.exit_code if result.exit_code is not None else 128 + (result.signal or 0)
    details |= {"exit_code": result.exit_code, "signal": result.signal, "ms": result.duration_ms, "oom": result.oom}
    return told(wording, "exec.ended", details, code=code, **fields)
