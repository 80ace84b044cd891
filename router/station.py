"""The seam between the line and whatever can take a job. A station claims; it never decides."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal, Protocol, runtime_checkable

from codergen.events import Emit
from codergen.sandbox.base import Sandbox, SandboxSpec
from codergen.tools.check import Check, CheckRun, Environment
from providers.types import Usage

Claim = Literal["pr_ready", "no_op", "escalate", "retryable_failure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StationVersion:
    """Identity that outcomes are kept under: two versions with one difference are two stations to the planner."""

    station: str
    """e.g. `repair`, `codergen/plain`."""
    model: str = ""
    profile: str = ""
    prompts: str = ""
    """Hash over all prompt texts."""
    scaffolds: tuple[str, ...] = ()
    """Names of the switches that are on, sorted."""
    cli: str = ""
    sandbox: str = ""

    @property
    def id(self) -> str:
        """One line, stable: `station@12 hex digits` over all fields."""
        text = "\x1f".join(
            (self.station, self.model, self.profile, self.prompts, *self.scaffolds, self.cli, self.sandbox)
        )
        return f"{self.station}@{sha256(text.encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLimits:
    seconds: float = 600.0
    turns: int = 50
    tokens: int | None = None
    usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a station is given for one attempt: the packet without scenarios, and what the line already ran."""

    job_id: str
    attempt: int
    """1-based."""
    intent: str
    task_class: str
    language: str
    scope: tuple[str, ...]
    protected: tuple[str, ...]
    non_goals: tuple[str, ...]
    allowed_tools: tuple[str, ...]
    checks: tuple[Check, ...]
    """Public ones, in order."""
    reproduction: CheckRun | None
    """The public check at base, failing; None where the class has no reproduction."""
    environment: Environment
    limits: AttemptLimits
    root: str = "/workspace"
    """The workspace as inside (`StartRecord.inside`); the line says it once the sandbox has started."""
    feedback: tuple[str, ...] = ()
    """What the verifier told of earlier attempts: public checks only."""
    rejected: tuple[str, ...] = ()
    """Unified diffs of earlier attempts that the verifier rejected; doing the same again is no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """Several answers fit what is known; one question would tell them apart."""

    question: str
    """For a person, e.g. "What should median([]) give?"."""
    answers: tuple[str, ...]
    """What each candidate gives, in the order of `candidates`."""
    candidates: tuple[str, ...]
    """Unified diffs, one for each behaviour, the likeliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationReport:
    """How a station ends. All of it is claim, for people and feedback; the verifier looks at the workspace."""

    claimed: Claim
    reason: str = ""
    """For `no_op` and `escalate` one of the design's reasons."""
    summary: str = ""
    files: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    """What it ran, one line each."""
    evidence: tuple[str, ...] = ()
    uncertainty: Uncertainty | None = None
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal | None = None
    """None is unknown."""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON values for the report: candidates tried, ranked functions ..."""


FaultReason = Literal["provider", "sandbox", "environment", "worker", "timeout"]


class StationFault(Exception):
    """Infrastructure of a station failed (provider, sandbox, environment): never counted against it."""

    def __init__(self, reason: FaultReason, message: str) -> None:
        self.reason: FaultReason = reason
        super().__init__(message)


class Station(Protocol):
    """Takes a job in a started sandbox that holds a clean workspace."""

    @property
    def version(self) -> StationVersion: ...

    async def run(self, assignment: Assignment, sandbox: Sandbox, emit: Emit) -> StationReport:
        """Work in the workspace and claim an ending. Raises StationFault, SandboxError; cancelling ends it at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """A sandbox as a station needs it, and who works there."""

    spec: SandboxSpec
    station: Station


@runtime_checkable
class Furnishing(Protocol):
    """A station that needs more in its sandbox than the job's environment: a program, settings, a way out."""

    def furnish(self, assignment: Assignment, spec: SandboxSpec) -> AbstractAsyncContextManager[Workplace]:
        """For one attempt, entered before its sandbox starts and left after it is stopped. Raises StationFault."""
        ...


@asynccontextmanager
async def workplace(station: Station, assignment: Assignment, spec: SandboxSpec) -> AsyncGenerator[Workplace]:
    """What to start the sandbox with, and who works there; `spec` and the station itself where nothing is needed."""
    if isinstance(station, Furnishing):
        async with station.furnish(assignment, spec) as place:
            yield place
    else:
        yield Workplace(spec=spec, station=station)
