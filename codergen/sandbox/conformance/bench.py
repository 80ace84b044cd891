"""What the behaviours stand on: a started sandbox on a fresh workspace, and words for saying what is expected."""

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from codergen.errors import SandboxError
from codergen.sandbox.base import ExecRequest, ExecResult, Mount, Sandbox, SandboxSpec, StartRecord


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

    async def python(self, text: str, *words: str) -> ExecResult:
        """For what a shell cannot do; the sandbox must have been started with `python_mounts`."""
        return await self.run(f"{sys.base_prefix}/bin/python3", "-I", "-S", "-c", text, *words)


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


async def broken(behaviour: Behaviour, bench: Bench) -> str | None:
    """None when it holds, else what was seen."""
    try:
        await behaviour(bench)
    except (Nonconforming, SandboxError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return None
