"""The patch text of `apply_patch` (format v4a), read as the vendor's own program reads it. Pure.

Measured on codex-cli 0.169.0 (`evals/accept/patch_differential.py` holds the two side by side): where its reading is
laxer than its grammar (padding around headers, a here-document left around it, lines without a hint), so is this.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

BEGIN, END = "*** Begin Patch", "*** End Patch"
ADD, DELETE, UPDATE = "*** Add File: ", "*** Delete File: ", "*** Update File: "
MOVE, END_OF_FILE, ENVIRONMENT = "*** Move to: ", "*** End of File", "*** Environment ID:"
HINT = "@@"
_HEREDOC = {"<<EOF", "<<'EOF'", '<<"EOF"'}
BLANK = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Unicode calls white space. Python's own idea of it has four control characters more."""

Wrong = Literal[
    "no_begin", "no_end", "environment_empty", "environment_twice", "bad_header", "empty_update", "empty_hunk",
    "bad_line", "no_hint", "nothing",
]  # fmt: skip


class PatchError(Exception):
    """The text is no patch."""

    def __init__(self, wrong: Wrong, *, line: int = 0, text: str = "") -> None:
        super().__init__(f"{wrong} at line {line}: {text}" if line else wrong)
        self.wrong: Wrong = wrong
        self.line = line
        """Counted from 1; 0 where it is about the patch as a whole."""
        self.text = text
        """The line at fault, or for `empty_update` the path."""


Sign = Literal[" ", "-", "+"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chunk."""

    sign: Sign
    text: str


@dataclass(slots=True, kw_only=True)
class Chunk:
    """Lines that belong together."""

    hint: str | None = None
    """A line of the file after which they are looked for."""
    lines: list[Line] = field(default_factory=list[Line])
    at_end: bool = False
    """They are the last of the file."""

    @property
    def old(self) -> list[str]:
        return [line.text for line in self.lines if line.sign != "+"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    path: str
    lines: list[str] = field(default_factory=list[str])
    kind: Literal["add"] = "add"

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    path: str
    kind: Literal["delete"] = "delete"


@dataclass(slots=True, kw_only=True)
class Update:
    path: str
    line: int
    """Of its header."""
    moved: str = ""
    chunks: list[Chunk] = field(default_factory=list[Chunk])
    kind: Literal["update"] = "update"


Hunk = Add | Delete | Update


def parse(text: str) -> tuple[Hunk, ...]:
    """What a patch asks for, in its order. Raises PatchError, also for a patch that asks for nothing."""
    lines = _bounded(_lines(text.strip(BLANK)))
    reader = _Reader()
    for number, line in enumerate(lines[1:-1], start=2):
        reader.read(line, number)
    reader.close(len(lines))
    if not reader.hunks:
        raise PatchError("nothing")
    return tuple(reader.hunks)


def _lines(text: str) -> list[str]:
    """Up to two carriage returns before a line's end belong to the end."""
    return [line.removesuffix("\r").removesuffix("\r") for line in text.split("\n")]


def _bounded(lines: list[str]) -> list[str]:
    """The lines from the beginning of the patch to its end."""
    if (fault := _bounds_fault(lines)) is None:
        return lines
    if len(lines) >= 4 and lines[0] in _HEREDOC and lines[-1].endswith("EOF"):
        lines = lines[1:-1]
        fault = _bounds_fault(lines)
    if fault is not None:
        raise PatchError(fault)
    return lines


def _bounds_fault(lines: list[str]) -> Wrong | None:
    first, last = lines[0].strip(BLANK), lines[-1].strip(BLANK)
    if first != BEGIN and lines != [""]:
        return "no_begin"
    return None if last == END and len(lines) > 1 else "no_end"


class _Reader:
    """What was read so far, and where in the patch that is."""

    def __init__(self) -> None:
        self.hunks: list[Hunk] = []
        self._named = False
        self._ended = False

    def read(self, line: str, number: int) -> None:
        if self._ended:
            if line.strip(BLANK) and line.rstrip(BLANK) != END:
                raise PatchError("no_end")
            return
        last = self.hunks[-1] if self.hunks else None
        if isinstance(last, Update):
            self._in_update(last, line, number)
            return
        trimmed = line.strip(BLANK)
        if self._header(trimmed, number):
            return
        if last is None and trimmed.startswith(ENVIRONMENT):
            self._environment(trimmed)
        elif isinstance(last, Add) and line.startswith("+"):
            last.lines.append(line[1:])
        else:
            raise PatchError("bad_header", line=number, text=trimmed)

    def close(self, number: int) -> None:
        """The patch's last line."""
        last = self.hunks[-1] if self.hunks else None
        if isinstance(last, Update) and not self._ended:
            _whole(last, END, number)

    def _header(self, line: str, number: int) -> bool:
        """Whether the line opens a hunk or ends the patch."""
        last = self.hunks[-1] if self.hunks else None
        if isinstance(last, Update) and (line == END or line.startswith((ADD, DELETE, UPDATE))):
            _whole(last, line, number)
        if line == END:
            self._ended = True
        elif line.startswith(ADD):
            self.hunks.append(Add(path=line[len(ADD) :]))
        elif line.startswith(DELETE):
            self.hunks.append(Delete(path=line[len(DELETE) :]))
        elif line.startswith(UPDATE):
            self.hunks.append(Update(path=line[len(UPDATE) :], line=number))
        else:
            return False
        return True

    def _environment(self, line: str) -> None:
        """A line that names where the patch belongs; here there is one place only."""
        if self._named:
            raise PatchError("environment_twice")
        if not line[len(ENVIRONMENT) :].strip(BLANK):
            raise PatchError("environment_empty")
        self._named = True

    def _in_update(self, update: Update, line: str, number: int) -> None:
        trimmed = line.rstrip(BLANK)
        if self._header(trimmed, number):
            return
        chunk = update.chunks[-1] if update.chunks else None
        if chunk is None and not update.moved and trimmed.startswith(MOVE):
            update.moved = trimmed[len(MOVE) :]
        elif (trimmed == HINT or trimmed.startswith(f"{HINT} ")) and (chunk is None or chunk.lines):
            update.chunks.append(Chunk(hint=trimmed[len(HINT) + 1 :] if trimmed != HINT else None))
        elif trimmed == END_OF_FILE and (chunk is None or not chunk.at_end):
            if chunk is not None:
                chunk.at_end = _filled(chunk, number)
        elif chunk is not None and chunk.at_end and not trimmed:
            return
        elif line[:1] in _SIGNS and not (chunk is not None and chunk.at_end):
            _take(update, line)
        else:
            begun = chunk is not None and bool(chunk.lines)
            raise PatchError("no_hint" if begun else "bad_line", line=number, text=line)


_SIGNS: Mapping[str, Sign] = {"+": "+", "-": "-", " ": " ", "": " "}
"""First character of a line -> its sign; an empty line stands for an empty one that stays."""


def _take(update: Update, line: str) -> None:
    if not update.chunks:
        update.chunks.append(Chunk())
    update.chunks[-1].lines.append(Line(sign=_SIGNS[line[:1]], text=line[1:]))


def _filled(chunk: Chunk, number: int) -> bool:
    if not chunk.lines:
        raise PatchError("empty_hunk", line=number)
    return True


def _whole(update: Update, line: str, number: int) -> None:
    """An update that is left has something in it, and so has its last chunk."""
    if not update.chunks:
        raise PatchError("empty_update", line=update.line, text=update.path)
    if not update.chunks[-1].lines:
        raise PatchError("empty_hunk" if line == END else "bad_line", line=number, text=line)
