"""What every station must do, as one suite. Run by tests on each kind, with the sandbox that jobs get.

A case takes a `Subject`, which makes a station whose other side behaves as told. `PROVIDED` is for stations that need a
service; what a subject is known not to do is listed by the test that runs it.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from codergen.events import Event
from codergen.sandbox.base import ExecRequest, Sandbox, SandboxSpec
from codergen.sandbox.tree import until
from codergen.tools.check import Check, Environment
from router.station import Assignment, AttemptLimits, Station, StationFault, StationReport, workplace

Other = Literal["fixes", "waits", "refuses"]
"""What the other side makes the station do: mend the bug, run the check (which does not end), or nothing at all."""

SOURCE = "def double(x):\n    return x + x + 1\n"
FILES: Mapping[str, str] = {
    "numbers_.py": SOURCE,
    "tests/test_numbers.py": "from numbers_ import double\n\n\ndef test_two():\n    assert double(2) == 4\n\n\n"
    "def test_zero():\n    assert double(0) == 0\n",
}
_BEAT = "beat"
_WAITING = {
    "tests/test_wait.py": "import pathlib, time\n\n\ndef test_wait():\n"
    "    beat = pathlib.Path(__file__).parent.parent / 'beat'\n"
    "    while True:\n        beat.write_text(str(time.time()))\n        time.sleep(0.02)\n"
}
"""Shows to the host that it runs, and that it does not any more."""
CHECK = "python -m pytest -q tests"
_CANCELLED_WITHIN_S = 1.0
_BEGUN_WITHIN_S = 100.0
_LIMIT_S = 3.0


class Subject(Protocol):
    def __call__(self, other: Other) -> AbstractAsyncContextManager[Station]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Given to every case."""

    subject: Subject
    create: Callable[[], Sandbox]
    environment: Environment
    folder: Path
    secrets: tuple[str, ...] = ()
    """Texts that must not show in any event."""

    def assignment(self, check: Check, seconds: float) -> Assignment:
        return Assignment(
            job_id="conformance",
            attempt=1,
            intent="double(2) gives 5 and should give 4.",
            task_class="bugfix",
            language="python",
            scope=("**",),
            protected=("tests/**",),
            non_goals=(),
            allowed_tools=("read", "write", "edit", "shell", "check"),
            checks=(check,),
            reproduction=None,
            environment=self.environment,
            limits=AttemptLimits(seconds=seconds),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One attempt, not begun yet."""

    workspace: Path
    events: list[Event]
    ready_s: float
    """What the sandbox takes for a command that does nothing."""
    run: Callable[[], Coroutine[Any, Any, StationReport]]


@asynccontextmanager
async def attempt(bench: Bench, other: Other, *, seconds: float = 150.0) -> AsyncGenerator[Attempted]:
    """A station at its place, with the sandbox that it asked for."""
    workspace = bench.folder / "workspace"
    for name, text in {**FILES, **(_WAITING if other == "waits" else {})}.items():
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = bench.environment
    spec = SandboxSpec(workspace=workspace, mounts=environment.mounts, env=environment.env, path=environment.path)
    given = bench.assignment(Check(command=CHECK, timeout_s=100), seconds)
    events: list[Event] = []
    async with bench.subject(other) as station, workplace(station, given, spec) as place:
        sandbox = bench.create()
        record = await sandbox.start(place.spec)
        try:
            began = time.monotonic()
            await sandbox.exec(ExecRequest(argv=("/bin/true",)))
            placed = replace(given, root=record.inside)
            yield Attempted(
                workspace=workspace,
                events=events,
                ready_s=time.monotonic() - began,
                run=lambda: place.station.run(placed, sandbox, events.append),
            )
        finally:
            await sandbox.stop()


async def mends_the_bug_and_claims_it(bench: Bench) -> None:
    async with attempt(bench, "fixes") as tried:
        report = await tried.run()
    assert report.claimed == "pr_ready", report
    assert report.files == ("numbers_.py",), report
    assert (tried.workspace / "numbers_.py").read_text() != SOURCE


async def leaves_nothing_else_behind(bench: Bench) -> None:
    """Neither in the workspace nor beside it: config homes, reports and caches are elsewhere."""
    beside = bench.folder / "beside"
    beside.write_text("untouched")
    async with attempt(bench, "fixes") as tried:
        await tried.run()
    left = {str(path.relative_to(tried.workspace)) for path in tried.workspace.rglob("*") if path.is_file()}
    assert {path for path in left if "__pycache__" not in path and ".pytest_cache" not in path} == set(FILES), left
    assert beside.read_text() == "untouched"
    assert {path.name for path in bench.folder.iterdir()} <= {"workspace", "beside", "station"}


async def tells_what_it_does(bench: Bench) -> None:
    """Events are JSON values, say something before the end, and hold no secret."""
    async with attempt(bench, "fixes") as tried:
        await tried.run()
    assert tried.events
    told = [json.dumps({"kind": event.kind, "data": event.data}) for event in tried.events]
    assert not [text for text in told for secret in bench.secrets if secret in text]


async def has_an_identity(bench: Bench) -> None:
    async with bench.subject("fixes") as one, bench.subject("fixes") as other:
        assert one.version.id == other.version.id
        assert one.version.station
        assert one.version.sandbox


async def cancelling_ends_everything(bench: Bench) -> None:
    async with attempt(bench, "waits") as tried:
        running = asyncio.create_task(tried.run())
        beat = tried.workspace / _BEAT
        await until(lambda: running.done() or beat.exists(), within_s=_BEGUN_WITHIN_S)
        assert not running.done(), await _outcome(running)
        assert beat.exists()
        began = time.monotonic()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        took = time.monotonic() - began
        assert running.cancelled()
        await _at_rest(beat)
        assert took < _CANCELLED_WITHIN_S + 5 * tried.ready_s, took


async def keeps_to_its_time(bench: Bench) -> None:
    """By itself or ended by the line, which waits no longer; a claim of success is not among the ways."""
    async with attempt(bench, "waits", seconds=_LIMIT_S) as tried:
        began = time.monotonic()
        claimed = ""
        try:
            async with asyncio.timeout(_LIMIT_S):
                claimed = (await tried.run()).claimed
        except (StationFault, TimeoutError):
            pass
        took = time.monotonic() - began
        await _at_rest(tried.workspace / _BEAT)
    assert claimed not in {"pr_ready", "no_op"}
    assert took < _LIMIT_S + _CANCELLED_WITHIN_S + 5 * tried.ready_s, took


async def a_refusing_service_is_a_fault(bench: Bench) -> None:
    async with attempt(bench, "refuses") as tried:
        try:
            report = await tried.run()
        except StationFault as fault:
            assert fault.reason == "provider", fault.reason
            assert str(fault)
            return
    raise AssertionError(f"no StationFault but {report}")


Case = Callable[[Bench], Awaitable[None]]

CASES: Mapping[str, Case] = {
    case.__name__: case
    for case in (
        mends_the_bug_and_claims_it,
        leaves_nothing_else_behind,
        tells_what_it_does,
        has_an_identity,
        cancelling_ends_everything,
        keeps_to_its_time,
    )
}
PROVIDED: Mapping[str, Case] = {case.__name__: case for case in (a_refusing_service_is_a_fault,)}
"""For stations that need a service."""


async def _at_rest(beat: Path) -> None:
    """Nothing writes there any more."""
    before = beat.read_text() if beat.exists() else ""
    await asyncio.sleep(0.2)
    assert (beat.read_text() if beat.exists() else "") == before, "something still runs"


async def _outcome(task: "asyncio.Task[StationReport]") -> object:
    return (await asyncio.gather(task, return_exceptions=True))[0]
