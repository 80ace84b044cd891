"""Tool calls in named phases: prepare, authorise, approve, execute, finish. Reads run together, the rest one at a time,
and so do questions to a person."""

import asyncio
import json
import posixpath
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import ValidationError

from codergen.agent.parts import Parts
from codergen.agent.record import Record
from codergen.agent.redact import marked
from codergen.approval.request import Approval, ApprovalRequest, Everything
from codergen.errors import SandboxError, ToolMisuse
from codergen.profiles.profile import Frame
from codergen.tools.base import Arguments, Intent, Tool, ToolContext, ToolResult
from codergen.tools.refusals import problems
from codergen.tools.registry import ToolSet
from providers.types import ToolCallPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A call that may run."""

    call: ToolCallPart
    tool: Tool[Any]
    args: Arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A call that has its answer without running."""

    call: ToolCallPart
    result: ToolResult


Prepared = Ready | Settled


def prepare(call: ToolCallPart, tools: ToolSet) -> Prepared:
    """Find the tool and check the arguments; what is wrong is told to the model."""
    tool = tools.get(call.name)
    if tool is None:
        return Settled(call=call, result=tools.refusals.unknown(call.name, tools.names))
    try:
        arguments = {"input": call.arguments} if call.freeform else json.loads(call.arguments or "{}")
        ready = Ready(call=call, tool=tool, args=tool.arguments.model_validate(arguments))
        return _with_its_secrets(ready, tools)
    except ValidationError as error:
        return Settled(call=call, result=tools.refusals.arguments(call.name, problems(error, call.arguments)))
    except (ValueError, RecursionError) as error:
        return Settled(call=call, result=tools.refusals.not_json(call.name, call.arguments, str(error)))


def _with_its_secrets(ready: Ready, tools: ToolSet) -> Prepared:
    """Refuse to edit a file with what stands for a secret in a conversation: the secret itself would be lost."""
    if ready.tool.intent(ready.args).act != "edit" or not marked(ready.call.arguments):
        return ready
    why = "[redacted:...] stands for a secret that you were not shown. Edit around it, or move it with a command."
    return Settled(call=ready.call, result=tools.refusals.denied(ready.call.name, why))


def authorise(prepared: Prepared, frame: Frame, tools: ToolSet, cwd: str = "") -> Prepared:
    """Refuse changes to files that this job may not change. Relative paths count from `cwd`, else the root."""
    if isinstance(prepared, Settled):
        return prepared
    intent = prepared.tool.intent(prepared.args)
    if intent.act == "edit":
        for path in intent.paths:
            if not frame.writable(posixpath.relpath(posixpath.join(cwd or frame.root, path), frame.root)):
                why = f"{path} must not be changed in this job."
                return Settled(call=prepared.call, result=tools.refusals.denied(prepared.call.name, why))
    return prepared


async def approve(prepared: Prepared, parts: Parts, record: Record) -> Prepared:
    """Ask the session's approver; what it says is recorded, and a refusal is told to the model. Its time is not the
    turn's."""
    if isinstance(prepared, Settled) or isinstance(parts.approver, Everything):
        return prepared
    call = prepared.call
    request = ApprovalRequest(
        call_id=call.id,
        tool=call.name,
        intent=prepared.tool.intent(prepared.args),
        root=parts.frame.root,
        cwd=record.tools.cwd or parts.frame.root,
        bounded=parts.sandbox.capabilities().fs_isolated,
    )
    with parts.stopwatch.waiting():
        approval = await parts.approver.decide(request)
    record("approval", _told(request, approval))
    if approval.allowed:
        return prepared
    return Settled(call=call, result=parts.tools.refusals.denied(call.name, approval.why))


