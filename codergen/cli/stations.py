"""Which stations can work here, and what each of them needs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from codergen.errors import UsageError
from codergen.profiles.plain import load_plain
from codergen.settings import Settings
from providers.client import ModelClient
from providers.errors import NotInstalled
from providers.lazy import LazyClient
from providers.local.ladder import MODEL, Source, decide, look, open_source
from providers.local.places import Places
from providers.types import ModelInfo
from router import roster
from router.errors import CredentialRefused
from router.packet import TaskPacket
from router.roster import Entry, Roster
from router.station import Station
from router.stations.codergen import CodergenStation
from router.stations.repair.station import RepairStation


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a station is made for."""

    settings: Settings
    sandbox: str
    sessions: Path
    """Folder of one job, for journals and logs."""
    entry: Entry
    """How it was set up."""
    packet: TaskPacket | None = None
    """The job that it is made for, which may bring prompts of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A station, and the client that has to be closed after it."""

    station: Station
    client: ModelClient | None = None


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


async def gather(
    settings: Settings, wanted: Sequence[str], *, sandbox: str, sessions: Path, packet: TaskPacket | None = None
) -> Bench:
    """The stations named, in that order, else those of the roster, else those of `UNASKED`, that can work here.

    Raises UsageError for one that does not exist or whose tool is not here, NotInstalled for a named one that has no
    model to talk to, CredentialRefused for one that has no key, RosterError for a roster that cannot be read.
    """
    kept = roster.read(settings.stations)
    entries = [named(kept, name) for name in wanted] if wanted else unasked(kept)
    made: list[Made] = []
    notes: list[str] = []
    for entry in entries:
        try:
            place = Place(settings=settings, sandbox=sandbox, sessions=sessions, entry=entry, packet=packet)
            made.append(await make(place))
        except (NotInstalled, UsageError, CredentialRefused) as error:
            if wanted:
                raise
            notes.append(f"{entry.name} cannot work here: {' '.join(str(error).split())}")
    return Bench(
        stations=tuple(one.station for one in made),
        notes=tuple(notes),
        clients=tuple(one.client for one in made if one.client is not None),
    )


def named(kept: Roster | None, name: str) -> Entry:
    """A station by its name: of the roster, also one that is set aside there, or of the kinds there are."""
    entry = kept.find(name) if kept else None
    if entry is None and name in KNOWN:
        return Entry(name=name, kind=name)
    if entry is None:
        there = dict.fromkeys((*(known.name for known in (kept.entries if kept else ())), *KNOWN))
        raise UsageError(f"no station {name!r}", remedy=f"one of: {', '.join(there)}")
    return entry


def unasked(kept: Roster | None) -> Sequence[Entry]:
    """Who works when nobody is named."""
    if kept is None:
        return [Entry(name=name, kind=name) for name in UNASKED]
    return [entry for entry in kept.entries if entry.enabled]


async def make(place: Place) -> Made:
    """A station as its entry says. Raises UsageError, NotInstalled or CredentialRefused when it cannot work here."""
    kind = place.entry.kind
    if kind not in KNOWN:
        raise UsageError(
            f"station {place.entry.name!r} is of no known kind {kind!r}", remedy=f"one of: {', '.join(KNOWN)}"
        )
    return await _maker(KNOWN[kind])(place)


async def _repair(place: Place) -> Made:
    return Made(station=RepairStation(sandbox_kind=place.sandbox))


async def _plain(place: Place) -> Made:
    settings = place.settings
    model = place.entry.model
    environ = {**settings.environ, MODEL: model} if model else settings.environ
    choice = decide(await look(environ, Places(data=settings.data)))
    if choice.source is None:
        raise NotInstalled(f"codergen/plain has no model to talk to: {choice.why}", remedy=choice.remedy)
    client = _client(environ, settings.data, choice.source)
    station = CodergenStation(
        client=client, model=choice.source.model, profile=load_plain(), journals=place.sessions, sandbox=place.sandbox
    )
    return Made(station=station, client=client)


def _client(environ: Mapping[str, str], data: Path, source: Source) -> ModelClient:
    async def connect() -> ModelClient:
        return (await open_source(environ, data)).client

    features = frozenset({"tools", "grammar"}) if source.api == "local" else frozenset({"tools"})
    info = ModelInfo(id=source.model, context_tokens=source.context_tokens, max_output_tokens=None, features=features)
    return LazyClient(api=source.api, info=info, connect=connect)


Make = Callable[[Place], Awaitable[Made]]


def _maker(named: "Make | str") -> Make:
    """How a station is made; `module:function` where it takes imports that the others do without."""
    if not isinstance(named, str):
        return named
    module, _, function = named.partition(":")
    return getattr(import_module(module), function)


KNOWN: Mapping[str, Make | str] = MappingProxyType(
    {
        "repair": _repair,
        "codergen/plain": _plain,
        "claude-code": "codergen.cli.vendor_stations:claude_code",
        "codex-cli": "codergen.cli.vendor_stations:codex_cli",
        "gemini-cli": "codergen.cli.vendor_stations:gemini_cli",
        "codergen/claude": "codergen.cli.own_stations:claude",
        "codergen/codex": "codergen.cli.own_stations:codex",
        "codergen/gemini": "codergen.cli.own_stations:gemini",
    }
)
"""Station id -> how it is made."""

UNASKED = ("repair", "codergen/plain")
"""Taken when no station is named and nobody set any up: a vendor's tool spends its owner's money."""
