"""The steps of a vendor's tool as our events, so that journal, screen and transcript show them. Pure."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from codergen.conversation import message_data
from codergen.events import Event
from providers.types import Message, TextPart
from router.stations.vendor_cli.reading import Reading
from router.stations.vendor_cli.steps import Answered, Called, Denied, Ended, Retried, Said, Started, Step, Warned

SHOWN = 20_000
"""Characters of a tool's result that are kept: the whole of it is the tool's own business."""


def events_of(step: Step, reading: Reading, seconds: float) -> Iterator[Event]:
    """`reading` has taken the step already; `seconds` is the time since the run began."""
    match step:
        case Started():
            yield Event(
                kind="session.start", data={"model": step.model, "tools": list(step.tools), "session": step.session}
            )
        case Called():
            data = {"call_id": step.id, "name": step.name, "arguments": json.dumps(dict(step.arguments), default=str)}
            yield Event(kind="tool.start", data=data)
        case Answered():
            yield Event(kind="tool.end", data=_tool_end(step, reading))
        case Denied():
            yield Event(kind="note", data={"text": f"{step.tool} was not allowed: {step.why}"[:500]})
        case Warned():
            yield Event(kind="note", data={"text": step.text[:500]})
        case Said() if step.piece:
            yield Event(kind="model.delta", data={"part": "text", "text": step.text})
        case Said():
            message = message_data(Message(role="assistant", parts=(TextPart(text=step.text),)))
            yield Event(kind="model.message", data={"message": message, "by": "model", "stop": None})
        case Retried():
            yield Event(
                kind="model.retry",
                data={"error": step.why, "message": step.why, "call": step.attempt, "wait": step.wait},
            )
        case Ended():
            yield from _end(step, reading, seconds)


def _tool_end(step: Answered, reading: Reading) -> dict[str, object]:
    call = reading.calls.get(step.id)
    return {
        "call_id": step.id,
        "name": call.name if call else "",
        "content": step.content[:SHOWN],
        "details": {**step.details, "files": list(step.files)},
        "is_error": step.is_error,
        "seconds": None,
    }


def _end(step: Ended, reading: Reading, seconds: float) -> Iterator[Event]:
    if step.usage is not None:
        data = {
            "model": reading.started.model if reading.started else "",
            "usage": asdict(step.usage),
            "cost_usd": None if step.cost_usd is None else str(step.cost_usd),
            "seconds": round(seconds, 3),
            "stop": "stop" if step.kind == "finished" else None,
            "raw_stop": step.kind,
            "request_id": None,
        }
        yield Event(kind="model.usage", data=data)
    status = {"finished": "finished", "failed": "failed"}.get(step.kind, "limit")
    yield Event(
        kind="turn.end",
        data={"status": status, "reason": step.kind, "text": step.text[:SHOWN], "seconds": round(seconds, 3)},
    )
