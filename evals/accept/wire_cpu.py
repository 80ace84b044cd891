"""Processor time of one call: our client, the bare SDK and the vendors' CLIs, each as a program; one twin, in turns."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from statistics import median

from evals.accept.wire_faults import talkative
from evals.bench import cpu_of
from providers.matrix import WIRES
from providers.scripted import Reply
from providers.twin.serving import serving

REPEATS = 3
ADDED = 0.35
"""Seconds that ours may cost more, of the design's section 9."""


async def cpu() -> bool:
    """Ours beside the bare SDK, for every client."""
    good = True
    for api, wire in WIRES.items():
        async with serving(wire.twin, talkative(Reply(text="ready"))) as twin:
            url = twin.base_url()
            runs = {
                "ours": (sys.executable, "-I", "-m", "evals.accept.one_call", api, url, wire.model),
                "bare SDK": (sys.executable, "-I", "-m", f"evals.accept.bare_sdk.{api}", url, wire.model),
            }
            took = await asyncio.to_thread(_in_turns, runs)
        added = took["ours"] - took["bare SDK"]
        held = added <= ADDED
        good &= held
        both = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.items())
        mark = "holds" if held else "MISSED"
        print(f"  {mark:<7} {api:<20} {both}, {added:+.2f} s (<= {ADDED:+.2f})", flush=True)
    return good


def _in_turns(runs: Mapping[str, Sequence[str]]) -> Mapping[str, float]:
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(REPEATS):
        for name, argv in runs.items():
            took[name].append(cpu_of(argv))
    return {name: median(seconds) for name, seconds in took.items()}
