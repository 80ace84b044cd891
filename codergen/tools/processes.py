"""The live processes of one session: what family tools keep for commands that go on while the model does other things.

They die with the session and are no part of its journal: what a resumed session knows of them is what results said."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from codergen.errors import SandboxError, TooManyProcesses
from codergen.sandbox.base import MIB, ExecResult, Process, Sandbox, SpawnRequest
from codergen.sandbox.kept import Kept

AT_MOST = 64
_REMEMBERED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a process printed, both streams as they came."""

    head: bytes
    tail: bytes = b""
    dropped: int = 0
    """Bytes that are missing between the two."""

    def text(self, marker: str = "") -> str:
        """As text; `marker` stands where something is missing."""
        if not self.dropped:
            return (self.head + self.tail).decode("utf-8", "replace")
        return self.head.decode("utf-8", "replace") + marker + self.tail.decode("utf-8", "replace")

    def __bool__(self) -> bool:
        return bool(self.head or self.tail or self.dropped)


class Live:
    """One process and what it printed; also after its end, until it is forgotten."""

    def __init__(self, name: str, request: SpawnRequest, keep: int) -> None:
        self.id = name
        self.request = request
        self.told = False
        """Its end was told, by `Processes.ended` or by whoever set this."""
        self._keep = keep
        self._all, self._new = Kept(keep), Kept(keep)
        self._begun = time.monotonic()
        self._process: Process | None = None
        self._watch: asyncio.Task[ExecResult] | None = None

    @property
    def process(self) -> Process:
        """To write to, to interrupt, to kill."""
        assert self._process is not None
        return self._process

    @property
    def running(self) -> bool:
        return self._watch is None or not self._watch.done()

    @property
    def result(self) -> ExecResult | None:
        """How it ended; None while it runs. Raises SandboxDied when the boundary failed."""
        return None if self._watch is None or not self._watch.done() else self._watch.result()

    @property
    def seconds(self) -> float:
        """How long it has run, or ran."""
        ended = not self.running and self._process is not None and self._process.result
        return ended.duration_ms / 1000 if ended else time.monotonic() - self._begun

    def take(self) -> Output:
        """What came since the last `take`. While it runs, a character whose last bytes are still missing waits."""
        new, self._new = self._new, Kept(self._keep)
        output = _output(new)
        if not self.running:
            return output
        end = output.tail or output.head
        held = _incomplete(end)
        if not held:
            return output
        self._new.feed(end[-held:])
        if output.tail:
            return Output(head=output.head, tail=output.tail[:-held], dropped=output.dropped)
        return Output(head=output.head[:-held], dropped=output.dropped)

    def all(self) -> Output:
        """Everything so far; does not move what `take` has seen."""
        return _output(self._all)

    async def settle(self, seconds: float) -> bool:
        """Until it has ended, at most so long; whether it has. Raises SandboxDied when the boundary failed."""
        assert self._watch is not None
        await asyncio.wait({self._watch}, timeout=seconds)
        return self.result is not None

    def attach(self, process: Process) -> None:
        """For `Processes`: what it is about, watched from now on."""
        self._process = process
        self._watch = asyncio.create_task(process.wait())
        self._watch.add_done_callback(lambda watch: watch.cancelled() or watch.exception())  # `result` raises it

    async def end(self) -> None:
        """Kill it and return when it has ended. Idempotent; never raises for a boundary that is gone already."""
        if self._watch is not None and self._process is not None:
            with suppress(SandboxError):
                await self._process.kill()
            await asyncio.wait({self._watch})

    def hear(self, _: Literal["out", "err"], chunk: bytes) -> None:
        """The sink of its output."""
        self._all.feed(chunk)
        self._new.feed(chunk)


class Processes:
    """The processes of one session, by id. `close` belongs in a `finally`."""

    def __init__(self, *, at_most: int = AT_MOST, keep: int = MIB) -> None:
        """`keep` bytes of output per process, twice: of all, and of what was not taken yet."""
        self._at_most, self._keep = at_most, keep
        self._known: dict[str, Live] = {}
        self._starting = 0

    def __iter__(self) -> Iterator[Live]:
        """In the order they were started; ended ones as well, until they are forgotten."""
        return iter(list(self._known.values()))

    def __len__(self) -> int:
        """How many run."""
        return self._starting + sum(live.running for live in self)

    def get(self, name: str) -> Live | None:
        return self._known.get(name)

    async def start(self, sandbox: Sandbox, request: SpawnRequest, name: str | Callable[[], str]) -> Live:
        """`name` is its id, or makes one; it is asked again while it names one that is known. Raises TooManyProcesses,
        ValueError for an id that is taken, and what `Sandbox.spawn` raises."""
        if len(self) >= self._at_most:
            raise TooManyProcesses(self._at_most)
        live = Live(self._free(name), request, self._keep)
        self._starting += 1
        self._known[live.id] = live
        try:
            live.attach(await sandbox.spawn(request, live.hear))
        except BaseException:
            del self._known[live.id]
            raise
        finally:
            self._starting -= 1
        self._forget_oldest()
        return live

    def forget(self, name: str) -> None:
        """No longer known by its id; for one that has ended."""
        self._known.pop(name, None)

    def ended(self) -> tuple[Live, ...]:
        """Those that ended and whose end was not told yet; told now."""
        news = tuple(live for live in self if not live.running and not live.told)
        for live in news:
            live.told = True
        return news

    async def close(self) -> None:
        """End everything that runs. Idempotent; never raises for a boundary that is gone already."""
        await asyncio.gather(*(live.end() for live in self))

    def _free(self, name: str | Callable[[], str]) -> str:
        if isinstance(name, str):
            if name in self._known:
                raise ValueError(f"there is a process {name!r} already")
            return name
        while (made := name()) in self._known:
            pass
        return made

    def _forget_oldest(self) -> None:
        """Of those whose end was told."""
        over = [live.id for live in self if not live.running and live.told]
        for name in over[: max(0, len(over) - _REMEMBERED)]:
            del self._known[name]


def _output(kept: Kept) -> Output:
    head, tail = kept.parts()
    return Output(head=head, tail=tail, dropped=kept.dropped) if kept.dropped else Output(head=head + tail)


def _incomplete(data: bytes) -> int:
    """How many bytes at the end begin a UTF-8 character that is not there in full."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return back if needed > back else 0
        if byte < 0x80:
            return 0
    return 0
