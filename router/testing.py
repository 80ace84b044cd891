"""Shipped fakes for tests of what builds on the line: repositories on disk, stations that do as they are told."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from codergen.events import Emit
from codergen.sandbox.base import Sandbox
from router.line.workspace import Repo, open_repo
from router.station import Assignment, StationReport, StationVersion


async def write_repository(folder: Path, files: Mapping[str, str]) -> Path:
    """A git repository with one commit of these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "--allow-empty", "-m", "base")):
        identity = ("-c", "user.name=codergen", "-c", "user.email=codergen@example.invalid")
        process = await asyncio.create_subprocess_exec("git", *identity, *command, cwd=folder)
        if await process.wait() != 0:
            raise RuntimeError(f"git {command[0]} failed in {folder}")
    return folder


async def make_repository(folder: Path, files: Mapping[str, str]) -> Repo:
    """The same, opened as a job's own copy below `folder`."""
    source = folder / "source"
    source.mkdir(parents=True)
    return await open_repo(await write_repository(source, files), "HEAD", folder / "git")


Act = Callable[[Assignment, Sandbox], Awaitable[StationReport]]


@dataclass(slots=True, kw_only=True)
class ScriptedStation:
    """A station that does what its function says and keeps the assignments it was given."""

    act: Act
    name: str = "scripted"
    scaffolds: tuple[str, ...] = ()
    assignments: list[Assignment] = field(default_factory=list[Assignment])

    @property
    def version(self) -> StationVersion:
        return StationVersion(station=self.name, scaffolds=self.scaffolds)

    async def run(self, assignment: Assignment, sandbox: Sandbox, emit: Emit) -> StationReport:
        self.assignments.append(assignment)
        return await self.act(assignment, sandbox)