def _told(request: ApprovalRequest, approval: Approval) -> dict[str, Any]:
    """An approval for the journal: what was asked, what was said, and on what it rests."""
    return {
        "call_id": request.call_id,
        "name": request.tool,
        **_of_intent(request.intent),
        "allowed": approval.allowed,
        "by": approval.by,
        "scope": approval.scope,
        "rules": [{"rule": r.text, "where": r.origin.where, "file": r.origin.file} for r in approval.rules],
        "why": approval.why,
    }


def _of_intent(intent: Intent) -> dict[str, Any]:
    """The fields that every call has, and of the others those that say something."""
    rare = {"below", "folder", "unclear"}
    return {name: value for name, value in asdict(intent).items() if value or name not in rare}


def batches(calls: Sequence[Prepared]) -> list[tuple[Prepared, ...]]:
    """Neighbouring calls that cannot disturb each other form one batch; the order of the model is kept."""
    out: list[tuple[Prepared, ...]] = []
    open_ = False
    for call in calls:
        alone = isinstance(call, Ready) and call.tool.intent(call.args).alone
        if open_ and not alone:
            out[-1] = (*out[-1], call)
        else:
            out.append((call,))
        open_ = not alone
    return out


async def run_calls(calls: Sequence[ToolCallPart], parts: Parts, record: Record) -> None:
    """Answer every call, each answer recorded as it comes. Raises SandboxError: the boundary's failure is no answer."""
    for found in batches([prepare(call, parts.tools) for call in calls]):
        batch = [await _authorised(item, parts, record) for item in found]
        if len(batch) == 1:
            await _finish(batch[0], parts, record)
            continue
        try:
            async with asyncio.TaskGroup() as group:
                for item in batch:
                    group.create_task(_finish(item, parts, record))
        except ExceptionGroup as failed:
            ours = failed.subgroup(SandboxError)
            if ours is None:
                raise
            raise ours.exceptions[0] from failed


async def _authorised(prepared: Prepared, parts: Parts, record: Record) -> Prepared:
    """When its turn has come: the calls before it may have moved where paths count from."""
    return await approve(authorise(prepared, parts.frame, parts.tools, record.tools.cwd), parts, record)


async def _finish(prepared: Prepared, parts: Parts, record: Record) -> None:
    call = prepared.call
    record("tool.start", {"call_id": call.id, "name": call.name, "arguments": call.arguments})
    started = time.monotonic()
    match prepared:
        case Settled():
            result = prepared.result
        case Ready():
            result = await _execute(prepared, parts, record)
    end = {
        "call_id": call.id,
        "name": call.name,
        "content": result.content,
        "details": result.details,
        "is_error": result.is_error,
        **_more(result),
        "seconds": round(time.monotonic() - started, 4),
    }
    record("tool.end", end)


def _more(result: ToolResult) -> dict[str, Any]:
    """What few results have."""
    more: dict[str, Any] = {}
    if result.media:
        more["media"] = [asdict(part) for part in result.media]
    if result.after:
        more["after"] = result.after
    if result.state:
        more["state"] = dict(result.state)
    return more


async def _execute(ready: Ready, parts: Parts, record: Record) -> ToolResult:
    def show(stream: Literal["out", "err"], data: bytes) -> None:
        record("tool.output", {"call_id": ready.call.id, "stream": stream, "text": data.decode("utf-8", "replace")})

    try:
        context = ToolContext(
            sandbox=parts.sandbox,
            root=parts.frame.root,
            on_output=show,
            state=record.tools,
            call_id=ready.call.id,
            processes=parts.processes,
            agents=parts.agents,
        )
        return await ready.tool.run(ready.args, context)
    except ToolMisuse as error:
        return ToolResult(content=str(error), is_error=True)
    except SandboxError:
        raise
    except Exception as error:  # a fault of one tool must not end the session; it is recorded as ours
        record(
            "tool.fault",
            {"call_id": ready.call.id, "name": ready.call.name, "error": f"{type(error).__name__}: {error}"},
        )
        return ToolResult(content=f"The tool {ready.call.name!r} broke: {type(error).__name__}", is_error=True)
