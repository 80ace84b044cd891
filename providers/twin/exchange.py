"""What the twin remembers of each request, for tests to look at and for the log."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from providers.twin import secrets
from providers.twin.faults import Fault
from providers.twin.front import Asked, Call
from providers.twin.stability import Difference
from providers.types import Usage


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request and how it was answered; filled in as it goes."""

    call: Call
    provider: str = ""
    """Empty when no front claims the path."""
    asked: Asked | None = None
    """None for side calls and rejected requests."""
    status: int | None = None
    """None while nothing was answered, and when nothing ever was (hang, reset)."""
    usage: Usage | None = None
    fault: Fault | None = None
    difference: Difference | None = None
    """Where this request does not extend the one before in its conversation."""
    problem: str = ""
    """Why it was rejected or unexpected; with the rule that was broken and where that is said."""
    hung_up: bool = False
    """The client left before the answer was whole."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the answer is over, either way."""


def document(exchange: Exchange) -> dict[str, Any]:
    """An exchange as JSON, without secrets."""
    call, fault = exchange.call, exchange.fault
    found = secrets.keys(call.headers, call.query)
    return {
        "number": call.number,
        "time": call.now,
        "provider": exchange.provider,
        "method": call.method,
        "path": call.path,
        "query": secrets.query(call.query),
        "headers": secrets.headers(call.headers),
        "body": secrets.body(call.body, found),
        "status": exchange.status,
        "fault": fault.name if fault else None,
        "usage": {name: getattr(exchange.usage, name) for name in Usage.__slots__} if exchange.usage else None,
        "difference": str(exchange.difference) if exchange.difference else None,
        "problem": exchange.problem or None,
        "hung_up": exchange.hung_up,
    }


def write(exchange: Exchange, folder: Path) -> None:
    """Into `folder`, one file per request; written when it arrives and again when it is over."""
    name = f"{exchange.call.number:04d}-{exchange.provider or 'unknown'}.json"
    text = json.dumps(document(exchange), indent=1, ensure_ascii=False)
    (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
