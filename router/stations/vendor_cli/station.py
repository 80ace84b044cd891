"""A vendor's tool as a station: a sandbox with the tool and one way out in it, one run, a report. The only I/O here."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import prompts
from codergen.events import Emit, Event
from codergen.sandbox.base import ExecRequest, Sandbox, SandboxSpec
from router.credentials.gateway import Gateway
from router.credentials.values import GateLimits
from router.errors import RouterError
from router.station import Assignment, StationFault, StationReport, StationVersion, Workplace
from router.stations.brief import brief
from router.stations.vendor_cli import way_out
from router.stations.vendor_cli.ending import Run, conclude
from router.stations.vendor_cli.stream import Stream
from router.stations.vendor_cli.vendor import Launch, Order, Vendor
from router.stations.vendor_cli.watch import Watch

BRIEF, RULES, JSON = "line/station_brief", "line/vendor_rules", "line/vendor_json"
OpenGate = Callable[[GateLimits], AbstractAsyncContextManager[Gateway]]
_KEPT = 64 << 10
"""Bytes of each stream that are kept for a look at the end; the stream itself is read as it comes."""
_SIDE_REQUESTS = 50
"""Requests beyond one a turn: token counts, retries, side calls."""
_SCAFFOLDS = frozenset({"reproduction_packet"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorStation:
    """One vendor's tool, found and ready. For each attempt `furnish` tells what it needs, and a `Shift` works."""

    vendor: Vendor
    binary: Path
    cli: str
    """Version that the tool itself tells."""
    gate: OpenGate
    model: str = ""
    """Empty takes the vendor's default."""
    sandbox: str = ""
    """Kind of sandbox, as a part of the version."""
    idle_s: float = 300.0
    """Longest silence of the service."""
    silence_s: float | None = None
    """Longest silence of the tool; None is the vendor's own."""

    @property
    def version(self) -> StationVersion:
        names = (BRIEF, RULES) if self.vendor.structured else (BRIEF, RULES, JSON)
        texts = "\n".join(prompts.load(name).sha256 for name in names)
        return StationVersion(
            station=self.vendor.name,
            model=self.model,
            prompts=sha256(texts.encode()).hexdigest()[:12],
            scaffolds=tuple(sorted(_SCAFFOLDS)),
            cli=self.cli,
            sandbox=self.sandbox,
        )

    @asynccontextmanager
    async def furnish(self, assignment: Assignment, spec: SandboxSpec) -> AsyncGenerator[Workplace]:
        """The tool, its settings and a gate in the sandbox; nothing is opened for a job that it must refuse."""
        if why := self.vendor.refusal(frozenset(assignment.allowed_tools)):
            yield Workplace(spec=spec, station=Refused(version=self.version, why=f"{self.vendor.name}: {why}"))
            return
        limits = GateLimits(
            requests=assignment.limits.turns + _SIDE_REQUESTS, usd=assignment.limits.usd, idle_s=self.idle_s
        )
        async with AsyncExitStack() as stack:
            try:
                gate = await stack.enter_async_context(self.gate(limits))
            except RouterError as error:
                raise StationFault("provider", f"{self.vendor.name}: {error}") from error
            order = self._order(assignment, gate.placeholder)
            launch = self.vendor.launch(order)
            furnished = replace(
                spec,
                mounts=(*spec.mounts, *self.vendor.mounts(self.binary), way_out.mount(gate)),
                path=(*launch.path, *spec.path),
                home={**spec.home, **launch.home},
            )
            shift = Shift(station=self, gate=gate, launch=launch, spec=furnished, prompt=order.prompt)
            yield Workplace(spec=furnished, station=shift)

    async def run(self, assignment: Assignment, sandbox: Sandbox, emit: Emit) -> StationReport:
        """It cannot work in a sandbox that was not furnished for it."""
        raise StationFault("sandbox", f"{self.vendor.name} needs a sandbox with its program and a way out in it")

    def _order(self, assignment: Assignment, placeholder: str) -> Order:
        parts = [brief(assignment, prompts.load(BRIEF), _SCAFFOLDS), prompts.load(RULES).text.strip()]
        if not self.vendor.structured:
            parts.append(prompts.load(JSON).text.strip())
        return Order(
            prompt="\n\n".join(parts),
            placeholder=placeholder,
            model=self.model,
            allowed=frozenset(assignment.allowed_tools),
            turns=assignment.limits.turns,
            usd=assignment.limits.usd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Takes the place of a tool that cannot be held to what the packet allows: nothing is started."""

    version: StationVersion
    why: str

    async def run(self, assignment: Assignment, sandbox: Sandbox, emit: Emit) -> StationReport:
        return StationReport(claimed="escalate", reason="access", summary=self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One attempt of a tool, in a sandbox that was furnished for it."""

    station: VendorStation
    gate: Gateway
    launch: Launch
    spec: SandboxSpec
    prompt: str

    @property
    def version(self) -> StationVersion:
        return self.station.version

    async def run(self, assignment: Assignment, sandbox: Sandbox, emit: Emit) -> StationReport:
        vendor = self.station.vendor
        if not sandbox.capabilities().fs_isolated:
            raise StationFault("sandbox", f"{vendor.name} needs a sandbox with walls; {sandbox.name!r} has none")
        emit(Event(kind="turn.start", data={"text": self.prompt}))
        stream = Stream(reader=vendor.reader(self.spec.inside), emit=emit)
        limits = assignment.limits
        watch = Watch(
            stream=stream, gate=self.gate, answers=limits.turns, tokens=limits.tokens, silence_s=self._silence
        )
        result, stopped = await watch.over(sandbox.exec(self._request(assignment), watch))
        stream.close()
        wrong = vendor.set_up_wrongly(stream.reading, result) if result is not None else ""
        return conclude(
            Run(
                tool=vendor.name,
                key=vendor.key,
                reading=stream.reading,
                ledger=self.gate.ledger(),
                result=result,
                stopped=stopped,
                wrong=wrong,
            )
        )

    @property
    def _silence(self) -> float | None:
        own = self.station.silence_s
        return self.station.vendor.silence_s if own is None else own

    def _request(self, assignment: Assignment) -> ExecRequest:
        return ExecRequest(
            argv=way_out.forwarded(self.gate, assignment.environment.python, self.launch.argv),
            env=self.launch.env,
            timeout_s=assignment.limits.seconds,
            max_output=_KEPT,
        )
