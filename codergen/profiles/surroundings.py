"""Where a session begins: taken once and kept in its journal, so that requests and resumes say the same bytes."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionFile:
    """A file of standing instructions: CLAUDE.md, AGENTS.md, GEMINI.md."""

    path: str
    """Absolute as inside; of the user's own files, as on the host."""
    scope: Literal["user", "project", "local", "nested"]
    """The user's own for all projects; checked in at the root; the user's own for this project; below the root."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """`.agents/skills/NAME/SKILL.md`: told by name and description, read when it is wanted."""

    name: str
    description: str
    path: str
    """Absolute as inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitState:
    """What git said when the session began."""

    branch: str
    """Empty when HEAD is detached."""
    main_branch: str
    user: str
    status: str
    """`git status --short`, cut."""
    commits: tuple[str, ...]
    """`abbreviated-hash subject`, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """All of it."""

    cwd: str
    """The workspace as inside."""
    date: str
    """ISO 8601, local."""
    timezone: str
    """IANA name, e.g. `Etc/UTC`."""
    platform: str
    """e.g. `linux`."""
    os: str
    """e.g. `Linux 6.1.0-13-amd64`, or the distribution's name."""
    shell: str
    """e.g. `bash`."""
    tmp: str = "/tmp"
    git: GitState | None = None
    """None where the workspace is no repository."""
    tree: str = ""
    """A short listing of the workspace, for families that are shown one."""
    instructions: tuple[InstructionFile, ...] = ()
    """In the order in which they are shown; which files count is the family's."""
    skills: tuple[Skill, ...] = ()
    network: bool = False
    """Commands reach the network."""
    sandbox: str = ""
    """Kind of sandbox."""
