"""Sessions of other tools, read from the files that those tools keep, as a conversation to go on with here.

What was said, calls and their results come over; thinking does not (only the model that thought it could use it), nor
does what a tool told its model about itself and its surroundings. A file that is not understood is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from codergen.errors import UsageError
from codergen.sessions.foreign import claude_code, codex, gemini
from codergen.sessions.foreign.steps import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Where a tool keeps its sessions, and how they are read."""

    files: Callable[[Path, Mapping[str, str]], tuple[Path, ...]]
    """Of a home folder and an environment."""
    matches: Callable[[Path, str], bool]
    """Whether a file is the session with this id, or one that begins so."""
    read: Callable[[Path], Found]


TOOLS: Mapping[str, Tool] = {
    "claude-code": Tool(files=claude_code.files, matches=claude_code.matches, read=claude_code.read),
    "codex": Tool(files=codex.files, matches=codex.matches, read=codex.read),
    "gemini": Tool(files=gemini.files, matches=gemini.matches, read=gemini.read),
}


def locate(tool: str, which: str, environ: Mapping[str, str]) -> Path:
    """The file of a session: by its path, its id, a unique beginning of it, or `last`. Raises UsageError."""
    if Path(which).is_file():
        return Path(which)
    home = Path(environ.get("HOME") or "/")
    files = TOOLS[tool].files(home, environ)
    if which == "last" and files:
        return max(files, key=lambda path: path.stat().st_mtime_ns)
    found = [path for path in files if which.strip("./") and TOOLS[tool].matches(path, which)]
    if len(found) != 1:
        what = "no session" if not found else f"{len(found)} sessions"
        raise UsageError(
            f"{what} of {tool} with id {which!r} among {len(files)} under {home}",
            remedy="name its id, or the path of its file",
        )
    return found[0]


def read(tool: str, path: Path) -> Found:
    """The session in a file. Raises UsageError for a file that is not one of this tool's."""
    try:
        found = TOOLS[tool].read(path)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not a session of {tool} as we know them: {error!r}") from error
    if not found.steps:
        raise UsageError(f"{path} holds no conversation of {tool}")
    return found
