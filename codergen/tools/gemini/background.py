"""Commands that run on while the model does other things, and the two tools that look after them."""

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from codergen.errors import ToolMisuse
from codergen.sandbox.base import Sandbox, SpawnRequest
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
_FIRST_LINE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A command that was left running."""

    command: str
    live: Live


class Background:
    """The background commands of one session, by process id; they die with its sandbox."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._started: dict[int, Started] = {}
        self._names = itertools.count(1)

    def __iter__(self) -> Iterator[tuple[int, Started]]:
        """(process id, what runs there), oldest first."""
        return iter(list(self._started.items()))

    def get(self, pid: int) -> Started | None:
        return self._started.get(pid)

    async def start(self, sandbox: Sandbox, command: str, folder: str, env: Mapping[str, str], delay: float) -> int:
        """Its process id, once it runs and `delay` seconds have passed. ToolMisuse when it did not come up."""
        request = SpawnRequest(
            argv=("/bin/bash", "-c", script.background(command)), cwd=folder, env={"PAGER": "cat", **env}
        )
        live = await self._processes.start(sandbox, request, lambda: f"background-{next(self._names)}")
        pid = await self._pid(live)
        self._started[pid] = Started(command=command, live=live)
        await live.settle(delay)
        return pid

    async def _pid(self, live: Live) -> int:
        """The first line of its output."""
        async with asyncio.timeout(_FIRST_LINE_SECONDS):
            while b"\n" not in live.all().head and live.running:
                await live.settle(0.02)
        first = live.all().head.partition(b"\n")[0]
        if not first.isdigit():
            raise ToolMisuse(f"the command did not start: {live.all().text().strip()[:500]}")
        return int(first)


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

    def __init__(self, wording: Wording, background: Background) -> None:
        self._wording, self._background = wording, background

    def intent(self, _args: ListArguments, /) -> Intent:
        return Intent(act="read")

    async def run(self, args: ListArguments, context: ToolContext, /) -> ToolResult:
        lines = [self._line(pid, started) for pid, started in self._background]
        if not lines:
            return told(self._wording, "list_background_processes.none")
        return told(self._wording, "list_background_processes.some", lines="\n".join(lines))

    def _line(self, pid: int, started: Started) -> str:
        result = started.live.result
        code = result.exit_code if result else None
        signal = result.signal if result else None
        return part(
            self._wording,
            "list_background_processes.line",
            pid=pid,
            status="EXITED" if result else "RUNNING",
            command=started.command,
            code="" if code is None else part(self._wording, "list_background_processes.code", code=code),
            signal="" if signal is None else part(self._wording, "list_background_processes.signal", signal=signal),
        )


class ReadArguments(Loose):
    pid: int
    lines: Annotated[int | None, Field(ge=1)] = None
    delay_ms: int | None = None
    wait_for_previous: bool = False


class ReadBackgroundOutput:
    name = "read_background_output"
    description = "Read what a background command wrote."
    arguments = ReadArguments

    def __init__(self, wording: Wording, background: Background) -> None:
        self._wording, self._background = wording, background

    def intent(self, _args: ReadArguments, /) -> Intent:
        return Intent(act="read")

    async def run(self, args: ReadArguments, context: ToolContext, /) -> ToolResult:
        if args.delay_ms and args.delay_ms > 0:
            await asyncio.sleep(args.delay_ms / 1000)
        started = self._background.get(args.pid)
        if started is None:
            return failed(self._wording, "read_background_output.unknown", pid=args.pid)
        lines = written(started.live).removesuffix("\n").split("\n")
        if lines == [""]:
            return told(self._wording, "read_background_output.empty")
        wanted = LINES if args.lines is None else args.lines
        output = "\n".join(lines[-wanted:])
        if wanted >= len(lines):
            return told(self._wording, "read_background_output.all", output=output)
        return told(self._wording, "read_background_output.last", count=wanted, total=len(lines), output=output)
