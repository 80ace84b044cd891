"""Puts a line together from settings and what was asked for: sandbox, environment, stations, store."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from codergen.cli.stations import Bench, gather
from codergen.cli.wanted import Wanted
from codergen.sandbox.orphans import sweep
from codergen.sandbox.registry import create
from codergen.settings import Settings
from codergen.tools.environment import python_environment
from router.line.job import Job, Line
from router.outcomes.opening import OpeningStore
from router.packet import TaskPacket


@asynccontextmanager
async def compose(settings: Settings, wanted: Wanted, packet: TaskPacket, job: Job) -> AsyncGenerator[Line, None]:
    """A line for one job; its clients and database are closed on the way out.

    Raises UsageError for a station or sandbox that does not exist, SandboxUnavailable for one that cannot run here.
    """
    sandbox_kind = create(wanted.sandbox).name
    store = OpeningStore(settings.database)
    bench: Bench | None = None
    try:
        await asyncio.to_thread(sweep)
        environment = await asyncio.to_thread(python_environment, settings.cache, packet.repository.path, wanted.python)
        bench = await gather(settings, wanted.stations, sandbox=sandbox_kind, sessions=job.sessions, packet=packet)
        yield Line(
            sandbox_kind=sandbox_kind,
            sandbox_factory=partial(create, wanted.sandbox),
            environment=environment,
            stations=bench.stations,
            store=store,
            work=settings.work,
            pinned=bool(wanted.stations),
            source=wanted.source,
            notes=bench.notes,
        )
    finally:
        if bench is not None:
            await bench.close()
        store.close()
