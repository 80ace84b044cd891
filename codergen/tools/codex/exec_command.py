"""`exec_command`: one command line in a shell of its own, waited for a while; what goes on is a session."""

import posixpath
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from codergen.errors import PathEscape
from codergen.sandbox.base import ExecRequest, SpawnRequest
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.codex import patching, sessions
from codergen.tools.codex.arguments import Listed, Loose, Whole
from codergen.tools.codex.heredoc import ShellPatch, shell_patch
from codergen.tools.codex.told import told
from codergen.tools.patch_plan import absolute
from codergen.tools.wording import Wording

USUAL_MS = 10_000
PLAIN: Mapping[str, str] = {
    "PAGER": "cat", "GIT_PAGER": "cat", "GH_PAGER": "cat", "TERM": "dumb", "NO_COLOR": "1", "COLORTERM": "",
    "LANG": "C.UTF-8", "LC_CTYPE": "C.UTF-8", "LC_ALL": "C.UTF-8",
}  # fmt: skip
"""Output for one who reads it as text, and nothing that waits for a key; measured."""
TERMINAL = (24, 80)
_BASH = frozenset({"bash", "/bin/bash", "/usr/bin/bash"})
_LOGIN = 'printf -v path %q "$PATH"; exec "$1" -lc "PATH=$path; $2"'
"""A login shell whose profile does not take the job's PATH away."""


class ExecCommandArguments(Loose):
    cmd: str
    workdir: str | None = None
    shell: str | None = None
    login: bool = True
    tty: bool = False
    yield_time_ms: Whole | None = None
    max_output_tokens: Whole | None = None
    sandbox_permissions: Literal["use_default", "require_escalated"] = "use_default"
    justification: str | None = None
    prefix_rule: Listed[str] | None = None
    """Of the vendor's approvals; ours go by the command itself."""


class ExecCommand:
    """A failing command is an answer, not an error: its exit code stands in the text."""

    name = "exec_command"
    description = "Run a command line."
    arguments = ExecCommandArguments

    def __init__(self, wording: Wording, env: Mapping[str, str]) -> None:
        self._wording, self._env = wording, {**PLAIN, **env}

    def intent(self, args: ExecCommandArguments, /) -> Intent:
        patch = shell_patch(args.cmd)
        if patch is None:
            return Intent(act="run", command=args.cmd, folder=args.workdir or "", unclear=_another(args.shell))
        start = posixpath.join(args.workdir or "", patch.folder)
        return Intent(act="edit", paths=tuple(posixpath.join(start, path) for path in patching.paths(patch.patch)))

    async def run(self, args: ExecCommandArguments, context: ToolContext, /) -> ToolResult:
        if args.sandbox_permissions == "require_escalated":
            return told(self._wording, "exec_command.escalated")
        folder = absolute(context.root, args.workdir or "")
        if not await _is_folder(context, folder):
            return told(self._wording, "exec_command.workdir")
        patch = shell_patch(args.cmd)
        if patch is not None:
            return await self._patch(patch, context, folder)
        request = SpawnRequest(argv=_argv(args), cwd=folder, env=self._env, terminal=TERMINAL if args.tty else None)
        live = await context.processes.start(context.sandbox, request, sessions.name)
        if not args.tty:
            await live.process.close_input()
        seconds = sessions.waiting(args.yield_time_ms, USUAL_MS, sessions.WRITTEN_MS)
        turn = sessions.Turn(live=live, seconds=seconds, max_tokens=args.max_output_tokens)
        return await sessions.look(self._wording, context, turn)

    async def _patch(self, patch: ShellPatch, context: ToolContext, folder: str) -> ToolResult:
        """What went well is said as the output of a command, what did not as it is."""
        result = await patching.carry_out(self._wording, context, patch.patch, absolute(folder, patch.folder))
        if result.said is None or result.said.case != "apply_patch.done":
            return result
        whole = told(self._wording, "exec_command.patched", **{**result.said.fields, "spent": "0.0000"})
        return replace(whole, details=result.details)


async def _is_folder(context: ToolContext, folder: str) -> bool:
    """Folders beside the workspace are the sandbox's to show."""
    try:
        found = await context.sandbox.stat(folder)
    except PathEscape:
        return (await context.sandbox.exec(ExecRequest(argv=("/usr/bin/test", "-d", folder)))).exit_code == 0
    return found is not None and found.kind == "dir"


def _another(shell: str | None) -> str:
    """Why the command line may mean other things than in bash."""
    return f"it is for another shell: {shell}" if shell not in {None, "", *_BASH} else ""


def _argv(args: ExecCommandArguments) -> tuple[str, ...]:
    shell = args.shell or "/bin/bash"
    if not args.login:
        return (shell, "-c", args.cmd)
    return ("/bin/bash", "-c", _LOGIN, "/bin/bash", shell, args.cmd)
