"""The vendors' own tools as stations: found on this machine, a key from the environment, a way out of their own."""

import asyncio
import shutil
from pathlib import Path

from codergen.cli.stations import Made, Place
from codergen.errors import UsageError
from providers import catalog
from providers.vendors import VENDORS, reach
from router.credentials.gateway import opened
from router.credentials.values import Credential
from router.errors import CredentialRefused
from router.stations.claude_code import ClaudeCode
from router.stations.codex_cli import CodexCli
from router.stations.gemini_cli import GeminiCli
from router.stations.vendor_cli.binary import find, remedy, variable
from router.stations.vendor_cli.station import VendorStation
from router.stations.vendor_cli.vendor import Vendor


async def claude_code(place: Place) -> Made:
    return await _made(ClaudeCode(), place)


async def codex_cli(place: Place) -> Made:
    return await _made(CodexCli(), place)


async def gemini_cli(place: Place) -> Made:
    """It needs node, which comes from anywhere on PATH."""
    node = shutil.which("node", path=place.settings.environ.get("PATH"))
    if node is None:
        raise UsageError("gemini-cli needs node, and there is none on PATH", remedy="install node 20 or newer")
    return await _made(GeminiCli(node=Path(node)), place)


async def _made(vendor: Vendor, place: Place) -> Made:
    """Raises UsageError where the tool is not here or not behind walls, CredentialRefused where there is no key."""
    environ = place.settings.environ
    if place.entry.executable:
        environ = {**environ, variable(vendor): place.entry.executable}
    if place.sandbox == "host":
        raise UsageError(
            f"{vendor.name} runs only behind walls, since its key must stay outside",
            remedy="leave --sandbox out, or say --sandbox bubblewrap",
        )
    found = await find(vendor, environ, place.settings.cache)
    if found is None:
        raise UsageError(f"{vendor.name} is not on this machine", remedy=remedy(vendor))
    endpoint = next(reach(one, environ) for one in VENDORS.values() if one.api == vendor.api).endpoint
    if not endpoint.api_key:
        raise CredentialRefused(f"{vendor.name} has no API key", remedy=f"set {vendor.key}")
    known = await asyncio.to_thread(catalog.load, place.settings.prices)
    place.sessions.mkdir(parents=True, exist_ok=True)
    log = place.sessions / f"{vendor.name}.requests.jsonl"
    return Made(
        station=VendorStation(
            vendor=vendor,
            binary=found.binary,
            cli=found.version,
            gate=lambda limits: opened(
                Credential(api=vendor.api, endpoint=endpoint), limits=limits, log=log, catalog=known
            ),
            model=place.entry.model or environ.get(f"{variable(vendor)}_MODEL", ""),
            sandbox=place.sandbox,
        )
    )
