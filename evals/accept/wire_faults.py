"""Every fault on every client, and what is left behind by a cancelled stream."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from pathlib import Path
from typing import get_args

from providers import retry
from providers.client import ModelClient
from providers.errors import ProviderError
from providers.events import Done
from providers.matrix import WIRES, Wire
from providers.registry import Endpoint, connect
from providers.retry import RetryPolicy
from providers.scripted import Reply
from providers.twin.faults import Fault, FaultName
from providers.twin.script import Script, conversation
from providers.twin.serving import serving
from providers.types import ModelRequest, user

HANGS = "HANGS"
WITHIN = 20.0
"""Seconds after which one call is called hanging; the clients wait `SILENCE` for a byte."""
SILENCE = 2.0
SECONDS = {"latency": 0.5, "slow_tokens": 0.05}
TRIALS = 5


async def faults() -> bool:
    """What each became; requests of one call, requests where three calls are allowed, seconds of one call."""
    print(f"  {'':<13}" + "".join(f"{api:<30}" for api in WIRES))
    good = True
    for name in get_args(FaultName):
        cells = [await _struck(wire, name) for wire in WIRES.values()]
        good &= not any(cell.startswith(HANGS) for cell in cells)
        print(f"  {name:<13}" + "".join(f"{cell:<30}" for cell in cells), flush=True)
    return good


async def _struck(wire: Wire, name: FaultName) -> str:
    fault = Fault(name=name, seconds=SECONDS.get(name), retry_after=1.0 if name == "429" else None)
    outcome, alone, seconds = await _call(wire, fault, RetryPolicy(calls=1))
    _, again, _ = await _call(wire, fault, RetryPolicy(calls=3, first=0.01))
    return f"{outcome} {alone} {again} {seconds:.1f}s"


async def _call(wire: Wire, fault: Fault, policy: RetryPolicy) -> tuple[str, int, float]:
    async with serving(wire.twin, talkative(Reply(text="all is well")), fault=fault) as twin:
        client = await connect(wire.api, Endpoint(base_url=twin.base_url(), api_key="key", timeout=SILENCE))
        began = time.monotonic()
        try:
            async with asyncio.timeout(WITHIN * policy.calls):
                outcome = await _outcome(client, wire, policy)
        except TimeoutError:
            outcome = HANGS
        finally:
            await client.close()
        return outcome, len(twin.seen), time.monotonic() - began


def talkative(reply: Reply) -> Script:
    """Says the same to every request; none has to come."""
    return Script([replace(conversation([reply], repeat=True), optional=True)])


async def _outcome(client: ModelClient, wire: Wire, policy: RetryPolicy) -> str:
    request = ModelRequest(model=wire.model, messages=(user("hello"),))
    events = retry.stream(client, request, policy=policy, on_retry=lambda _: None)
    try:
        async with aclosing(events) as stream:
            async for event in stream:
                if isinstance(event, Done):
                    return "ok" if event.response.message.text == "all is well" else "ok, other text"
    except ProviderError as error:
        return error.kind
    return "no end"


async def cancel() -> bool:
    """How soon the other side sees it, and what is left: tasks and sockets."""
    good = True
    for api, wire in WIRES.items():
        seen, tasks, sockets = await _cancelled(wire)
        held = max(seen) <= 0.1 and tasks == 0 and sockets == 0
        good &= held
        took = f"seen after {min(seen) * 1000:.0f} to {max(seen) * 1000:.0f} ms of {TRIALS} (<= 100)"
        mark = "holds" if held else "MISSED"
        print(f"  {mark:<7} {api:<20} {took}, tasks left {tasks}, sockets left {sockets}", flush=True)
    return good


async def _cancelled(wire: Wire) -> tuple[Sequence[float], int, int]:
    seen: list[float] = []
    for trial in range(TRIALS):
        before, open_before = len(asyncio.all_tasks()), _sockets()
        async with serving(wire.twin, talkative(Reply(text="x" * 4000, pause=0.02))) as twin:
            client = await connect(wire.api, Endpoint(base_url=twin.base_url(), api_key="key"))
            began = asyncio.Event()
            task = asyncio.create_task(_read(client, wire, began))
            await began.wait()
            at = time.monotonic()
            task.cancel()
            await asyncio.wait({task})
            await asyncio.wait_for(twin.hung_up.wait(), 10)
            seen.append(time.monotonic() - at)
            await client.close()
        await asyncio.sleep(0.2)
        if trial == TRIALS - 1:
            return seen, len(asyncio.all_tasks()) - before, max(0, _sockets() - open_before)
    raise AssertionError("there is a last trial")


async def _read(client: ModelClient, wire: Wire, began: asyncio.Event) -> None:
    async for _ in client.stream(ModelRequest(model=wire.model, messages=(user("hello"),))):
        began.set()


def _sockets() -> int:
    """Sockets that this process holds."""
    held = 0
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            held += str(handle.readlink()).startswith("socket:")
    return held
