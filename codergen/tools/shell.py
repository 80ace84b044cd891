"""`shell`: one command line in the workspace."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from codergen.sandbox.base import ExecRequest, ExecResult
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.truncate import Cut, truncate

CUT = Cut(chars=30_000, lines=256)
DEFAULT_SECONDS = 60.0
LONGEST_SECONDS = 600.0


class ShellArguments(Arguments):
    command: Annotated[str, Field(min_length=1, description="Command line for bash.")]
    timeout_s: Annotated[float, Field(gt=0, le=LONGEST_SECONDS, description="Seconds after which it is ended.")] = (
        DEFAULT_SECONDS
    )


class Shell:
    """A failing command is an answer, not an error: its exit code stands in the text."""

    name = "shell"
    description = (
        "Run a command line with bash in the workspace. Each call starts afresh: `cd` and variables do not last."
    )
    arguments = ShellArguments

    def __init__(self, env: Mapping[str, str] | None = None, cut: Cut = CUT) -> None:
        self._env, self._cut = dict(env or {}), cut

    def intent(self, args: ShellArguments, /) -> Intent:
        return Intent(act="run", command=args.command)

    async def run(self, args: ShellArguments, context: ToolContext, /) -> ToolResult:
        request = ExecRequest(argv=("/bin/bash", "-c", args.command), env=self._env, timeout_s=args.timeout_s)
        result = await context.sandbox.exec(request, context.on_output)
        output = _output(result)
        shown = truncate(output, self._cut).text
        details = {
            "exit_code": result.exit_code,
            "signal": result.signal,
            "timed_out": result.timed_out,
            "ms": result.duration_ms,
            "output": output,
            "total_bytes": result.total_bytes,
        }
        return ToolResult(content=f"{shown}\n{_ending(result, args)}".lstrip("\n"), details=details)


def _output(result: ExecResult) -> str:
    out, err = (data.decode("utf-8", "replace").rstrip("\n") for data in (result.stdout, result.stderr))
    if not err:
        return out
    return f"{out}\n[stderr]\n{err}".lstrip("\n")


def _ending(result: ExecResult, args: ShellArguments) -> str:
    if result.timed_out:
        return f"[ended after {args.timeout_s:g} s; a larger timeout_s (at most {LONGEST_SECONDS:g}) allows more]"
    if result.oom:
        return "[ended: out of memory]"
    if result.exit_code is None:
        return f"[ended by signal {result.signal}]"
    return f"[exit code {result.exit_code}]"
