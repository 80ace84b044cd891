"""Two hundred streams at once in one process: errors, and the memory that each adds."""

import asyncio
import json
import sys
from typing import Any

from evals.accept.wire_faults import talkative
from providers.matrix import WIRES
from providers.scripted import Reply
from providers.twin.serving import serving

STREAMS = 200
LIMIT_MB = 15.0
"""Of the design's section 9, for a whole session; a stream is a part of one."""


async def streams() -> bool:
    """One child process for each client."""
    good = True
    for api, wire in WIRES.items():
        said = Reply(text="word " * 200, piece=25, pause=0.05)
        async with serving(wire.twin, talkative(said)) as twin:
            argv = (sys.executable, "-I", "-m", "evals.accept.one_call", api, twin.base_url(), wire.model, str(STREAMS))
            child = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
            out, _ = await child.communicate()
        told = _told(out)
        each = float(told["bytes_each"]) / 1e6
        held = told["errors"] == 0 and each <= LIMIT_MB
        good &= held
        failed = f", {told['failed']}" if told["errors"] else ""
        mark = "holds" if held else "MISSED"
        print(f"  {mark:<7} {api:<20} {told['errors']} errors, {each:.2f} MB each{failed}", flush=True)
    return good


def _told(out: bytes) -> dict[str, Any]:
    """What the child printed last."""
    if not out:
        return {"errors": STREAMS, "failed": ["no answer"], "bytes_each": 0}
    return json.loads(out.splitlines()[-1])
