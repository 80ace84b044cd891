"""`Process` of every backend that starts local processes: a `Run` that somebody talks to."""

import asyncio
from dataclasses import dataclass, replace

from codergen.errors import ProcessEnded, SandboxDied
from codergen.sandbox.base import ExecResult, OutputSink, Process, SpawnRequest
from codergen.sandbox.collector import Run


class Spawned:
    """A command that runs. `outcome` is its `run` to the end, owned by the sandbox's `Commands`."""

    def __init__(self, run: Run, outcome: "asyncio.Task[ExecResult]") -> None:
        self._run, self._outcome = run, outcome

    @property
    def result(self) -> ExecResult | None:
        done = self._outcome.done() and not self._outcome.cancelled() and self._outcome.exception() is None
        return self._outcome.result() if done else None

    async def write(self, data: bytes) -> None:
        if self._outcome.done() or self._run.feed is None:
            raise ProcessEnded("it has ended")
        await self._run.feed.write(data)

    async def close_input(self) -> None:
        if not self._outcome.done() and self._run.feed is not None:
            await self._run.feed.finish()

    async def interrupt(self) -> None:
        if not self._outcome.done():
            await self._run.interrupt()

    async def wait(self) -> ExecResult:
        await asyncio.wait({self._outcome})
        if self._outcome.cancelled():
            raise SandboxDied("the sandbox was stopped while this command ran")
        return self._outcome.result()

    async def kill(self) -> ExecResult:
        self._run.ask_to_end()
        return await self.wait()


def unstarted(result: ExecResult, request: SpawnRequest, on_output: OutputSink | None) -> Process:
    """A process that has ended already, with what a shell would have said of it."""
    if request.terminal is not None:
        text = result.stderr.replace(b"\n", b"\r\n")
        result = replace(result, stdout=text, stderr=b"", total_bytes=len(text))
    if on_output is not None and request.terminal is None:
        on_output("err", result.stderr)
    elif on_output is not None:
        on_output("out", result.stdout)
    return _Unstarted(result=result)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unstarted:
    result: ExecResult

    async def write(self, data: bytes) -> None:
        raise ProcessEnded("it never began")

    async def close_input(self) -> None:
        """There is none."""

    async def interrupt(self) -> None:
        """There is nobody."""

    async def wait(self) -> ExecResult:
        return self.result

    async def kill(self) -> ExecResult:
        return self.result
