"""Output that is too long to be shown: its two ends, and all of it in a file inside the sandbox."""

import hashlib
import posixpath
import re
from dataclasses import replace

from codergen.sandbox.base import ExecRequest
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.gemini.paths import TMP_NOTE
from codergen.tools.wording import Said, Wording, said

CHARS = 40_000
HEAD = 8_000
TAIL = CHARS - HEAD

_GROUP = re.compile(r"(?<=\nProcess Group PGID: )(\d+)(?=\n</untrusted_context>\Z)")
_SAVE = 'd="${TMPDIR:-/tmp}/tool-outputs"; mkdir -p "$d" && cat > "$d/$0" && printf %s "$d/$0"'


def cut(text: str, saved: str) -> Said:
    """What is said of a text that is longer than `CHARS`. The number of the process group, which is near its end, is a
    field of its own, because it differs each time. Pure."""
    tail, pgid, end = _GROUP.split(text[-TAIL:], maxsplit=1) if _GROUP.search(text[-TAIL:]) else (text[-TAIL:], "", "")
    return said(
        "run_shell_command.long",
        first=f"{HEAD:,}",
        last=f"{TAIL:,}",
        saved=saved,
        head=text[:HEAD],
        tail=tail,
        pgid=pgid,
        end=end,
        omitted=f"{len(text) - CHARS:,}",
    )


async def shortened(result: ToolResult, wording: Wording, context: ToolContext, tool: str) -> ToolResult:
    """`result`, cut where it is too long."""
    if len(result.content) <= CHARS:
        return result
    name = f"{tool}_{hashlib.sha256(context.call_id.encode()).hexdigest()[:12]}.txt"
    done = await context.sandbox.exec(
        ExecRequest(argv=("/bin/sh", "-c", _SAVE, name), stdin=result.content.encode("utf-8", "replace"))
    )
    saved = done.stdout.decode("utf-8", "replace") if done.exit_code == 0 else name
    what = cut(result.content, saved)
    state = {**result.state, "notes": {TMP_NOTE: posixpath.dirname(saved)}} if done.exit_code == 0 else result.state
    return replace(result, content=wording.text(what), said=what, state=state)
