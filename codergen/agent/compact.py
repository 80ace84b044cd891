"""Compacting a session's conversation: asks its own model for a summary, falls back on a mechanical one, records what
came of it. What is kept and what goes is decided in `codergen.agent.compaction`."""

import time
from contextlib import aclosing

from codergen.agent import compaction, window
from codergen.agent.answer import retry_data, usage_data
from codergen.agent.compaction import By, Cut
from codergen.agent.parts import Parts
from codergen.agent.record import Record
from codergen.agent.window import Fill
from prompts import load
from providers import retry
from providers.errors import ContextFull, CutStream, ProviderError
from providers.events import Done
from providers.types import ModelRequest, ModelResponse, user

_SCAFFOLD = "compaction"
"""A profile with a schedule of its own reads its place in it from the conversation, which then has to stay."""


async def compact_if_needed(parts: Parts, record: Record, request: ModelRequest) -> bool:
    """Compact before `request` goes out where the window is nearly full. True where the conversation became smaller:
    the profile has to be asked for another request."""
    fill = window.fill(record.measured, record.conversation, request, _window(parts))
    if _SCAFFOLD not in parts.frame.scaffolds or not compaction.due(fill, parts.context, request.max_output_tokens):
        return False
    return await _compact(parts, record, fill, why="nearly_full")


async def on_context_error(parts: Parts, record: Record, request: ModelRequest) -> bool:
    """Compact after a service refused `request` because it is too long. False where nothing can be cut: then the turn
    ends, with reason `context`. Whoever calls does so once for a refusal that follows on another."""
    if _SCAFFOLD not in parts.frame.scaffolds:
        return False
    fill = window.fill(record.measured, record.conversation, request, _window(parts))
    return await _compact(parts, record, fill, why="refused")


def _window(parts: Parts) -> int | None:
    return parts.client.info(parts.frame.model).context_tokens


async def _compact(parts: Parts, record: Record, fill: Fill, *, why: str) -> bool:
    cut = compaction.cut(record.conversation, fill, parts.context)
    if cut is None:
        return False
    record("compaction.start", {"why": why, "dropped": len(cut.dropped), "fill": fill.data()})
    size = parts.context.window if fill.window is None else fill.window
    limit = min(parts.context.summary, size // 10)
    said, failed = await _summary(parts, record, cut, size=size, limit=limit)
    ways: tuple[tuple[By, str], ...] = (("model", said), ("mechanical", compaction.mechanical(cut, limit)))
    for by, text in ways:
        if by == "model" and not text:
            continue
        note = compaction.note(text, cut, record.tools)
        data = compaction.event(record.conversation, cut, note, by=by, why=why, fill=fill)
        if data is not None:
            record("compaction", {**data, "failed": failed}, sync=True)
            return True
    record("compaction.skipped", {"why": "the conversation would not become smaller", "failed": failed})
    return False


async def _summary(parts: Parts, record: Record, cut: Cut, *, size: int, limit: int) -> tuple[str, str]:
    """The model's summary, or nothing and why; asked again with half as much where the service says it is too long."""
    failed = ""
    for room in (size // 2, size // 4, size // 8):
        request = ModelRequest(
            model=parts.frame.model,
            system=load("line/compaction").text,
            messages=(user(compaction.transcript(cut, room)),),
            max_output_tokens=2 * limit,
            effort="none",
            cache=False,
        )
        try:
            response = await _answer(parts, record, request)
        except ContextFull as error:
            failed = error.kind
            continue
        except ProviderError as error:
            return "", error.kind
        text = response.message.text.strip()
        if response.stop in {"stop", "length"} and text:
            return text, ""
        return "", "blank" if not text else response.stop
    return "", failed


async def _answer(parts: Parts, record: Record, request: ModelRequest) -> ModelResponse:
    """One call, its cost recorded as any other's."""
    began = time.monotonic()

    def tell(again: retry.Retry) -> None:
        record("model.retry", retry_data(again) | {"about": "compaction"})

    events = retry.stream(parts.client, request, policy=parts.retry, on_retry=tell)
    async with aclosing(events) as stream:
        async for event in stream:
            if isinstance(event, Done):
                record("compaction.usage", usage_data(event.response, time.monotonic() - began))
                return event.response
    raise CutStream("the stream ended without its last event", provider=parts.client.api)
