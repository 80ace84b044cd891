"""The line that bash is given around a model's command: stored texts laid out first, both of its streams as one on
stdout, and stderr for the folder in which the shell ended up. Pure."""

from collections.abc import Mapping
from shlex import quote

from codergen.sandbox.base import OutputSink

_ONE = 'mkdir -p "${p%/*}" && head -c "$n" > "$p"'
_LAY = f"while IFS= read -r p && IFS= read -r n; do {_ONE}; done 2> /dev/null; unset p n; "


def line(command: str, cwd: str, *, lays: bool) -> str:
    """The command in `cwd`, or where bash begins when that folder is gone; with `lays`, stdin is that of `stdin`."""
    return f"{_LAY if lays else ''}cd -- {quote(cwd)} 2> /dev/null; eval {quote(command)} < /dev/null 2>&1"


def telling(line: str) -> str:
    """A line that tells where it ended. A command that fails leaves the folder as it was, so nothing is told then."""
    return f"{line} && pwd -P >&2"


def stdin(files: Mapping[str, bytes]) -> bytes:
    """Path, size, bytes of each; nothing lets the first read end at once."""
    return b"".join(b"%s\n%d\n%s" % (path.encode(), len(data), data) for path, data in files.items())


def output_only(sink: OutputSink | None) -> OutputSink | None:
    """A sink that is not shown where the shell ended up."""
    if sink is None:
        return None
    return lambda stream, chunk: sink(stream, chunk) if stream == "out" else None
