"""Tasks in the shape of Harbor task folders: what a station is told, where it starts from, and the held-out tests.

<slug>/task.toml                 facts: class, public check, limits; what the bug is (never for a station)
<slug>/instruction.md            the ticket
<slug>/environment/repo/         files at base, without history
<slug>/tests/                    the scenario
<slug>/solution/fix.patch        the reference; `wrong.patch`, where there is one, cheats the public check
"""

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from codergen.errors import UsageError
from router.packet import Slug

_FUNCTION = r"^[^:\s]+\.py::[A-Za-z_][\w.]*$"


class TaskError(UsageError):
    """A task folder that cannot be used; `folder` is the one, `problem` says what is wrong with it."""

    def __init__(self, folder: Path, problem: str) -> None:
        self.folder, self.problem = folder, problem
        super().__init__(f"task {folder}: {problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function in a repository, written `path.py::qualname`."""

    path: PurePosixPath
    qualname: str

    @classmethod
    def parse(cls, text: str) -> Self:
        path, _, qualname = text.partition("::")
        return cls(path=PurePosixPath(path), qualname=qualname)

    def __str__(self) -> str:
        return f"{self.path}::{self.qualname}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of a suite. Its paths are absolute."""

    slug: str
    folder: Path
    instruction: str
    task_class: str
    language: str
    kind: str
    """Kind of bug."""
    one_edit: bool
    """One edit of a single expression or statement is enough."""
    buggy_functions: tuple[Function, ...]
    """Where the reference fix changes something; one of them counts as found."""
    lines: int
    """Lines of the sources at base that are neither blank nor comments; tests do not count."""
    check: str
    """The public check's command."""
    check_timeout_s: float
    agent_timeout_s: float
    verifier_timeout_s: float

    @property
    def repository(self) -> Path:
        """Files at base. The runner copies them and makes the commit."""
        return self.folder / "environment" / "repo"

    @property
    def scenarios(self) -> Path:
        return self.folder / "tests"

    @property
    def fix(self) -> Path:
        return self.folder / "solution" / "fix.patch"

    @property
    def wrong_fix(self) -> Path | None:
        """A patch that the public check accepts and the scenario rejects."""
        path = self.folder / "solution" / "wrong.patch"
        return path if path.is_file() else None


def load_task(folder: Path) -> Task:
    """The task in `folder`; raises `TaskError` for the first thing that is missing or malformed."""
    folder = folder.absolute()
    facts = _read_facts(folder)
    instruction = _read_text(folder, "instruction.md").strip()
    if not instruction:
        raise TaskError(folder, "instruction.md is empty")
    task = Task(
        slug=folder.name,
        folder=folder,
        instruction=instruction,
        task_class=facts.task.task_class,
        language=facts.task.language,
        kind=facts.metadata.kind,
        one_edit=facts.metadata.one_edit,
        buggy_functions=tuple(Function.parse(text) for text in facts.metadata.buggy_function),
        lines=facts.metadata.lines,
        check=facts.public.check,
        check_timeout_s=facts.public.timeout_s,
        agent_timeout_s=facts.agent.timeout_sec,
        verifier_timeout_s=facts.verifier.timeout_sec,
    )
    _require_files(task)
    return task


def load_suite(folder: Path) -> tuple[Task, ...]:
    """All tasks below `folder`, by name. A suite without a task is an error, not an empty result."""
    if not folder.is_dir():
        raise TaskError(folder, "is not a folder")
    tasks = tuple(load_task(path) for path in sorted(folder.iterdir()) if (path / "task.toml").is_file())
    if not tasks:
        raise TaskError(folder, "holds no task (a folder with a task.toml)")
    return tasks


def packet_toml(task: Task, *, repository: Path, base: str = "HEAD") -> str:
    """The packet of a job on this task, for `repository`: a git repository that the runner made of `task.repository`.

    `repository` is absolute, or relative to the folder that the packet will lie in. What only the suite may know (kind
    of bug, function, solution) is not in it; the scenario is, which the line keeps away from stations.
    """
    sections: Sequence[tuple[str, Sequence[tuple[str, str | float]]]] = (
        ("", (("intent", task.instruction), ("class", task.task_class), ("language", task.language))),
        ("[repository]", (("path", str(repository)), ("base", base))),
        ("[source]", (("kind", "eval"), ("ref", task.slug), ("text", task.instruction))),
        ("[[validation.checks]]", (("command", task.check), ("timeout_s", task.check_timeout_s))),
        ("[limits]", (("attempt_seconds", task.agent_timeout_s),)),
    )
    blocks = [_block(header, values) for header, values in sections]
    blocks.insert(3, f"[validation]\nscenarios = [{_toml(str(task.scenarios))}]")
    return "\n\n".join(blocks) + "\n"


def _block(header: str, values: Sequence[tuple[str, str | float]]) -> str:
    lines = [f"{key} = {_toml(value)}" for key, value in values]
    return "\n".join([header, *lines] if header else lines)


def _toml(value: str | float) -> str:
    """JSON's escapes are TOML's as well, except that TOML also wants DEL escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, populate_by_name=True)


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Text = Annotated[str, StringConstraints(min_length=1)]
Seconds = Annotated[float, Field(gt=0, le=1800)]


class _Metadata(_Facts):
    kind: Slug
    one_edit: bool
    buggy_function: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=_FUNCTION)], ...],
        BeforeValidator(_as_list),
        Field(min_length=1),
    ]
    lines: Annotated[int, Field(gt=0)]
    note: str = ""


class _Work(_Facts):
    task_class: Slug = Field(alias="class")
    language: Slug


class _Public(_Facts):
    check: Text
    timeout_s: Seconds = 60.0


class _Agent(_Facts):
    timeout_sec: Seconds = 600.0


class _Verifier(_Facts):
    timeout_sec: Seconds = 120.0


class _TaskFile(_Facts):
    version: Literal["1.0"]
    metadata: _Metadata
    task: _Work
    public: _Public
    agent: _Agent = _Agent()
    verifier: _Verifier = _Verifier()


def _read_text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TaskError(folder, f"{name} cannot be read: {error}") from error


def _read_facts(folder: Path) -> _TaskFile:
    try:
        return _TaskFile.model_validate(tomllib.loads(_read_text(folder, "task.toml")))
    except tomllib.TOMLDecodeError as error:
        raise TaskError(folder, f"task.toml is not TOML: {error}") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'task.toml'}: {e['msg']}" for e in error.errors())
        raise TaskError(folder, f"task.toml: {problems}") from error


def _require_files(task: Task) -> None:
    if not task.repository.is_dir():
        raise TaskError(task.folder, "environment/repo is missing")
    if (task.repository / ".git").exists():
        raise TaskError(task.folder, "environment/repo holds a .git; the runner makes the commit")
    if not any(task.scenarios.glob("test_*.py")):
        raise TaskError(task.folder, "tests/ holds no test_*.py")
    if not task.fix.is_file():
        raise TaskError(task.folder, "solution/fix.patch is missing")
    for function in task.buggy_functions:
        source = task.repository / function.path
        name = re.escape(function.qualname.rpartition(".")[2])
        if not source.is_file() or not re.search(rf"\bdef {name}\(", source.read_text(encoding="utf-8")):
            raise TaskError(task.folder, f"there is no {function} in environment/repo")
