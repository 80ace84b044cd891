"""Tool calls in four named phases: prepare, authorise, execute, finish. Reads run together, the rest one at a time."""

import asyncio
import json
import posixpath
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from codergen.agent.record import Record
from codergen.errors import SandboxError, ToolMisuse
from codergen.profiles.profile import Frame
from codergen.sandbox.base import Sandbox
from codergen.tools.base import Arguments, Tool, ToolContext, ToolResult
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
        return _no(call, f"There is no tool {call.name!r}. There are: {', '.join(tools.names)}.")
    try:
        arguments = json.loads(call.arguments or "{}")
        return Ready(call=call, tool=tool, args=tool.arguments.model_validate(arguments))
    except ValidationError as error:
        lines = [f"- {'.'.join(map(str, e['loc'])) or 'arguments'}: {e['msg']}" for e in error.errors()]
        return _no(call, "The arguments do not fit:\n" + "\n".join(lines))
    except (ValueError, RecursionError) as error:
        return _no(call, f"The arguments are not JSON: {error}")


def authorise(prepared: Prepared, frame: Frame) -> Prepared:
    """Refuse changes to files that this job may not change."""
    if isinstance(prepared, Settled) or not prepared.tool.mutates:
        return prepared
    path = getattr(prepared.args, "path", None)
    if isinstance(path, str) and not frame.writable(posixpath.normpath(path)):
        return _no(prepared.call, f"{path} must not be changed in this job.")
    return prepared


def batches(calls: Sequence[Prepared]) -> list[tuple[Prepared, ...]]:
    """Neighbouring calls that cannot disturb each other form one batch; the order of the model is kept."""
    out: list[tuple[Prepared, ...]] = []
    open_ = False
    for call in calls:
        alone = isinstance(call, Ready) and call.tool.mutates
        if open_ and not alone:
            out[-1] = (*out[-1], call)
        else:
            out.append((call,))
        open_ = not alone
    return out


def _no(call: ToolCallPart, why: str) -> Settled:
    return Settled(call=call, result=ToolResult(content=why, is_error=True))


async def run_calls(
    calls: Sequence[ToolCallPart], *, tools: ToolSet, frame: Frame, sandbox: Sandbox, record: Record
) -> None:
    """Answer every call, each answer recorded as it comes. Raises SandboxError: the boundary's failure is no answer."""
    prepared = [authorise(prepare(call, tools), frame) for call in calls]
    for batch in batches(prepared):
        if len(batch) == 1:
            await _finish(batch[0], sandbox, record)
            continue
        try:
            async with asyncio.TaskGroup() as group:
                for item in batch:
                    group.create_task(_finish(item, sandbox, record))
        except ExceptionGroup as failed:
            ours = failed.subgroup(SandboxError)
            if ours is None:
                raise
            raise ours.exceptions[0] from failed


async def _finish(prepared: Prepared, sandbox: Sandbox, record: Record) -> None:
    call = prepared.call
    record("tool.start", {"call_id": call.id, "name": call.name, "arguments": call.arguments})
    started = time.monotonic()
    match prepared:
        case Settled():
            result = prepared.result
        case Ready():
            result = await _execute(prepared, sandbox, record)
    end = {
        "call_id": call.id,
        "name": call.name,
        "content": result.content,
        "details": result.details,
        "is_error": result.is_error,
        "seconds": round(time.monotonic() - started, 4),
    }
    record("tool.end", end)


async def _execute(ready: Ready, sandbox: Sandbox, record: Record) -> ToolResult:
    def show(stream: Literal["out", "err"], data: bytes) -> None:
        record("tool.output", {"call_id": ready.call.id, "stream": stream, "text": data.decode("utf-8", "replace")})

    try:
        return await ready.tool.run(ready.args, ToolContext(sandbox=sandbox, on_output=show))
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
