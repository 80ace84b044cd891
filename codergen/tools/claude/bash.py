"""`Bash`: one command line; the folder it ends in is where the next one begins."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from codergen.errors import ProcessEnded, TooManyProcesses
from codergen.sandbox.base import MIB, ExecRequest, ExecResult, SpawnRequest
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.claude import output, paths, shell_line, watch
from codergen.tools.claude.files import Known
from codergen.tools.claude.speech import Speech
from codergen.tools.claude.stored import Call, Stored, new_id

SECONDS = 120.0
LONGEST_SECONDS = 600.0
KEPT = 16 * MIB
"""Bytes of each stream that are kept for a stored output."""
_TERMINATED = 143


class BashArguments(Arguments):
    command: str
    timeout: float | None = None
    """Milliseconds."""
    description: str | None = None
    run_in_background: bool = False
    dangerouslyDisableSandbox: bool = False
    """On the vendor's wire; nothing here listens to it."""


class Bash:
    """A failing command is an error to this family, and says its exit code first."""

    name = "Bash"
    description = "Run a command line with bash."
    arguments = BashArguments

    def __init__(self, speech: Speech, env: Mapping[str, str], stored: Stored, known: Known) -> None:
        self._say, self._env, self._stored, self._known = speech, dict(env), stored, known

    def intent(self, args: BashArguments, /) -> Intent:
        return Intent(act="run", command=args.command)

    async def run(self, args: BashArguments, context: ToolContext, /) -> ToolResult:
        if args.run_in_background:
            return await self._background(args, context)
        limit = min(LONGEST_SECONDS, args.timeout / 1000 if args.timeout and args.timeout > 0 else SECONDS)
        request = self._request(args.command, context, limit)
        result = await context.sandbox.exec(request, shell_line.output_only(context.on_output))
        text = output.trimmed(result.stdout.decode("utf-8", "replace"))
        details = {"command": args.command, **_details(result, text, begun=paths.cwd(context))}
        if result.timed_out or result.exit_code != 0:
            answer = self._failed(result, text, limit, details)
        else:
            answer = await self._succeeded(text, _ended_in(result), context, details)
        changes, state = await watch.changed(context, self._known)
        if not changes:
            return answer
        details = {**answer.details, "changed": changes}
        return replace(answer, details=details, state={**answer.state, **state})

    def _request(self, command: str, context: ToolContext, limit: float) -> ExecRequest:
        files = self._stored.named(command)
        line = shell_line.telling(shell_line.line(command, paths.cwd(context), lays=bool(files)))
        return ExecRequest(
            argv=("/bin/bash", "-c", line),
            cwd=context.root,
            env=self._env,
            stdin=shell_line.stdin(files) if files else None,
            timeout_s=limit,
            max_output=KEPT,
        )

    def _failed(self, result: ExecResult, text: str, limit: float, details: dict[str, Any]) -> ToolResult:
        code = _TERMINATED if result.timed_out else _code(result)
        shown = text[: output.SHOWN]
        if result.timed_out:
            fields: dict[str, Any] = {"code": code, "limit": output.duration(limit)}
            case = "Bash.timeout_output" if shown else "Bash.timeout"
        else:
            fields = {"code": code}
            case = "Bash.failed" if shown else "Bash.failed_empty"
        said = self._say(case, is_error=True, details=details, output=shown, **fields)
        if len(said.content) <= output.OF_FAILED:
            return said
        head, removed, tail = output.middle_out(said.content)
        return self._say("Bash.cut", is_error=True, details=details, head=head, removed=removed, tail=tail)

    async def _succeeded(self, text: str, ended: str, context: ToolContext, details: dict[str, Any]) -> ToolResult:
        state: dict[str, Any] = {}
        case, fields = ("Bash.ok", {"output": text}) if text else ("Bash.empty", {})
        if ended and not paths.within(ended, context.root):
            state = {"cwd": context.root}
            case, fields = ("Bash.reset" if text else "Bash.reset_empty"), {"output": text, "cwd": context.root}
        elif ended and ended != paths.cwd(context):
            state = {"cwd": ended}
        details |= {"cwd": state.get("cwd", paths.cwd(context))}
        said = self._say(case, is_error=False, details=details, state=state, **fields)
        if len(said.content) <= output.SHOWN:
            return said
        path = await self._stored.path(context.sandbox, "tool-results", f"{new_id()}.txt")
        whole = said.content
        self._stored.keep(path, lambda: whole, Call(id=context.call_id, command=details["command"]))
        fields = {"size": output.size(len(whole)), "path_out": path, "preview": output.preview(whole)}
        return self._say("Bash.persisted", is_error=False, details=details, state=state, **fields)

    async def _background(self, args: BashArguments, context: ToolContext) -> ToolResult:
        files = self._stored.named(args.command)
        line = shell_line.line(args.command, paths.cwd(context), lays=bool(files))
        request = SpawnRequest(argv=("/bin/bash", "-c", line), cwd=context.root, env=self._env)
        try:
            live = await context.processes.start(context.sandbox, request, new_id)
        except TooManyProcesses as error:
            return self._say("Bash.no_background", is_error=True, why=error)
        with suppress(ProcessEnded):
            await live.process.write(shell_line.stdin(files))
            await live.process.close_input()
        path = await self._stored.path(context.sandbox, "tasks", f"{live.id}.output")
        call = Call(id=context.call_id, command=args.command)
        self._stored.keep(path, lambda: live.all().text("\n...\n"), call)
        details = {"id": live.id, "path": path, "command": args.command}
        return self._say("Bash.background", is_error=False, details=details, id=live.id, path_out=path)


def _ended_in(result: ExecResult) -> str:
    """Empty where the shell did not come to say so."""
    last = result.stderr.decode("utf-8", "replace").removesuffix("\n").rpartition("\n")[2]
    return last if last.startswith("/") else ""


def _code(result: ExecResult) -> int:
    """As a shell tells it: a signal counts from 128."""
    return 128 + (result.signal or 0) if result.exit_code is None else result.exit_code


def _details(result: ExecResult, text: str, *, begun: str) -> dict[str, Any]:
    return {
        "exit_code": result.exit_code,
        "signal": result.signal,
        "timed_out": result.timed_out,
        "ms": result.duration_ms,
        "output": text,
        "total_bytes": result.total_bytes,
        "cwd_before": begun,
        "cwd": begun,
    }
