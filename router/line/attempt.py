"""One attempt: a clean workspace, a sandbox, a station, and a diff that we take ourselves."""

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from codergen.errors import SandboxError
from codergen.events import Emit, Event
from codergen.sandbox.base import Sandbox, SandboxSpec, StartRecord
from router.line.verdict import Verdict
from router.line.workspace import Patch, Repo
from router.station import (
    Assignment,
    FaultReason,
    Station,
    StationFault,
    StationReport,
    StationVersion,
    workplace,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Infrastructure that failed under a station."""

    reason: FaultReason
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt went, with the verifier's word on it."""

    number: int
    """1-based."""
    version: StationVersion
    report: StationReport | None = None
    """None when the station did not get to one."""
    patch: Patch | None = None
    """What changed in the workspace; None when nothing could be taken."""
    verdict: Verdict | None = None
    """None when there was nothing to judge."""
    fault: Fault | None = None
    ended: Literal["reported", "out_of_time", "fault"] = "reported"
    seconds: float = 0.0
    at: datetime
    """End, UTC."""
    sandbox: StartRecord | None = None


async def run_attempt(
    *,
    station: Station,
    assignment: Assignment,
    repo: Repo,
    sandbox: Sandbox,
    spec: Callable[[Path], SandboxSpec],
    folder: Path,
    emit: Emit,
) -> Attempt:
    """Let a station work and take the diff. The caller has it verified; cancelling leaves no process and no folder."""
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    done = Attempt(number=assignment.attempt, version=station.version, at=datetime.now(UTC))
    try:
        await repo.checkout(folder)
        async with workplace(station, assignment, spec(folder)) as place:
            record = await sandbox.start(place.spec)
            done = replace(done, sandbox=record)
            try:
                done = await _work(done, place.station, replace(assignment, root=record.inside), sandbox, emit)
            finally:
                await sandbox.stop()
        done = replace(done, patch=await repo.patch_from_workspace(folder))
    except SandboxError as error:
        done = replace(done, ended="fault", fault=Fault(reason="sandbox", message=str(error)))
    except StationFault as error:
        done = replace(done, ended="fault", fault=Fault(reason=error.reason, message=str(error)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return replace(done, seconds=round(time.monotonic() - began, 3), at=datetime.now(UTC))


async def _work(done: Attempt, station: Station, assignment: Assignment, sandbox: Sandbox, emit: Emit) -> Attempt:
    try:
        async with asyncio.timeout(assignment.limits.seconds):
            report = await station.run(assignment, sandbox, emit)
    except TimeoutError:
        emit(Event(kind="attempt.out_of_time", data={"seconds": assignment.limits.seconds}))
        return replace(done, ended="out_of_time")
    except StationFault as error:
        return replace(done, ended="fault", fault=Fault(reason=error.reason, message=str(error)))
    return replace(done, report=report)
