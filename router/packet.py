"""The task packet: everything a line needs to know of one job, as people write it in TOML, YAML or JSON."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
NoOpReason = Literal[
    "not_reproducible", "already_fixed", "duplicate", "superseded", "contradicts_behaviour", "not_applicable"
]
EvidenceItem = Literal[
    "summary", "packet", "reproduction", "plan", "diff", "validation", "transcript", "stop_reason", "residual_risk"
]

ToolName = Literal["read", "write", "edit", "shell", "check"]

REPRODUCED_CLASSES = frozenset({"bugfix", "cve_fix", "flaky_test"})
"""Classes whose check must fail at base before anything is changed."""

DEFAULT_PROTECTED = (
    "tests/**", "test/**", "**/test_*.py", "**/*_test.py", "**/conftest.py", "pytest.ini", "tox.ini", "setup.cfg",
    "pyproject.toml", "noxfile.py", "Makefile", ".github/**", ".gitlab-ci.yml", "**/sitecustomize.py",
    "**/usercustomize.py", "**/*.pth", ".gitattributes", "**/.gitattributes", ".gitmodules", ".codergen/**",
)  # fmt: skip
"""What an attempt may not touch unless its packet says otherwise."""

CHANGE_CLASSES = frozenset({"feature", "frontend"})
"""Classes whose work must show: some check or scenario fails at base and holds after, else the evidence is weak."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True)


class Source(_Model):
    """Where the work came from."""

    kind: Literal["ticket", "ci_failure", "advisory", "person", "eval", "other"] = "person"
    ref: str = ""
    """Issue number, URL or file."""
    text: str = ""
    """The original words. Data, never instructions."""


class CheckSpec(_Model):
    """One public check."""

    command: Annotated[str, StringConstraints(min_length=1)]
    junit: str | None = None
    timeout_s: Annotated[float, Field(gt=0, le=1800)] = 120.0


class Validation(_Model):
    """How the result is judged."""

    checks: tuple[CheckSpec, ...] = ()
    """Public: a station may run them."""
    scenarios: tuple[Path, ...] = ()
    """Held-out folders, relative to the packet's file; a station never sees them."""
    protected: tuple[str, ...] = DEFAULT_PROTECTED
    """Globs that an attempt may not touch."""
    accept_exit_code: bool = False
    """Accept a check that only has an exit code; the result is marked as weak."""


class Reproduction(_Model):
    """How the fault is shown at base."""

    command: str | None = None
    """None: the first public check."""
    symptom: str = ""
    """What a person saw."""


class Repository(_Model):
    path: Path = Path()
    """A git repository; relative to the packet's file."""
    base: str = "HEAD"
    """Commit the work starts from."""


class JobLimits(_Model):
    """What one job may use; None is no limit of its own."""

    seconds: Annotated[float, Field(gt=0)] = 1800.0
    attempt_seconds: Annotated[float, Field(gt=0)] = 600.0
    usd: Annotated[float, Field(ge=0)] | None = None
    tokens: Annotated[int, Field(gt=0)] | None = None


class TaskPacket(_Model):
    """One job. Loaded by `router.packet_file.load_packet`, which turns every fault into one readable error."""

    intent: Annotated[str, StringConstraints(min_length=3, max_length=20_000)]
    task_class: Slug = Field(
        default="bugfix", validation_alias=AliasChoices("class", "task_class"), serialization_alias="class"
    )
    language: Slug = "python"
    repository: Repository = Repository()
    source: Source = Source()
    scope: tuple[str, ...] = ("**",)
    """Globs that the change must stay within."""
    non_goals: tuple[str, ...] = ()
    reproduction: Reproduction = Reproduction()
    allowed_tools: tuple[ToolName, ...] = ("read", "write", "edit", "shell", "check")
    validation: Validation = Validation()
    no_op_rules: tuple[NoOpReason, ...] = ("not_reproducible",)
    """No-op endings that this job may have."""
    evidence_required: tuple[EvidenceItem, ...] = (
        "summary", "packet", "reproduction", "plan", "diff", "validation", "transcript", "stop_reason", "residual_risk",
    )  # fmt: skip
    output_format: Literal["patch"] = "patch"
    prompts: dict[Slug, Annotated[str, StringConstraints(max_length=64_000)]] = {}
    """Section of our own profiles' system prompts -> the text in its place, over those of the user and of the
    repository. Empty takes the section out; a family that has no such section goes without."""
    limits: JobLimits = JobLimits()
