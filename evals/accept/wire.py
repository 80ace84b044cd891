"""Prints the figures that the issue on models and vendor CLIs asks for, all against twins on loopback.

`ACCEPT=matrix,faults,cancel,streams,stations,cpu` chooses parts, all of these by default; `stations` installs the tools
that `cpu` stands beside.
"""

import asyncio
import subprocess
import sys
import traceback

from evals.accept import parts
from evals.accept.parts import Part, say
from evals.accept.wire_cpu import cpu
from evals.accept.wire_faults import cancel, faults
from evals.accept.wire_streams import streams
from providers.matrix import ROWS, WIRES


def main() -> int:
    """Every part that was chosen."""
    return parts.run(
        {
            "matrix": lambda: _told("15 scenarios on every client", matrix),
            "faults": lambda: _told("every fault on every client", faults),
            "cancel": lambda: _told("cancel in mid-stream", cancel),
            "streams": lambda: _told("200 streams in one process", streams),
            "stations": stations,
            "cpu": lambda: _told("processor time of one call, side by side", cpu),
        }
    )


def _told(title: str, part: Part) -> bool:
    say(title)
    return asyncio.run(_run(part))


async def _run(part: Part) -> bool:
    return await part()


async def matrix() -> bool:
    """Rows by clients; a failing cell prints why."""
    print(f"  {'':<28}" + "".join(f"{api:<20}" for api in WIRES))
    wrong: list[str] = []
    for name, row in ROWS.items():
        cells: list[str] = []
        for api, wire in WIRES.items():
            try:
                async with asyncio.timeout(120):
                    await row(wire)
                cells.append("ok")
            except Exception:
                cells.append("FAILS")
                wrong.append(f"{name} on {api}:\n{traceback.format_exc(limit=-2)}")
        print(f"  {name:<28}" + "".join(f"{cell:<20}" for cell in cells), flush=True)
    total = len(ROWS) * len(WIRES)
    print(f"  {total - len(wrong)} of {total} cells ok")
    print("\n".join(wrong), end="")
    return not wrong


def stations() -> bool:
    """The tier that drives the real vendor CLIs: each as a station on a real bug, and through faults."""
    say("vendor CLIs as stations (make peers)")
    return subprocess.run(["make", "peers"], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
