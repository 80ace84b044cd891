"""Runs a task with named stations through the line that jobs take; outcome rows get `source = eval`."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from codergen.events import Emit, ignore
from codergen.tools.check import Check, run_check
from codergen.tools.locate import locate
from evals.task import Task, packet_toml
from router.line.job import Job, JobResult, Line, checks_of, new_job
from router.line.run import run_job
from router.line.workspace import Repo, open_repo
from router.packet import TaskPacket
from router.packet_file import load_packet
from router.testing import write_repository

Composer = Callable[[TaskPacket, Job], AbstractAsyncContextManager[Line]]
"""Gives the line for one job; `codergen.cli` injects it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """How stations did on one task."""

    task: Task
    stations: tuple[str, ...]
    """Those that tried."""
    terminal: str
    fixed: bool
    """`pr_ready`, and the held-out tests pass when they are run once more, outside of the verifier."""
    false_accept: bool
    """`pr_ready`, and they do not."""
    scenario_caught: int
    """Attempts that satisfied every public check and failed the scenario."""
    located: int | None
    """Place of the buggy function among the suspects, 1-based; None when it is not among them."""
    seconds: float
    station_seconds: tuple[float, ...]
    why: str


async def run_task(task: Task, compose: Composer, jobs: Path, emit: Emit = ignore) -> TaskRun:
    """One job on a fresh copy of the task's repository. Raises what the line raises."""
    folder = Path(tempfile.mkdtemp(prefix=f"codergen-{task.slug}-"))
    try:
        packet = await _packet(task, folder)
        job = new_job(jobs, packet)
        async with compose(packet, job) as line:
            began = time.monotonic()
            result = await run_job(job, packet, line, emit)
            seconds = time.monotonic() - began
            repo = await open_repo(packet.repository.path, "HEAD", folder / "git")
            located = await _located(task, packet, repo, line, folder)
            holds = result.terminal.state == "pr_ready" and await _holds(task, result, line, folder)
        return _row(task, result, located, holds=holds, seconds=seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _packet(task: Task, folder: Path) -> TaskPacket:
    repository = folder / task.slug
    shutil.copytree(task.repository, repository)
    await write_repository(repository, {})
    path = folder / "packet.toml"
    path.write_text(packet_toml(task, repository=repository), encoding="utf-8")
    return await asyncio.to_thread(load_packet, path)


async def _located(task: Task, packet: TaskPacket, repo: Repo, line: Line, folder: Path) -> int | None:
    workspace = folder / "locate"
    await repo.checkout(workspace)
    sandbox = line.sandbox_factory()
    await sandbox.start(line.spec(packet)(workspace))
    try:
        found = await locate(sandbox, checks_of(packet)[0], line.environment)
    finally:
        await sandbox.stop()
    wanted = {str(function) for function in task.buggy_functions}
    places = [at for at, s in enumerate(found.functions, start=1) if f"{s.path}::{s.qualname}" in wanted]
    return places[0] if places else None


async def _holds(task: Task, result: JobResult, line: Line, folder: Path) -> bool:
    """The held-out tests on the accepted tree, run plainly: a second opinion on the verifier."""
    assert result.patch is not None
    workspace = folder / "accepted"
    git = result.job.folder / "git"
    repo = Repo(git_dir=git, base=result.patch.tree)
    await repo.checkout(workspace)
    shutil.copytree(task.scenarios, workspace / "held_out")
    sandbox = line.sandbox_factory()
    packet = await asyncio.to_thread(load_packet, result.job.packet_file)
    await sandbox.start(line.spec(packet)(workspace))
    try:
        path = f"PYTHONPATH={':'.join(_roots(workspace))} "
        run = await run_check(sandbox, Check(command=f"{path}python -m pytest -q held_out"), line.environment)
    finally:
        await sandbox.stop()
    return run.passed


def _roots(workspace: Path) -> list[str]:
    """Where a repository's packages are imported from, relative to its root."""
    return ["src"] if (workspace / "src").is_dir() else ["."]


def _row(task: Task, result: JobResult, located: int | None, *, holds: bool, seconds: float) -> TaskRun:
    accepted = result.terminal.state == "pr_ready"
    verdicts = [a.verdict for a in result.attempts if a.verdict is not None]
    caught = [
        v
        for v in verdicts
        if all(c.passed for c in v.checks if c.kind == "public")
        and any(c.kind == "public" for c in v.checks)
        and any(c.kind == "scenario" and not c.passed for c in v.checks)
    ]
    return TaskRun(
        task=task,
        stations=tuple(a.version.station for a in result.attempts),
        terminal=str(result.terminal),
        fixed=accepted and holds,
        false_accept=accepted and not holds,
        scenario_caught=len(caught),
        located=located,
        seconds=round(seconds, 2),
        station_seconds=tuple(a.seconds for a in result.attempts),
        why=result.terminal.why,
    )
