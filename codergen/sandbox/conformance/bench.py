"""What the behaviours stand on: a started sandbox on a fresh workspace, and words for saying what is expected."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from codergen.errors import CodergenError
from codergen.sandbox.base import (
    ExecRequest,
    ExecResult,
    Mount,
    Process,
    Sandbox,
    SandboxSpec,
    SpawnRequest,
    StartRecord,
)

BEAT = 'while :; do printf x >> "$1"; sleep 0.05; done'
"""A shell text that shows that it runs, in the file it is given."""


class Nonconforming(Exception):
    """A behaviour does not hold; says what was seen."""


def expect(holds: bool, otherwise: object) -> None:
    """`assert` that stays under `python -O`."""
    if not holds:
        raise Nonconforming(str(otherwise))


async def expect_error(kind: type[BaseException], call: Awaitable[object]) -> None:
    try:
        got = await call
    except kind:
        return
    raise Nonconforming(f"no {kind.__name__}, but {got!r}")


PYTHON = (f"{sys.base_prefix}/bin/python3", "-I", "-S", "-c")
"""Runs a text that follows it, where `python_mounts` are shown."""


@dataclass(slots=True)
class Heard:
    """A sink that can be waited on."""

    chunks: list[tuple[Literal["out", "err"], bytes]] = field(default_factory=list[tuple[Literal["out", "err"], bytes]])
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, which: Literal["out", "err"], chunk: bytes) -> None:
        self.chunks.append((which, chunk))
        self._news.set()

    def of(self, which: Literal["out", "err"]) -> bytes:
        return b"".join(chunk for name, chunk in self.chunks if name == which)

    async def until(self, text: bytes, which: Literal["out", "err"] = "out", *, within_s: float = 15) -> None:
        async with asyncio.timeout(within_s):
            while text not in self.of(which):
                self._news.clear()
                await self._news.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A sandbox that runs, and what the host knows of it."""

    sandbox: Sandbox
    record: StartRecord
    workspace: Path

    async def run(self, *argv: str, timeout_s: float = 15, **more: object) -> ExecResult:
        request = ExecRequest(argv=argv, timeout_s=timeout_s)
        return await self.sandbox.exec(replace(request, **more))

    async def sh(self, text: str, *words: str, timeout_s: float = 15, **more: object) -> ExecResult:
        return await self.run("/bin/bash", "-c", text, "sh", *words, timeout_s=timeout_s, **more)

    async def talk(self, *argv: str, **more: object) -> tuple[Process, Heard]:
        """A spawned command, and what comes out of it."""
        heard = Heard()
        return await self.sandbox.spawn(replace(SpawnRequest(argv=argv), **more), heard), heard

    async def talk_sh(self, text: str, *words: str, **more: object) -> tuple[Process, Heard]:
        return await self.talk("/bin/bash", "-c", text, "sh", *words, **more)

    async def python(self, text: str, *words: str) -> ExecResult:
        """For what a shell cannot do; the sandbox must have been started with `python_mounts`."""
        return await self.run(*PYTHON, text, *words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Given to every behaviour: how to make a sandbox of the kind under test, and a folder of its own."""

    create: Callable[[], Sandbox]
    tmp: Path

    @asynccontextmanager
    async def started(self, **spec: object) -> AsyncGenerator[Started]:
        workspace = self.tmp / "workspace"
        workspace.mkdir(exist_ok=True)
        sandbox = self.create()
        record = await sandbox.start(replace(SandboxSpec(workspace=workspace), **spec))
        try:
            yield Started(sandbox=sandbox, record=record, workspace=workspace)
        finally:
            await sandbox.stop()


Behaviour = Callable[[Bench], Awaitable[None]]


def python_mounts() -> tuple[Mount, ...]:
    """The interpreter that runs the suite, wherever it is installed."""
    return (Mount(source=Path(sys.base_prefix)),)


async def beats(box: Started) -> None:
    """Return once something writes to the file `beat`."""
    for _ in range(500):
        found = await box.sandbox.stat("beat")
        if found is not None and found.size > 2:
            return
        await asyncio.sleep(0.02)
    raise Nonconforming("the command never began")


async def stands_still(box: Started) -> None:
    """Nothing writes to `beat` any more, although something did."""
    before = await box.sandbox.stat("beat")
    await asyncio.sleep(0.25)
    after = await box.sandbox.stat("beat")
    expect(before is not None and before.size > 0, "nothing was ever written")
    expect(before == after, "something still runs")


async def broken(behaviour: Behaviour, bench: Bench) -> str | None:
    """None when it holds, else what was seen."""
    try:
        await behaviour(bench)
    except (Nonconforming, CodergenError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return None
