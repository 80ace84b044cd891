"""`run_shell_command`: one command line, waited for or left running."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from codergen.sandbox.base import ExecRequest, ExecResult, Sandbox
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.gemini import background, script
from codergen.tools.gemini.arguments import Loose
from codergen.tools.gemini.long_output import shortened
from codergen.tools.gemini.paths import absolute, outside
from codergen.tools.gemini.told import failed, part, told
from codergen.tools.wording import Wording

QUIET_SECONDS = 300.0
"""A command that writes nothing for so long is ended."""
LONGEST_SECONDS = 6 * 3600.0
_KEPT = 16 << 20


class RunShellCommandArguments(Loose):
    command: str
    description: str = ""
    dir_path: str = ""
    is_background: bool = False
    delay_ms: int | None = None


@dataclass(slots=True, kw_only=True)
class _Heard:
    """What a command wrote so far, and when it last did."""

    at: float
    out: bytearray
    context: ToolContext

    def __call__(self, stream: Literal["out", "err"], data: bytes) -> None:
        if stream == "err":  # the facts of the script
            return
        self.at = time.monotonic()
        self.out += data[: max(0, _KEPT - len(self.out))]
        if self.context.on_output is not None:
            self.context.on_output("out", data)


class RunShellCommand:
    """A failing command is an answer, not an error: its exit code stands in the text."""

    name = "run_shell_command"
    description = "Run a command line with bash."
    arguments = RunShellCommandArguments

    def __init__(self, wording: Wording, env: Mapping[str, str], *, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._wording, self._env, self._quiet = wording, dict(env), quiet_seconds

    def intent(self, args: RunShellCommandArguments, /) -> Intent:
        return Intent(act="run", command=args.command, folder=args.dir_path)

    async def run(self, args: RunShellCommandArguments, context: ToolContext, /) -> ToolResult:
        if not args.command.strip():
            return failed(self._wording, "run_shell_command.blank")
        if refused := outside(self._wording, context, args.dir_path, self._env):
            return refused
        folder = absolute(context.root, args.dir_path)
        if args.is_background:
            delay = 0.2 if args.delay_ms is None else args.delay_ms / 1000
            pid = await background.start(context, args.command, folder, self._env, delay)
            return told(self._wording, "run_shell_command.moved", pid=pid)
        request = ExecRequest(
            argv=("/bin/bash", "-c", script.foreground(args.command), script.BASH),
            cwd=folder,
            env={"PAGER": "cat", "GIT_PAGER": "cat", **self._env},
            timeout_s=LONGEST_SECONDS,
            max_output=_KEPT,
        )
        heard = _Heard(at=time.monotonic(), out=bytearray(), context=context)
        result = await _until_quiet(context.sandbox, request, heard, self._quiet)
        answer = self._stalled(bytes(heard.out)) if result is None else self._ended(result)
        return await shortened(answer, self._wording, context, self.name)

    def _ended(self, result: ExecResult) -> ToolResult:
        facts = script.facts(result.stderr)
        output = script.shown(result.stdout) or part(self._wording, "run_shell_command.empty")
        code, signal, left = result.exit_code, result.signal, ", ".join(facts.left)
        answer = told(
            self._wording,
            "run_shell_command.done",
            output=_guarded(output),
            code=part(self._wording, "run_shell_command.code", code=code) if code else "",
            signal=part(self._wording, "run_shell_command.signal", signal=signal) if signal else "",
            background=part(self._wording, "run_shell_command.background", pids=left) if left else "",
            pgid=facts.group or "0",
        )
        details = {"exit_code": code, "signal": signal, "ms": result.duration_ms, "output": output, "oom": result.oom}
        return replace(answer, details=details)

    def _stalled(self, out: bytes) -> ToolResult:
        output, minutes = script.shown(out), f"{self._quiet / 60:.1f}"
        if not output:
            return told(self._wording, "run_shell_command.silent", minutes=minutes)
        return told(self._wording, "run_shell_command.stalled", minutes=minutes, output=_guarded(output))


def _guarded(output: str) -> str:
    """Output cannot end the block that marks it as untrusted."""
    return output.replace("</untrusted_context>", "&lt;/untrusted_context&gt;")


async def _until_quiet(sandbox: Sandbox, request: ExecRequest, heard: _Heard, quiet: float) -> ExecResult | None:
    """How the command ended; None when it wrote nothing for too long and was ended."""
    task = asyncio.create_task(sandbox.exec(request, heard))
    try:
        while True:
            left = heard.at + quiet - time.monotonic()
            if left <= 0:
                return None
            done, _ = await asyncio.wait({task}, timeout=left)
            if done:
                return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
