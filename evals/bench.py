"""The numbers of the design's section 9 that exist so far. Ratios are taken side by side, in turns, on this machine."""

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from codergen.errors import SandboxError
from codergen.sandbox.base import ExecRequest, Sandbox, SandboxSpec
from codergen.sandbox.registry import create
from evals import rounds

ROUNDS = 20


def main() -> int:
    """Measure and print; 1 when a number that must hold does not."""
    rows = [version_cpu(), *asyncio.run(sandbox_rows()), *rounds_rows()]
    for name, said, held in rows:
        print(f"{'holds' if held else 'MISSED':<7} {name:<46} {said}", flush=True)
    return 0 if all(held for _, _, held in rows) else 1


Row = tuple[str, str, bool]


def cpu_of(argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: str | None = None) -> float:
    """Processor seconds of one command, children included. Raises CalledProcessError when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, check=True, capture_output=True, stdin=subprocess.DEVNULL, env=env, cwd=cwd)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def version_cpu() -> Row:
    """`codergen --version` beside `python -c pass`."""
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(ROUNDS):
        bare.append(cpu_of([sys.executable, "-I", "-c", "pass"]))
        ours.append(cpu_of([sys.executable, "-I", "-m", "codergen", "--version"]))
    ratio = median(ours) / median(bare)
    return ("codergen --version, CPU beside python -c pass", f"{ratio:.1f}x (<= 6x)", ratio <= 6)


def rounds_rows() -> list[Row]:
    """What the loop adds to a round of tools, and whether later rounds cost more than early ones."""
    taken = asyncio.run(rounds.measure())
    return [("our loop, added to a round of tools", f"{taken} (median <= 5 ms, slope <= 0.2)", taken.held)]


async def sandbox_rows() -> list[Row]:
    """One command in bubblewrap beside the same on the host."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        boxed, plain = create("bubblewrap"), create("host")
        try:
            await boxed.start(SandboxSpec(workspace=Path(one)))
        except SandboxError as error:
            return [("bubblewrap", f"cannot run here: {error}", False)]
        await plain.start(SandboxSpec(workspace=Path(two)))
        try:
            return await _rows(boxed, plain)
        finally:
            await boxed.stop()
            await plain.stop()


async def _rows(boxed: Sandbox, plain: Sandbox) -> list[Row]:
    true = await beside(boxed, plain, ("/bin/true",), ROUNDS)
    short = await beside(boxed, plain, ("/bin/sleep", "0.1"), ROUNDS)
    long = await beside(boxed, plain, ("/bin/sleep", "1"), 5)
    added = true[0] - true[1]
    return [
        ("bubblewrap, one command over plain", f"{added * 1000:.1f} ms (<= 15 ms)", added <= 0.015),
        ("bubblewrap, a 100 ms command", f"{short[0] / short[1]:.2f}x (<= 1.15x)", short[0] / short[1] <= 1.15),
        ("bubblewrap, a 1 s command", f"{long[0] / long[1]:.3f}x (<= 1.02x)", long[0] / long[1] <= 1.02),
    ]


async def beside(boxed: Sandbox, plain: Sandbox, argv: tuple[str, ...], rounds: int) -> tuple[float, float]:
    """Median seconds of a command in each of two sandboxes, taken in turns."""
    request = ExecRequest(argv=argv)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for sandbox, taken in zip((boxed, plain), times, strict=True):
            taken.append(await timed(lambda box=sandbox: box.exec(request)))
    return median(times[0]), median(times[1])


async def timed(call: Callable[[], Awaitable[object]]) -> float:
    """Wall seconds of one call."""
    began = time.perf_counter()
    await call()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
