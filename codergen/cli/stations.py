"""Which stations can work here, and the clients they need."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codergen.errors import UsageError
from codergen.profiles.plain import load_plain
from codergen.settings import Settings
from providers.client import ModelClient
from providers.errors import NotInstalled
from providers.lazy import LazyClient
from providers.local.ladder import Choice, Source, decide, look, open_source
from providers.local.places import Places
from providers.types import ModelInfo
from router.station import Station
from router.stations.codergen import CodergenStation
from router.stations.repair.station import RepairStation

KNOWN = ("repair", "codergen/plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Stations ready to be planned."""

    stations: tuple[Station, ...]
    notes: tuple[str, ...]
    clients: tuple[ModelClient, ...] = ()

    async def close(self) -> None:
        """Close every client; servers stay for the next job."""
        for client in self.clients:
            await client.close()


async def gather(settings: Settings, wanted: Sequence[str], *, sandbox: str, sessions: Path) -> Bench:
    """The stations named, in that order, else all that can work here.

    Raises UsageError for one that does not exist, NotInstalled for a named one that has no model to talk to.
    """
    for name in wanted:
        if name not in KNOWN:
            raise UsageError(f"no station {name!r}", remedy=f"one of: {', '.join(KNOWN)}")
    stations: list[Station] = []
    clients: list[ModelClient] = []
    notes: list[str] = []
    for name in wanted or KNOWN:
        if name == "repair":
            stations.append(RepairStation(sandbox_kind=sandbox))
            continue
        choice = decide(await look(settings.environ, Places(data=settings.data)))
        if choice.source is None:
            if wanted:
                raise NotInstalled(f"{name} has no model to talk to: {choice.why}", remedy=choice.remedy)
            notes.append(f"{name} has no model to talk to ({choice.remedy})")
            continue
        client = _client(settings, choice, choice.source)
        clients.append(client)
        stations.append(
            CodergenStation(
                client=client, model=choice.source.model, profile=load_plain(), journals=sessions, sandbox=sandbox
            )
        )
    return Bench(stations=tuple(stations), notes=tuple(notes), clients=tuple(clients))


def _client(settings: Settings, choice: Choice, source: Source) -> ModelClient:
    async def connect() -> ModelClient:
        return (await open_source(settings.environ, settings.data)).client

    features = frozenset({"tools", "grammar"}) if source.api == "local" else frozenset({"tools"})
    info = ModelInfo(id=source.model, context_tokens=source.context_tokens, max_output_tokens=None, features=features)
    return LazyClient(api=source.api, info=info, connect=connect)
