"""Commands that run on while the model does other things, and the two tools that look after them."""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from codergen.errors import ToolMisuse
from codergen.sandbox.base import SpawnRequest
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.gemini import script
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.told import failed, part, told
from codergen.tools.processes import Live, Processes
from codergen.tools.wording import Wording

KEPT_BYTES = 64 << 10
"""Of the end of what a command wrote."""
LINES = 100
"""Shown where none are asked for."""
_FIRST_LINE_SECONDS = 30.0
_MARK = "gemini-background"
"""Of the processes that are these tools' among those of a session; also their `$0`."""


async def start(context: ToolContext, command: str, folder: str, env: Mapping[str, str], delay: float) -> int:
    """Its process id, once it runs and `delay` seconds have passed. ToolMisuse when it did not come up."""
    argv = ("/bin/bash", "-c", script.background(command), _MARK, command)
    request = SpawnRequest(argv=argv, cwd=folder, env={"PAGER": "cat", **env})
    names = (f"{_MARK}-{number}" for number in itertools.count(1))
    live = await context.processes.start(context.sandbox, request, lambda: next(names))
    async with asyncio.timeout(_FIRST_LINE_SECONDS):
        while b"\n" not in live.all().head and live.running:
            await live.settle(0.02)
    pid = process_id(live)
    if pid is None:
        raise ToolMisuse(f"the command did not start: {live.all().text().strip()[:500]}")
    await live.settle(delay)
    return pid


def started(processes: Processes) -> dict[int, Live]:
    """The background commands of a session by process id, oldest first."""
    return {pid: live for live in processes if live.id.startswith(_MARK) and (pid := process_id(live)) is not None}


def process_id(live: Live) -> int | None:
    """The first line of its output says it."""
    first = live.all().head.partition(b"\n")[0]
    return int(first) if first.isdigit() else None


def written(live: Live) -> str:
    """What it wrote, without the line that told its process id: the last `KEPT_BYTES` of it."""
    output = live.all()
    data = output.tail if output.dropped else output.head.partition(b"\n")[2] + output.tail
    return data[-KEPT_BYTES:].decode("utf-8", "replace")


class ListArguments(Loose):
    wait_for_previous: bool = False


class ListBackgroundProcesses:
    name = "list_background_processes"
    description = "List the background commands of this session."
    arguments = ListArguments

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def intent(self, _args: ListArguments, /) -> Intent:
        return Intent(act="read")

    async def run(self, args: ListArguments, context: ToolContext, /) -> ToolResult:
        running = started(context.processes)
        if not running:
            return told(self._wording, "list_background_processes.none")
        lines = [told(self._wording, "list_background_processes.line", **self._facts(*one)) for one in running.items()]
        if len(lines) == 1:
            return lines[0]
        return told(self._wording, "list_background_processes.some", lines="\n".join(line.content for line in lines))

    def _facts(self, pid: int, live: Live) -> dict[str, object]:
        result = live.result
        code = result.exit_code if result else None
        signal = result.signal if result else None
        return {
            "pid": pid,
            "status": "EXITED" if result else "RUNNING",
            "command": live.request.argv[-1],
            "code": "" if code is None else part(self._wording, "list_background_processes.code", code=code),
            "signal": "" if signal is None else part(self._wording, "list_background_processes.signal", signal=signal),
        }


class ReadArguments(Loose):
    pid: int
    lines: Annotated[int | None, Field(ge=1)] = None
    delay_ms: int | None = None
    wait_for_previous: bool = False


class ReadBackgroundOutput:
    name = "read_background_output"
    description = "Read what a background command wrote."
    arguments = ReadArguments

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def intent(self, _args: ReadArguments, /) -> Intent:
        return Intent(act="read")

    async def run(self, args: ReadArguments, context: ToolContext, /) -> ToolResult:
        if args.delay_ms and args.delay_ms > 0:
            await asyncio.sleep(args.delay_ms / 1000)
        live = started(context.processes).get(args.pid)
        if live is None:
            return failed(self._wording, "read_background_output.unknown", pid=args.pid)
        lines = written(live).removesuffix("\n").split("\n")
        if lines == [""]:
            return told(self._wording, "read_background_output.empty")
        wanted = LINES if args.lines is None else args.lines
        output = "\n".join(lines[-wanted:])
        if wanted >= len(lines):
            return told(self._wording, "read_background_output.all", output=output)
        return told(self._wording, "read_background_output.last", count=wanted, total=len(lines), output=output)
