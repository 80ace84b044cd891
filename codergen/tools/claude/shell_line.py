"""The line that bash is given around a model's command: stored texts laid out first, and where the shell ended up told
last, on stderr behind a mark that no command knows. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote

from codergen.sandbox.base import OutputSink

_LAY = 'while IFS= read -r p && IFS= read -r n; do mkdir -p "${p%/*}" && head -c "$n" > "$p"; done; unset p n; '


def line(command: str, cwd: str, *, lays: bool) -> str:
    """The command in `cwd`, or where bash begins when that folder is gone; with `lays`, stdin is that of `stdin`."""
    return f"{_LAY if lays else ''}cd -- {quote(cwd)} 2> /dev/null; eval {quote(command)} < /dev/null"


def telling(line: str, mark: str) -> str:
    """A line that tells where it ended. A command that fails leaves the folder as it was, so nothing is told then."""
    return f"{line} && printf '%s%s\\n' {quote(mark)} \"$(pwd -P)\" >&2"


def stdin(files: Mapping[str, bytes]) -> bytes:
    """Path, size, bytes of each; nothing lets the first read end at once."""
    return b"".join(b"%s\n%d\n%s" % (path.encode(), len(data), data) for path, data in files.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """stderr, taken apart."""

    text: str
    cwd: str
    """Where the shell ended up; empty when it did not come to say so."""


def told(stderr: str, mark: str) -> Told:
    """A child that lives on may have printed behind the mark."""
    found = re.search(re.escape(mark) + r"(.*?)\n", stderr)
    if found is None:
        return Told(text=stderr, cwd="")
    return Told(text=stderr[: found.start()] + stderr[found.end() :], cwd=found[1])


def unmarked(sink: OutputSink | None, mark: str) -> OutputSink | None:
    """A sink that is not shown the mark: what may be its beginning waits for the rest."""
    if sink is None:
        return None
    held, wanted = bytearray(), mark.encode()

    def hear(stream: str, chunk: bytes) -> None:
        if stream == "out":
            sink("out", chunk)
            return
        held.extend(chunk)
        at = held.find(wanted)
        shown = at if at >= 0 else len(held) - _begun(held, wanted)
        if shown:
            sink("err", bytes(held[:shown]))
            del held[:shown]

    return hear


def _begun(held: bytearray, wanted: bytes) -> int:
    """How many bytes at the end could be the beginning of the mark."""
    return next((size for size in range(min(len(held), len(wanted)), 0, -1) if wanted.startswith(held[-size:])), 0)
