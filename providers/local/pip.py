"""One pinned wheel, brought by pip: index, mirrors, proxies and certificates are whatever this machine's pip uses.

pip downloads; it never installs here, and nothing of a wheel is run. Resuming is per wheel: pip starts one again.
"""

import asyncio
import importlib.util
import os
import shutil
import signal
import sys
import sysconfig
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

from providers.errors import LocalModelError, Offline, PinMismatch
from providers.local.catalog import Wheel

POLL_SECONDS = 0.25
FLAGS = (
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    "--no-cache-dir",
    "--disable-pip-version-check",
    "--no-input",
    "--retries=2",
    "--progress-bar=off",
)


def command() -> tuple[str, ...]:
    """How to call pip: the one of this environment, else the one that Python carries for new environments."""
    if importlib.util.find_spec("pip") is not None:
        return (sys.executable, "-I", "-m", "pip")
    carried = [Path(str(sysconfig.get_config_var("WHEEL_PKG_DIR") or ""))]
    ensurepip = importlib.util.find_spec("ensurepip")
    if ensurepip is not None and ensurepip.origin:
        carried.append(Path(ensurepip.origin).parent / "_bundled")
    wheels = [wheel for folder in carried if folder.is_absolute() for wheel in sorted(folder.glob("pip-*.whl"))]
    if not wheels:
        raise LocalModelError(
            "there is no pip in this environment to fetch packages with",
            remedy=f"install it: {sys.executable} -m ensurepip, or (Debian) apt-get install python3-venv",
        )
    return (sys.executable, "-I", str(wheels[-1] / "pip"))


def folder_bytes(folder: Path) -> int:
    """Bytes under a folder in which another process creates, moves and deletes files."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _run(
    arguments: tuple[str, ...], *, environ: Mapping[str, str] | None, tick: Callable[[], None]
) -> tuple[int, str]:
    """Exit status and all output of a command, with `tick` called while it runs. Killed when we are cancelled."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environ,
        start_new_session=True,
    )
    output = asyncio.ensure_future(process.communicate())
    try:
        while not (await asyncio.wait({output}, timeout=POLL_SECONDS))[0]:
            tick()
        return process.returncode or 0, (await output)[0].decode(errors="replace")
    finally:
        output.cancel()
        await _end(process)


def _failed(wheel: Wheel, output: str) -> LocalModelError:
    """pip has no structured errors: its last words are passed on, and only the hash complaint is told apart."""
    name = f"{wheel.package} {wheel.version}"
    if "DO NOT MATCH THE HASHES" in output:
        return PinMismatch(f"the index offers a {name} that is not the one that was pinned", remedy="nothing was kept")
    last = next((line for line in reversed(output.splitlines()) if line.startswith("ERROR")), "pip gave no reason")
    return Offline(
        f"could not fetch {name}: this machine is offline, or its package index does not have it ({last})",
        remedy="the same command goes on where it stopped; `pip config list` shows which index is asked",
    )


async def download(
    wheel: Wheel, folder: Path, *, environ: Mapping[str, str] | None, on_bytes: Callable[[int], None]
) -> Path:
    """Fetch a wheel into `folder`, which is emptied first. Its hash is checked here too.

    Raises Offline or PinMismatch.
    """
    shutil.rmtree(folder, ignore_errors=True)
    partial, done = folder / "partial", folder / "done"
    partial.mkdir(parents=True)
    pinned = folder / "pinned.txt"
    pinned.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    status, output = await _run(
        ("env", f"TMPDIR={partial}", *command(), "download", *FLAGS, "-d", str(done), "-r", str(pinned)),
        environ=environ,
        tick=lambda: on_bytes(min(wheel.bytes, folder_bytes(partial))),
    )
    files = sorted(done.glob("*.whl")) if done.is_dir() else []
    if status or len(files) != 1:
        raise _failed(wheel, output)
    digest = await asyncio.to_thread(sha256, files[0])
    if digest != wheel.sha256:
        raise PinMismatch(f"{files[0].name} has sha256 {digest}, pinned is {wheel.sha256}", remedy="nothing was kept")
    on_bytes(wheel.bytes)
    return files[0]


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
