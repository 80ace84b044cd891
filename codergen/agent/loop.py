"""One turn: ask the profile for a step, take it, until it is finished or a limit is reached."""

import asyncio
import json
from dataclasses import replace
from typing import Any, assert_never

import prompts
from codergen.agent import repetition, structured
from codergen.agent.answer import answer, say
from codergen.agent.before_round import before_round
from codergen.agent.compact import compact_if_needed, on_context_error
from codergen.agent.limits import Reached
from codergen.agent.offered import offered
from codergen.agent.parts import Parts
from codergen.agent.record import Record
from codergen.agent.tool_calls import run_calls
from codergen.agent.turn import Running, TurnEnd
from codergen.conversation import AssistantEntry
from codergen.profiles.profile import Act, Ask, Finished
from providers.errors import ContextFull, ProviderError
from providers.types import ModelRequest

CONCLUDING_TOKENS = 8_192
"""Most output of the one answer that is asked for beyond a limit."""


async def run_turn(turn: Running, text: str, *, follow_up: int | None = None) -> TurnEnd:
    """Take in the user's text and work until the profile is finished or a limit is reached.

    Raises ProviderError and SandboxError. However it ends, an event `turn.end` says so first.
    """
    record = turn.record
    record("turn.start", {"text": text} if follow_up is None else {"text": text, "follow_up": follow_up})
    end: dict[str, Any] = {"status": "cancelled", "reason": "", "text": ""}
    try:
        result = await _until_limit(turn)
        end = result.data()
    except asyncio.CancelledError:
        raise
    except Exception as error:
        end = {"status": "failed", "reason": type(error).__name__, "text": str(error)}
        raise
    finally:
        record("turn.end", end | {"seconds": round(turn.seconds, 3)}, sync=True)
    return result


async def _until_limit(turn: Running) -> TurnEnd:
    """The steps under the time limit, which also ends a model's answer or a command in the middle."""
    allowed = turn.parts.limits.seconds
    left = None if allowed is None else max(0.0, allowed - turn.record.spent.seconds)
    timer = asyncio.timeout(left)
    turn.parts.stopwatch.hold(timer)
    try:
        async with timer:
            return await _steps(turn)
    except TimeoutError:
        if not timer.expired():
            raise
        return turn.over or _stopped(turn.record, Reached(limit="seconds", allowed=f"{allowed:g} s"))


async def _steps(turn: Running) -> TurnEnd:
    """Nothing is awaited between hearing the user out and the profile's word that it is finished, so whatever was said
    before the turn's end is heard in it."""
    _open(turn)
    while True:
        _hear(turn)
        parts, record = turn.parts, turn.record
        step = parts.profile.request(record.conversation, offered(parts, record.tools))
        match step:
            case Finished():
                if end := _settled(turn, parts, step):
                    return end
                continue
            case Act(message=message):
                say(record, message, "harness", None)
            case Ask(request=request):
                if limit := turn.reached():
                    return await _concluded(turn, parts, limit)
                if await compact_if_needed(parts, record, request):
                    continue
                try:
                    message = await answer(turn, parts, _shaped(parts, request, last=turn.repairing))
                except ContextFull as error:
                    if end := await _refused(turn, request, error):
                        return end
                    continue
                turn.refused = False
            case _:
                assert_never(step)
        if message.tool_calls:
            await before_round(parts, record, message.tool_calls)
            await run_calls(message.tool_calls, parts, record)
            if limit := _circling(turn, parts):
                return await _concluded(turn, parts, limit)


async def _refused(turn: Running, request: ModelRequest, error: ContextFull) -> TurnEnd | None:
    """The turn's end after a request that does not fit the window; None when there is less to send now. One that is
    refused right after a compaction is not helped by another."""
    if turn.refused or not await on_context_error(turn.parts, turn.record, request):
        return TurnEnd(status="limit", reason="context", text=error.message)
    turn.refused = True
    return None


