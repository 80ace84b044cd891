"""Append-only JSON Lines in which every line carries the hash of the one before. Knows nothing of what it keeps.

One line is `{"data":…,"kind":…,"prev":…,"seq":…,"ts":…,"v":1,"hash":…}`; `hash` is the SHA-256 of the line's other
fields as canonical JSON (sorted keys, no blanks, ASCII). `prev` of the first line is 64 zeros.
"""

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self, cast

from codergen.errors import JournalDamaged, UsageError

VERSION = 1
START = "0" * 64
CUT = "journal.cut"
"""Kind of the line that says that an unfinished last line was dropped before writing went on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One good line."""

    seq: int
    """0-based."""
    ts: str
    """UTC, ISO 8601."""
    kind: str
    data: Mapping[str, Any]
    prev: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CutTail:
    """A last line without its end: the writer was stopped in the middle of it. Nothing before it is in doubt."""

    line: int
    """1-based."""
    offset: int
    """Where it begins, in bytes."""
    length: int
    sha256: str
    """Of the dropped bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What a journal holds."""

    lines: tuple[Line, ...]
    cut: CutTail | None

    @property
    def head(self) -> str:
        """Hash of the last good line; kept elsewhere, it also shows a journal that lost whole lines at its end."""
        return self.lines[-1].hash if self.lines else START


_END = b',"hash":"%s"}'


def canonical(value: object) -> bytes:
    """The one JSON form that is hashed; raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def seal(fields: Mapping[str, Any]) -> tuple[bytes, str]:
    """A line as stored (with its end) and its hash."""
    body = canonical(fields)
    digest = sha256(body).hexdigest()
    return body[:-1] + _END % digest.encode() + b"\n", digest


def parse(content: bytes, *, path: str = "journal") -> Transcript:
    """Read a whole journal; raises JournalDamaged naming the first line that does not follow from the one before."""
    *whole, rest = content.split(b"\n")
    lines: list[Line] = []
    prev = START
    for number, raw in enumerate(whole, start=1):
        line = _line(raw, path, number)
        if line.seq != number - 1 or line.prev != prev:
            raise JournalDamaged(path, number, "does not follow from the line before it")
        lines.append(line)
        prev = line.hash
    cut = None
    if rest:
        offset = len(content) - len(rest)
        cut = CutTail(line=len(whole) + 1, offset=offset, length=len(rest), sha256=sha256(rest).hexdigest())
    return Transcript(lines=tuple(lines), cut=cut)


def _line(raw: bytes, path: str, number: int) -> Line:
    try:
        fields = cast("dict[str, Any]", json.loads(raw))
        digest = str(fields.pop("hash"))
        if fields["v"] != VERSION:
            raise JournalDamaged(path, number, f"version {fields['v']!r} is not known here")
        line = Line(
            seq=fields["seq"],
            ts=fields["ts"],
            kind=fields["kind"],
            data=fields["data"],
            prev=fields["prev"],
            hash=digest,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JournalDamaged(path, number, "is not a journal line") from error
    end = _END % digest.encode("utf-8", "replace")
    if not raw.endswith(end) or sha256(raw[: -len(end)] + b"}").hexdigest() != digest:
        raise JournalDamaged(path, number, "its content does not match its hash")
    return line


def read(path: Path) -> Transcript:
    """Read a journal without opening it for writing."""
    return parse(path.read_bytes(), path=str(path))


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Journal:
    """The only writer of one file; a second one is refused. A line is with the system before `append` returns."""

    def __init__(self, path: Path, fd: int, *, size: int, seq: int, head: str, clock: Callable[[], str] = now) -> None:
        """Use `create` or `reopen`."""
        self.path = path
        self.head = head
        """Hash of the last line."""
        self._fd, self._size, self._seq, self._clock = fd, size, seq, clock

    @classmethod
    def create(cls, path: Path, *, clock: Callable[[], str] = now) -> Self:
        """A new journal that only its owner can read; raises FileExistsError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(path, _locked(path, os.O_CREAT | os.O_EXCL), size=0, seq=0, head=START, clock=clock)

    @classmethod
    def reopen(cls, path: Path, *, clock: Callable[[], str] = now) -> tuple[Self, Transcript]:
        """Check a journal, drop a cut tail (a line of kind `journal.cut` says so) and go on writing."""
        fd = _locked(path, 0)
        try:
            content = path.read_bytes()
            transcript = parse(content, path=str(path))
        except (OSError, JournalDamaged):
            os.close(fd)
            raise
        size = transcript.cut.offset if transcript.cut else len(content)
        journal = cls(path, fd, size=size, seq=len(transcript.lines), head=transcript.head, clock=clock)
        if cut := transcript.cut:
            os.ftruncate(fd, cut.offset)
            journal.append(CUT, {"line": cut.line, "length": cut.length, "sha256": cut.sha256}, sync=True)
        return journal, transcript

    def append(self, kind: str, data: Mapping[str, Any], *, sync: bool = False) -> Line:
        """Write one line; with `sync` it survives a power cut. Raises ValueError for what is not JSON, and OSError,
        after which the file is as it was before."""
        ts, prev = self._clock(), self.head
        fields = {"v": VERSION, "seq": self._seq, "ts": ts, "kind": kind, "data": data, "prev": prev}
        text, digest = seal(fields)
        line = Line(seq=self._seq, ts=ts, kind=kind, data=data, prev=prev, hash=digest)
        try:
            rest = memoryview(text)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size, self._seq, self.head = self._size + len(text), self._seq + 1, digest
        if sync:
            os.fsync(self._fd)
        return line

    def close(self) -> None:
        """Idempotent."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _locked(path: Path, flags: int) -> int:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | flags, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(fd)
        raise UsageError(
            f"{path} is being written by another process", remedy="wait until it ends, or stop it"
        ) from error
    return fd
