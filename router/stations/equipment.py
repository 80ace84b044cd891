"""What a profile has in hand for a job: the tools that the packet allows, and what is missing. Pure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from codergen.profiles.families import load_kit
from codergen.profiles.native import Native
from codergen.profiles.profile import Profile
from codergen.sandbox.base import Sandbox
from codergen.tools.base import Tool
from codergen.tools.check_tool import RunChecks
from codergen.tools.edit import Edit
from codergen.tools.locate_tool import Locate
from codergen.tools.read import Read
from codergen.tools.registry import ToolSet
from codergen.tools.shell import Shell
from codergen.tools.write import Write
from router.station import Assignment

_ANY: frozenset[str] = frozenset()
_READ, _RUN = frozenset({"read"}), frozenset({"shell"})
NEEDS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("Read", "Skill"), _READ),
    **dict.fromkeys(("Bash", "TaskStop"), _RUN),
    "Edit": frozenset({"edit"}),
    "Write": frozenset({"write"}),
    "Agent": _ANY,
    **dict.fromkeys(("exec_command", "write_stdin"), _RUN),
    "apply_patch": frozenset({"edit", "write"}),
    "view_image": _READ,
    **dict.fromkeys(("get_goal", "create_goal", "update_goal"), _ANY),
    **dict.fromkeys(("spawn_agent", "send_input", "resume_agent", "wait_agent", "close_agent"), _ANY),
    **dict.fromkeys(("read_file", "list_directory", "grep_search", "glob", "activate_skill"), _READ),
    **dict.fromkeys(("run_shell_command", "list_background_processes", "read_background_output"), _RUN),
    "replace": frozenset({"edit"}),
    "write_file": frozenset({"write"}),
    **dict.fromkeys(("update_topic", "write_todos", "invoke_agent"), _ANY),
}
"""A family's tool -> what a packet must allow for it. Agents have no tools but those of the session that sets them to
work. A tool that is not named here is not given to a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    tools: ToolSet
    lacking: tuple[str, ...] = ()
    """Of the packet's words, those without which the profile cannot do any job."""
    tree: Callable[[Sandbox, str], Awaitable[str]] | None = None
    """As of `Kit`."""


def equip(profile: Profile, assignment: Assignment) -> Equipment:
    """What `profile` works with in this job."""
    if isinstance(profile, Native):
        return _native(profile, assignment)
    lacking = tuple(name for name in profile.facts.needs if name not in assignment.allowed_tools)
    return Equipment(tools=_plain(assignment), lacking=lacking)


def _plain(assignment: Assignment) -> ToolSet:
    """The allowed tools; where checks may run, functions may be ranked by them."""
    environment, checks = assignment.environment, assignment.checks
    made = [Read(), Write(), Edit(), Shell(environment.env), RunChecks(checks, environment)]
    chosen = [tool for tool in made if tool.name in assignment.allowed_tools]
    if checks and "check" in assignment.allowed_tools:
        return ToolSet([*chosen, Locate(checks[0], environment)])
    return ToolSet(chosen)


def _native(profile: Native, assignment: Assignment) -> Equipment:
    """The family's tools as far as the packet allows them, then the job's `check`."""
    allowed, environment = frozenset(assignment.allowed_tools), assignment.environment
    kit = load_kit(profile.facts.name, profile.texts.wording, environment.env)
    chosen = [tool for tool in kit.tools if tool.name in NEEDS and NEEDS[tool.name] <= allowed]
    own: list[Tool[Any]] = []
    if assignment.checks and "check" in allowed:
        own.append(RunChecks(assignment.checks, environment))
    tools = ToolSet(chosen, kit.refusals, kit.notices, own=own)
    return Equipment(tools=tools, lacking=_missing(profile, tools), tree=kit.tree)


def _missing(profile: Native, tools: ToolSet) -> tuple[str, ...]:
    """A shell reads and changes files, too; without one there must be a tool for each."""
    given = [name for name in profile.facts.tools if name in tools.names]
    if any(NEEDS[name] == _RUN for name in given):
        return ()
    reads = not _LOOKS.isdisjoint(given)
    changes = any(NEEDS[name] & {"edit", "write"} for name in given)
    return (*(() if reads else ("read",)), *(() if changes else ("edit",)))


_LOOKS = frozenset({"Read", "read_file"})
"""Tools that show a file's text."""