def _hear(turn: Running) -> None:
    """What happened and what the user said meanwhile joins the conversation. News alone does not wake a model that has
    given its last answer: it comes with the next turn."""
    entries = turn.record.conversation.entries
    if not isinstance(entries[-1], AssistantEntry):
        for news in turn.parts.news():
            turn.record("note", {"text": news.text, "about": news.about})
    while steers := turn.record.waiting.steers:
        turn.record("steer.entered", {"id": steers[0].id, "text": steers[0].text})
        turn.repairing = False


def _note(record: Record, about: str, name: str, **fields: object) -> None:
    text = prompts.load(f"loop/{name}").render(**{field: str(value) for field, value in fields.items()}).strip()
    record("note", {"text": text, "about": about})


# --- an answer that must fit a schema


def _open(turn: Running) -> None:
    """Tell the model of the form of its last answer, where the service does not hold it to that."""
    parts = turn.parts
    if parts.output is not None and _how(parts) != "native":
        _note(turn.record, "answer_form", "answer_form", schema=json.dumps(dict(parts.output.schema)))


def _how(parts: Parts) -> structured.How:
    return structured.how(parts.client.api, parts.frame.features, parts.frame.tools)


def _shaped(parts: Parts, request: ModelRequest, *, last: bool) -> ModelRequest:
    if parts.output is None:
        return replace(request, tool_choice="none") if last and request.tools else request
    return structured.shaped(request, parts.output, _how(parts), last=last)


def _settled(turn: Running, parts: Parts, step: Finished) -> TurnEnd | None:
    """The turn's end; None when the model is to answer once more, in the form that was asked for."""
    end = TurnEnd(status="finished", reason=step.reason, text=step.text)
    if parts.output is None:
        return end
    found = structured.read(step.text, parts.output)
    if isinstance(found, structured.Fits):
        return replace(end, answer=found.value)
    if turn.repairing:
        return replace(end, reason="no_structured_answer")
    turn.repairing = True
    problems = "\n".join(f"- {problem}" for problem in found.problems)
    schema = json.dumps(dict(parts.output.schema))
    _note(turn.record, "answer_form", "answer_repair", problems=problems, schema=schema)
    return None


# --- limits


def _stopped(record: Record, limit: Reached) -> TurnEnd:
    data = {"limit": limit.limit, "allowed": limit.allowed, "unpriced": record.spent.unpriced}
    record("limit.reached", data)
    return TurnEnd(status="limit", reason=limit.limit, text=f"stopped at the limit of {limit.allowed}")


def _circling(turn: Running, parts: Parts) -> Reached | None:
    """Warn a model that repeats itself; the second time, it is stopped."""
    if "loop_warning" not in parts.frame.scaffolds:
        return None
    found = repetition.cycle(turn.record.conversation.entries)
    if found is None:
        return None
    if found.warned:
        return Reached(limit="repetition", allowed=f"one warning: the last {found.calls} calls repeat {found.length}")
    turn.record("loop.warning", {"length": found.length, "calls": found.calls})
    _note(turn.record, repetition.ABOUT, "repetition", calls=found.calls, length=found.length)
    return None


async def _concluded(turn: Running, parts: Parts, limit: Reached) -> TurnEnd:
    """The end at a limit. A model that has worked in this turn is asked once more, to say where things stand: one
    answer of bounded length, and no calls. It is never asked beyond a time limit."""
    record = turn.record
    turn.over = end = _stopped(record, limit)
    if "last_chance" not in parts.frame.scaffolds or not turn.answers or limit.limit == "seconds":
        return end
    _note(record, "last_chance", "last_chance", allowed=limit.allowed)
    step = parts.profile.request(record.conversation, offered(parts, record.tools))
    if not isinstance(step, Ask):
        return end
    most = min(step.request.max_output_tokens or CONCLUDING_TOKENS, CONCLUDING_TOKENS)
    request = replace(_shaped(parts, step.request, last=True), max_output_tokens=most)
    try:
        message = await answer(turn, parts, request)
    except ProviderError as error:
        record("limit.unconcluded", {"error": error.kind, "message": str(error)})
        return end
    found = structured.read(message.text, parts.output) if parts.output else None
    value = found.value if isinstance(found, structured.Fits) else None
    return replace(end, text=message.text or end.text, answer=value)
