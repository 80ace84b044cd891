"""The verifier for people who keep their own agent: judges the change in a work tree. No station, no journal."""

import asyncio
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from codergen.events import Emit, Event
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.registry import create
from codergen.settings import Settings
from codergen.tools.check import Environment
from codergen.tools.environment import python_environment
from router.errors import RepositoryError
from router.line.bundle import VERIFIER, residual_risk, verdict_records
from router.line.detect import CONFIG_FILES, Detected, detect_test_command, is_test
from router.line.evidence import EvidenceItems, ReproductionRecord, StopRecord, ValidationRecord
from router.line.evidence_folder import EvidenceExists, write_folder
from router.line.job import checks_of
from router.line.protected import is_protected, matches
from router.line.terminal import Terminal
from router.line.verdict import Verdict
from router.line.verify import VerifyRequest, verify
from router.line.workspace import Patch, Repo, merge_base, open_repo
from router.packet import REPRODUCED_CLASSES, CheckSpec, Repository, TaskPacket

REQUIRED = ("summary", "packet", "diff", "validation", "stop_reason", "residual_risk")
_EXIT = {"accepted": 0, "rejected": 10, "weak": 4, "void": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """What is to be judged, and by what."""

    repository: Path
    """Root of the work tree."""
    base: str
    packet: TaskPacket | None = None
    checks: tuple[str, ...] = ()
    """Commands; empty takes the packet's, else what the repository's files say."""
    scenarios: tuple[Path, ...] = ()
    trust: tuple[str, ...] = ()
    """Globs of changed paths that the person vouches for: they become part of the base."""
    accept_exit_code: bool = False
    sandbox: str = "auto"
    python: Path | None = None
    evidence: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReport:
    """The verdict, and where its evidence lies."""

    verdict: Verdict
    terminal: Terminal
    patch: Patch
    evidence: Path
    set_aside: tuple[str, ...]
    """Added test files that were not run: whoever wrote the change cannot also write what proves it."""
    seconds: float

    @property
    def exit_code(self) -> int:
        """0 accepted, 10 rejected, 4 too weak to tell."""
        return _EXIT[self.verdict.decision]

    @property
    def why(self) -> str:
        return self.terminal.why


async def judge_change(request: ChangeRequest, settings: Settings, emit: Emit) -> ChangeReport:
    """Judge a work tree against its base. Raises RepositoryError when there is nothing to judge, or no check,
    EvidenceExists before anything is run."""
    began = time.monotonic()
    name = f"verify-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = request.evidence or settings.data / "verifications" / name
    if folder.exists():
        raise EvidenceExists(folder)
    work = settings.work / name
    work.mkdir(parents=True)
    try:
        change = await _change(request, work)
        packet = await _packet(request, change.repo)
        environment = await asyncio.to_thread(python_environment, settings.cache, request.repository, request.python)
        emit(Event(kind="verify.start", data={"number": 0, "files": [c.path for c in change.patch.files]}))
        verdict = await verify(_verification(request, packet, change, environment, work))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    terminal = _terminal(verdict, change.set_aside)
    seconds = time.monotonic() - began
    evidence = _evidence(name, packet, change, verdict, terminal, environment, seconds)
    await asyncio.to_thread(write_folder, evidence, folder)
    return ChangeReport(
        verdict=verdict,
        terminal=terminal,
        patch=change.patch,
        evidence=folder,
        set_aside=change.set_aside,
        seconds=round(seconds, 3),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What is left to judge."""

    repo: Repo
    """Its base holds what is vouched for."""
    patch: Patch
    set_aside: tuple[str, ...]


async def _change(request: ChangeRequest, work: Path) -> _Change:
    base = await merge_base(request.repository, request.base)
    repo = await open_repo(request.repository, base, work / "git")
    patch = await repo.patch_from_workspace(request.repository)
    if patch.empty:
        raise RepositoryError(
            f"nothing to judge: {request.repository} does not differ from {request.base}",
            remedy="name what the change started from, e.g. --base main",
        )
    vouched = [c.path for c in patch.files if matches(c.path, request.trust)]
    protected = (request.packet or _EMPTY).validation.protected
    aside = tuple(
        c.path
        for c in patch.files
        if c.kind == "added" and is_test(c.path) and is_protected(c.path, protected) and c.path not in vouched
    )
    tree = patch.tree
    if aside:
        tree = await repo.graft(aside, onto=tree, source=repo.base)
    if vouched:
        repo = replace(repo, base=await repo.graft(vouched, onto=repo.base, source=tree))
    left = await repo.patch_to(tree)
    if left.empty:
        raise RepositoryError(
            "nothing left to judge: every changed file is vouched for or an added test",
            remedy="name fewer paths with --trust",
        )
    return _Change(repo=repo, patch=left, set_aside=aside)


_EMPTY = TaskPacket(intent="judge the change in this repository", task_class="review")


async def _packet(request: ChangeRequest, repo: Repo) -> TaskPacket:
    """The packet given, or one that says what is judged."""
    packet = request.packet or _EMPTY
    commands = request.checks or tuple(check.command for check in checks_of(packet))
    if not commands:
        commands = ((await _detected(request, repo)).command,)
    specs = {check.command: check for check in packet.validation.checks}
    validation = packet.validation.model_copy(
        update={
            "checks": tuple(specs.get(command) or CheckSpec(command=command) for command in commands),
            "scenarios": (*packet.validation.scenarios, *request.scenarios),
            "accept_exit_code": packet.validation.accept_exit_code or request.accept_exit_code,
        }
    )
    repository = Repository(path=request.repository, base=request.base)
    return packet.model_copy(update={"validation": validation, "repository": repository})


async def _detected(request: ChangeRequest, repo: Repo) -> Detected:
    files = await repo.files()
    wanted = [name for name in files if name in CONFIG_FILES or is_test(name)]
    texts = {name: (await repo.read(name)).decode("utf-8", "replace") for name in wanted[:200]}
    found = detect_test_command(sorted(texts), texts.__getitem__)
    if found is None:
        raise RepositoryError(
            f"no test command found in {request.repository}", remedy='name it, e.g. --check "python -m pytest -q"'
        )
    return found


def _verification(
    request: ChangeRequest, packet: TaskPacket, change: _Change, environment: Environment, work: Path
) -> VerifyRequest:
    own = Path(environment.python).is_relative_to(request.repository)

    def spec(workspace: Path) -> SandboxSpec:
        return SandboxSpec(
            workspace=workspace,
            inside=str(request.repository) if own else "/workspace",
            mounts=environment.mounts,
            env=environment.env,
            path=environment.path,
        )

    return VerifyRequest(
        repo=change.repo,
        patch=change.patch,
        checks=checks_of(packet),
        scenarios=packet.validation.scenarios,
        protected=packet.validation.protected,
        scope=packet.scope,
        expect_base_fails=request.packet is not None and packet.task_class in REPRODUCED_CLASSES,
        accept_exit_code=packet.validation.accept_exit_code,
        base_runs=(),
        environment=environment,
        sandbox_factory=partial(create, request.sandbox),
        spec=spec,
        work=work / "verify",
    )


def _terminal(verdict: Verdict, aside: Sequence[str]) -> Terminal:
    failed = "; ".join(f"{c.name}: {c.why}" for c in verdict.checks if not c.passed)
    note = f" ({len(aside)} added test files were set aside; --trust counts them)" if aside else ""
    match verdict.decision:
        case "accepted":
            return Terminal(state="pr_ready", reason="verified", why=f"every check holds{note}")
        case "rejected":
            return Terminal(state="escalate", reason="attempts_rejected", why=f"{failed}{note}")
        case "weak":
            return Terminal(state="escalate", reason="weak_evidence", why=(failed or "exit codes alone") + note)
        case "void":
            return Terminal(state="escalate", reason="verifier_void", why=verdict.void_reason + note)


def _evidence(
    name: str,
    packet: TaskPacket,
    change: _Change,
    verdict: Verdict,
    terminal: Terminal,
    environment: Environment,
    seconds: float,
) -> EvidenceItems:
    ended = datetime.now(UTC)
    return EvidenceItems(
        job_id=name,
        started=ended - timedelta(seconds=seconds),
        ended=ended,
        packet=packet.model_dump(mode="json"),
        base_commit=change.repo.base,
        reproduction=ReproductionRecord(
            state="not_required", why="a change was judged, not a ticket: base was not required to fail first"
        ),
        diff=change.patch.data,
        validation=ValidationRecord(
            passed=verdict.decision == "accepted",
            explicit=verdict.explicit,
            why=terminal.why,
            checks=verdict_records(verdict),
            verifier=VERIFIER,
            environment=environment.description,
        ),
        stop=StopRecord(
            terminal_state=terminal.state,
            reason=terminal.reason,
            why=terminal.why,
            residual_risk=(*residual_risk(terminal, packet), *verdict.notes),
        ),
        required=REQUIRED,
    )
