"""`write_stdin`: to a command that still runs, and what it says to it."""

from contextlib import suppress

from codergen.errors import ProcessEnded
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.codex import sessions
from codergen.tools.codex.arguments import Loose, Whole
from codergen.tools.codex.told import told
from codergen.tools.wording import Wording

INTERRUPT = "\x03"


class WriteStdinArguments(Loose):
    session_id: Whole
    chars: str = ""
    yield_time_ms: Whole | None = None
    max_output_tokens: Whole | None = None


class WriteStdin:
    """Without characters it only looks, and waits longer: five seconds at least (measured)."""

    name = "write_stdin"
    description = "Write to a running command."
    arguments = WriteStdinArguments

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def intent(self, args: WriteStdinArguments, /) -> Intent:
        return Intent(act="run" if args.chars else "read")

    async def run(self, args: WriteStdinArguments, context: ToolContext, /) -> ToolResult:
        live = context.processes.get(str(args.session_id))
        if live is None:
            return told(self._wording, "write_stdin.unknown", id=args.session_id)
        if args.chars and live.request.terminal is None:
            if args.chars != INTERRUPT:
                return told(self._wording, "write_stdin.closed")
            await live.process.interrupt()
        elif args.chars:
            with suppress(ProcessEnded):  # what it said last, and how it ended, is the answer
                await live.process.write(args.chars.encode("utf-8", "replace"))
        bounds = sessions.WRITTEN_MS if args.chars else sessions.LOOKED_MS
        seconds = sessions.waiting(args.yield_time_ms, bounds[0], bounds)
        turn = sessions.Turn(live=live, seconds=seconds, max_tokens=args.max_output_tokens)
        return await sessions.look(self._wording, context, turn)
