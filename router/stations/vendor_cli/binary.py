"""Finding a vendor's tool on this machine, and asking it for its version."""

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from codergen.errors import UsageError
from router.stations.vendor_cli.vendor import Vendor

PEERS = "peers"
"""Folder below the cache where `make peers` installs the tools, one folder `NAME-VERSION` each."""
_VERSIONS = "cli-versions.json"
_VERSION = re.compile(r"\d+\.\d+\.\d+\S*")
_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A tool that can be started."""

    binary: Path
    version: str


def variable(vendor: Vendor) -> str:
    """The setting that names a tool's place, e.g. `CODERGEN_CLAUDE_CODE`."""
    return "CODERGEN_" + vendor.name.upper().replace("-", "_")


async def find(vendor: Vendor, environ: Mapping[str, str], cache: Path) -> Found | None:
    """The tool by its setting, on PATH, or where `make peers` put it. None when it is nowhere.

    Raises UsageError for a setting that leads nowhere, and for a tool that does not tell its version.
    """
    given = environ.get(variable(vendor))
    if given:
        binary = vendor.locate(Path(given).expanduser())
        if binary is None:
            text = f"{variable(vendor)} = {given}: no {vendor.package} there"
            raise UsageError(text, remedy="name its launcher or the npm folder that it was installed into")
    else:
        binary = next((found for place in _places(vendor, environ, cache) if (found := vendor.locate(place))), None)
    return None if binary is None else Found(binary=binary, version=await _version(vendor, binary, cache))


def remedy(vendor: Vendor) -> str:
    """How to get the tool."""
    return f"`npm install -g {vendor.package}`, or name it with {variable(vendor)}=PATH"


def _places(vendor: Vendor, environ: Mapping[str, str], cache: Path) -> Iterator[Path]:
    if launcher := shutil.which(vendor.program, path=environ.get("PATH")):
        yield Path(launcher)
    yield from sorted((cache / PEERS).glob(f"{vendor.name}-*"), key=_numbers, reverse=True)


def _numbers(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", folder.name))


async def _version(vendor: Vendor, binary: Path, cache: Path) -> str:
    """Asked once for each file: a script bundle takes seconds to answer."""
    info = binary.stat()
    key = f"{binary}:{info.st_size}:{info.st_mtime_ns}"
    known = _known(cache / _VERSIONS)
    if key not in known:
        known[key] = await asyncio.to_thread(_ask, vendor, binary)
        cache.mkdir(parents=True, exist_ok=True)
        (cache / _VERSIONS).write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return known[key]


def _known(path: Path) -> dict[str, str]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(version) for name, version in value.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _ask(vendor: Vendor, binary: Path) -> str:
    with tempfile.TemporaryDirectory() as home:
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home}
        try:
            done = subprocess.run(
                vendor.version_argv(binary),
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_WITHIN_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise UsageError(f"{vendor.name} does not run: {error}", remedy=remedy(vendor)) from error
    found = _VERSION.search(done.stdout)
    if found is None:
        told = (done.stdout + done.stderr).strip()[:300]
        raise UsageError(f"{vendor.name} does not tell its version: {told}", remedy=remedy(vendor))
    return found[0]
