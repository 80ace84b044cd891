"""A job on disk and what it runs with."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from codergen.sandbox.base import Sandbox, SandboxSpec
from codergen.tools.check import Check, Environment
from router.errors import JobError
from router.line.attempt import Attempt
from router.line.terminal import Terminal
from router.line.workspace import Patch
from router.outcomes.opening import Recorder
from router.outcomes.values import Source
from router.packet import TaskPacket
from router.station import Station

EVIDENCE = "evidence.written"
"""Kind of the journal line with the manifest's hash: it tells a rewritten folder from the one that was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job's folder: `packet.json`, `wanted.json`, `journal.jsonl`, `git/`, `sessions/`, later `evidence/`."""

    id: str
    folder: Path

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    @property
    def packet_file(self) -> Path:
        return self.folder / "packet.json"

    @property
    def wanted_file(self) -> Path:
        """What whoever began the job asked for beside the packet; the line itself does not read it."""
        return self.folder / "wanted.json"

    @property
    def sessions(self) -> Path:
        """Journals of our own loop, one a session."""
        return self.folder / "sessions"

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What every job of this process runs with."""

    sandbox_kind: str
    sandbox_factory: Callable[[], Sandbox]
    environment: Environment
    stations: tuple[Station, ...]
    store: Recorder
    work: Path
    """Parent of short-lived workspaces."""
    pinned: bool = False
    """The stations were named by a person; their order stays."""
    source: Source = "job"
    notes: tuple[str, ...] = ()
    """What a person should know of this set-up, e.g. that no model was found."""

    def spec(self, packet: TaskPacket) -> Callable[[Path], SandboxSpec]:
        """How a workspace of this job is shown inside a sandbox."""
        environment = self.environment
        own = Path(environment.python).is_relative_to(packet.repository.path)
        inside = str(packet.repository.path) if own else "/workspace"

        def build(workspace: Path) -> SandboxSpec:
            return SandboxSpec(
                workspace=workspace,
                inside=inside,
                mounts=environment.mounts,
                env=environment.env,
                path=environment.path,
            )

        return build


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """What a job gives to whoever asked for it."""

    job: Job
    terminal: Terminal
    attempts: tuple[Attempt, ...]
    patch: Patch | None
    """The accepted change, else the best one, else None."""
    seconds: float


def new_job(jobs: Path, packet: TaskPacket) -> Job:
    """Make the folder of a new job and keep its packet there."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    name = f"{stamp}-{secrets.token_hex(2)}"
    job = Job(id=name, folder=jobs / name)
    job.folder.mkdir(parents=True, mode=0o700)
    text = json.dumps(packet.model_dump(mode="json", by_alias=True), indent=1)
    job.packet_file.write_text(text + "\n", encoding="utf-8")
    return job


def find_job(jobs: Path, job_id: str) -> Job:
    """An existing job by its id or a unique beginning of it; raises JobError."""
    found = sorted(p for p in jobs.glob("*") if p.name.startswith(job_id)) if job_id.strip("./") else []
    exact = [p for p in found if p.name == job_id]
    if len(exact or found) != 1:
        what = "no job" if not found else f"{len(found)} jobs"
        raise JobError(f"{what} with id {job_id!r} in {jobs}")
    folder = (exact or found)[0]
    return Job(id=folder.name, folder=folder)


def checks_of(packet: TaskPacket) -> tuple[Check, ...]:
    """The public checks of a packet; a reproduction command of its own comes first. None outlasts its job."""
    most = packet.limits.seconds
    checks = tuple(
        Check(command=c.command, junit=c.junit, timeout_s=min(c.timeout_s, most)) for c in packet.validation.checks
    )
    own = packet.reproduction.command
    if own is None or any(check.command == own for check in checks):
        return checks
    first = Check(command=own)
    return (replace(first, timeout_s=min(first.timeout_s, most)), *checks)


def task_id(packet: TaskPacket, base: str) -> str:
    """The same for every attempt on the same work, also across jobs: intent, base commit and checks."""
    parts = (packet.intent, base, *(check.command for check in packet.validation.checks))
    return sha256("\x1f".join(parts).encode()).hexdigest()[:16]
