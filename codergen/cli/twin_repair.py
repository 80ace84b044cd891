"""The brain `repair`: finds a fix with the repair station once, then plays it to whichever agent asks."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codergen.cli.twin_play import Fix, next_turn
from codergen.errors import UsageError
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.registry import create
from codergen.settings import Settings
from codergen.tools.check import Check
from codergen.tools.environment import python_environment
from providers.twin.brain import Reaction
from providers.twin.front import Answer, Asked, Call
from router.packet import DEFAULT_PROTECTED
from router.station import Assignment, AttemptLimits
from router.stations.repair.station import RepairStation

SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class RepairBrain:
    """Knows one fix; every conversation gets it from the start."""

    fix: Fix

    async def answer(self, asked: Asked) -> Reaction:
        return Reaction(turn=next_turn(asked.request, self.fix))

    def side(self, call: Call) -> Answer | None:  # token counts and lists are the front's
        del call
        return None

    def problems(self) -> Sequence[str]:
        return () if self.fix.files else (f"repair found no fix: {self.fix.summary}",)


async def repair_brain(repo: Path, check: str, settings: Settings) -> RepairBrain:
    """Search on a copy of `repo`, which is never changed. Raises UsageError, SandboxError."""
    if not repo.is_dir():
        raise UsageError(f"{repo} is not a folder")
    settings.work.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="twin-repair-", dir=settings.work))
    try:
        workspace = folder / "workspace"
        shutil.copytree(repo, workspace, symlinks=True, ignore=shutil.ignore_patterns(".git", "__pycache__", ".venv"))
        return RepairBrain(await find_fix(repo, workspace, check, settings))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def find_fix(repo: Path, workspace: Path, check: str, settings: Settings) -> Fix:
    """Let the repair station work in `workspace`, a copy of `repo`, and see what it changed."""
    environment = python_environment(settings.cache, repo)
    sandbox = create("auto")
    await sandbox.start(SandboxSpec(workspace=workspace, mounts=environment.mounts, path=environment.path))
    assignment = Assignment(
        job_id="twin",
        attempt=1,
        intent=f"make `{check}` pass",
        task_class="bugfix",
        language="python",
        scope=("**",),
        protected=DEFAULT_PROTECTED,
        non_goals=(),
        allowed_tools=(),
        checks=(Check(command=check),),
        reproduction=None,
        environment=environment,
        limits=AttemptLimits(seconds=SECONDS),
    )
    try:
        report = await RepairStation(sandbox_kind=sandbox.name).run(assignment, sandbox, lambda _: None)
    finally:
        await sandbox.stop()
    claimed = report.files if report.claimed == "pr_ready" else ()
    files = {path: ((repo / path).read_text(), (workspace / path).read_text()) for path in claimed}
    changed = {path: texts for path, texts in files.items() if texts[0] != texts[1]}
    return Fix(files=changed, check=check, summary=report.summary)
