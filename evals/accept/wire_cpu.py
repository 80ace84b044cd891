"""Processor time of one call: our client, the bare SDK and the vendor's tool, each as a program; one twin, in turns."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median

from codergen.settings import load
from evals.accept.wire_faults import talkative
from evals.accept.wire_tools import seconds, vendor_of
from evals.bench import cpu_of
from providers.matrix import WIRES, Wire
from providers.scripted import Reply
from providers.twin.app import Twin
from providers.twin.serving import serving

REPEATS = 3
ADDED = 0.35
"""Seconds that ours may cost more than the bare SDK, of the design's section 9."""


async def cpu() -> bool:
    """Ours beside the bare SDK for every client, and the vendor's tool where `make peers` has put it."""
    good = True
    for api, wire in WIRES.items():
        async with serving(wire.twin, talkative(Reply(text="ready"))) as twin:
            took = await asyncio.to_thread(_in_turns, await _runs(wire, twin))
        added = took["ours"] - took["bare SDK"]
        held = added <= ADDED
        good &= held
        all_ = ", ".join(f"{name} {spent:.2f} s" for name, spent in took.items())
        mark = "holds" if held else "MISSED"
        print(f"  {mark:<7} {api:<20} {all_}; ours {added:+.2f} s (<= {ADDED:+.2f})", flush=True)
    return good


async def _runs(wire: Wire, twin: Twin) -> Mapping[str, Callable[[], float]]:
    url = twin.base_url()
    ours = (sys.executable, "-I", "-m", "evals.accept.one_call", wire.api, url, wire.model)
    bare = (sys.executable, "-I", "-m", f"evals.accept.bare_sdk.{wire.api}", url, wire.model)
    runs: dict[str, Callable[[], float]] = {"ours": partial(cpu_of, ours), "bare SDK": partial(cpu_of, bare)}
    if found := await vendor_of(wire, load()):
        vendor, binary = found
        runs[vendor.name] = partial(seconds, vendor, binary, twin, wire)
    elif wire.twin != "chat":
        print(f"  (no tool for {wire.api} here: `make peers` installs them)")
    return runs


def _in_turns(runs: Mapping[str, Callable[[], float]]) -> Mapping[str, float]:
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(REPEATS):
        for name, run in runs.items():
            try:
                took[name].append(run())
            except subprocess.CalledProcessError as error:
                print(f"  {name} failed: {(error.stderr or error.stdout or b'')[-400:]!r}")
                took[name].append(float("nan"))
    return {name: median(spent) for name, spent in took.items()}
