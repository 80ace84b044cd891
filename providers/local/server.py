"""The server of the embedded model: started when it is first needed, kept for the next job, found again by its files.

One folder per weights file: `alive` is locked by the child while it lives, `state.json` (0600) says how to reach it,
`log` is what it printed. A pid is trusted only while `alive` is held, so a reused pid is never signalled.
"""

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import httpx2

from providers.errors import NotInstalled, ServerFailed
from providers.local.lock import exclusive, is_held
from providers.local.places import Places

CHILD = Path(__file__).with_name("serve_child.py")
IDLE_SECONDS = 900.0
START_SECONDS = 180.0
"""Loading 1.1 GB from a cold disk on a busy machine."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
"""All that the child sees of the environment: no key of any provider lives in a process that stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSpec:
    """What to serve."""

    gguf: Path
    alias: str
    """The model's name towards clients."""
    runtime: Path
    context_tokens: int
    threads: int
    port: int = 0
    """0 is any free one."""
    idle_seconds: float = IDLE_SECONDS
    """The child ends itself after this long without a request; 0 is never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that is up."""

    pid: int
    base_url: str
    api_key: str = field(repr=False)
    alias: str
    gguf: str
    threads: int
    context_tokens: int
    started: float


def folder(places: Places, gguf: Path) -> Path:
    """Where the server of a weights file keeps its files."""
    return places.servers / sha256(str(gguf.absolute()).encode()).hexdigest()[:12]


def read(home: Path) -> Running | None:
    """The server of a folder, when it lives and has said where it is."""
    if not is_held(home / "alive"):
        return None
    try:
        raw = cast("dict[str, Any]", json.loads((home / "state.json").read_text()))
        return Running(**raw)
    except (OSError, ValueError, TypeError):
        return None


def running(places: Places) -> tuple[Running, ...]:
    """All servers that are up."""
    homes = sorted(places.servers.iterdir()) if places.servers.is_dir() else []
    found = (read(home) for home in homes if home.is_dir())
    return tuple(server for server in found if server is not None)


async def healthy(server: Running) -> bool:
    """Whether it answers to its key and serves what it should."""
    headers = {"authorization": f"Bearer {server.api_key}"}
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=10) as http:
            answer = await http.get(f"{server.base_url}/models", headers=headers)
            return answer.status_code == 200 and server.alias in answer.text
    except httpx2.HTTPError:
        return False


async def ensure(spec: ServeSpec, places: Places, *, environ: Mapping[str, str]) -> Running:
    """The server for `spec`, started if need be. Two callers at once get the same one."""
    if not spec.gguf.is_file():
        raise NotInstalled(f"no weights at {spec.gguf}", remedy="run `codergen local install`, or name a .gguf file")
    home = folder(places, spec.gguf)
    async with exclusive(home / "starting", wait=START_SECONDS, what="starting the embedded model"):
        found = read(home)
        if found is not None and found.context_tokens >= spec.context_tokens and await healthy(found):
            return found
        await _end(home)
        return await _start(spec, home, environ)


async def _start(spec: ServeSpec, home: Path, environ: Mapping[str, str]) -> Running:
    home.chmod(0o700)  # `exclusive` made it
    config = {
        "gguf": str(spec.gguf.absolute()),
        "alias": spec.alias,
        "runtime": str(spec.runtime.absolute()),
        "context_tokens": spec.context_tokens,
        "threads": spec.threads,
        "port": spec.port,
        "idle_seconds": spec.idle_seconds,
        "api_key": secrets.token_urlsafe(32),
        "lock": str(home / "alive"),
        "state": str(home / "state.json"),
    }
    with (home / "log").open("wb") as log:
        launcher = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(CHILD),
            stdin=asyncio.subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={name: environ[name] for name in PASSED_ON if name in environ},
            cwd=home,
            start_new_session=True,
        )
        await launcher.communicate(json.dumps(config).encode())
    try:
        return await _until_up(home)
    except BaseException:
        await _end(home)
        raise


async def _until_up(home: Path) -> Running:
    """Wait for the state file. The launcher took the lock before it left, so a free lock means that the child died."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        found = read(home)
        if found is not None:
            return found
        if not is_held(home / "alive"):
            lines = (home / "log").read_text(errors="replace").strip().splitlines() or ["it printed nothing"]
            raise ServerFailed(f"the embedded model did not start: {lines[-1]}", remedy=_remedy(lines[-1], home))
        await asyncio.sleep(0.05)
    raise ServerFailed(f"the embedded model was not ready after {START_SECONDS:.0f} s", remedy=f"log: {home / 'log'}")


def _remedy(last: str, home: Path) -> str:
    if "libgomp" in last:
        return "it needs the OpenMP runtime; on Debian: apt-get install -y libgomp1"
    return f"its log: {home / 'log'}"


async def _end(home: Path) -> None:
    """Make sure that no child of this folder lives. Asks first, then insists."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        pid = _pid(home)
        if pid is None:
            break
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
        for _ in range(50):
            if not is_held(home / "alive"):
                break
            await asyncio.sleep(0.1)
    (home / "state.json").unlink(missing_ok=True)


def _pid(home: Path) -> int | None:
    """The child's pid, while it provably lives: it writes its pid into the file that it holds locked."""
    if not is_held(home / "alive"):
        return None
    text = (home / "alive").read_text().strip()
    return int(text) if text.isdigit() else None


async def stop(places: Places) -> tuple[Running, ...]:
    """End all servers; returns those that were up."""
    found = running(places)
    for home in sorted(places.servers.iterdir()) if places.servers.is_dir() else []:
        await _end(home)
    return found


async def wait(places: Places, gguf: Path) -> None:
    """Return when the server of a weights file has ended."""
    while is_held(folder(places, gguf) / "alive"):  # noqa: ASYNC110 - another process's lock has no event
        await asyncio.sleep(0.5)
