"""Our own loop as stations with a family's own tools, layout and prompts: `codergen/claude`, `/codex`, `/gemini`."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from codergen.agent.redact import Redactor, known_secrets
from codergen.cli.stations import Made, Place
from codergen.cli.turn import choose
from codergen.profiles.families import Own, load_profile
from codergen.profiles.native import Native
from codergen.profiles.native_data import load_family
from codergen.profiles.sections import REPOSITORY, SIZE
from providers.vendors import VENDORS, Vendor, reach
from router.errors import CredentialRefused
from router.line.workspace import texts_at
from router.stations.codergen import CodergenStation


async def claude(place: Place) -> Made:
    return await _made("claude", place)


async def codex(place: Place) -> Made:
    return await _made("codex", place)


async def gemini(place: Place) -> Made:
    return await _made("gemini", place)


async def _made(family: str, place: Place) -> Made:
    """Raises UsageError for a model or a prompt that is no good, CredentialRefused where there is no key."""
    settings = place.settings
    api = load_family(family).api
    maker = next(vendor for vendor in VENDORS.values() if vendor.api == api)
    name = place.entry.model or f"{maker.name}:{maker.model}"
    _demand_key(place, name, VENDORS.get(name.partition(":")[0]))
    profile = await _profile(family, name.partition(":")[2], place)
    chosen = await choose(settings, name)
    place.sessions.mkdir(parents=True, exist_ok=True)
    station = CodergenStation(
        client=chosen.client,
        model=chosen.model,
        profile=profile,
        journals=place.sessions,
        sandbox=place.sandbox,
        redactor=Redactor(known=known_secrets(settings.environ)),
    )
    return Made(station=station, client=chosen.client)


def _demand_key(place: Place, model: str, vendor: Vendor | None) -> None:
    if vendor is not None and not reach(vendor, place.settings.environ).key_from:
        raise CredentialRefused(
            f"{place.entry.name} has no key for {model}", remedy=f"set {' or '.join(vendor.keys)}; nothing was sent"
        )


async def _profile(family: str, model: str, place: Place) -> Native:
    """With the user's sections, over them the repository's at the job's base commit, over them the packet's."""
    with tempfile.TemporaryDirectory(prefix="codergen-prompts-") as folder:
        texts: Mapping[str, str] = {}
        if place.packet is not None:
            texts, repository = place.packet.prompts, place.packet.repository
            given = await texts_at(repository.path, repository.base, str(REPOSITORY), most=SIZE)
            for path, text in given.items():
                kept = Path(folder) / path
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(text)
        own = Own(folders=(place.settings.prompts, Path(folder) / REPOSITORY), texts=texts)
        return load_profile(family, model, own)
