"""Failing tests in as few words as a small model needs: the test's own lines, and what came out. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_NOISE = re.compile(r"^(_ )+_?\s*$|^E\s+(\+\s+(where|and) |Use -v |Omitting )|^E\s*$|^\S+:\d+: ?\w*\s*$|^\s*[\^~]+\s*$")
DIFF = 3
"""Lines of an error message that are shown; what follows is mostly a difference drawn with signs."""
_PLACE = re.compile(r"(?:File \"(?P<file>[^\"]+)\", line (?P<at>\d+))|(?:^(?P<path>[^\s:]+\.py):(?P<line>\d+):)", re.M)


def failure_text(failing: Sequence[Mapping[str, Any]], *, tests: int, chars: int) -> str:
    """The first failing tests, within `chars`, ids as headings. `failing` is as in details of the tool `check`."""
    shown: list[str] = []
    for test in failing[:tests]:
        said = _told(str(test["message"]))
        shown.append(f"# {test['id']}\n{said}" if said else f"# {test['id']}")
    text = "\n".join(shown)
    return text if len(text) <= chars else f"{text[:chars].rpartition(chr(10))[0]}\n..."


def _told(message: str) -> str:
    """pytest: the test's own part, and of the code below it, which a model sees anyway, only what failed and how.
    A traceback: the test's line and the error."""
    own, _, below = message.replace("\r\n", "\n").partition("\n\n")
    lines = [line for line in own.split("\n") if line.strip()]
    if any(line.startswith("E ") for line in message.split("\n")):
        lines += [line for line in below.split("\n") if line.startswith((">", "E "))]
    elif message.startswith("Traceback"):
        said = next((at for at, line in enumerate(lines) if at and not line.startswith(" ")), len(lines))
        lines = [lines[2].strip() if said > 2 else "", *lines[said : said + DIFF]]
    return "\n".join(_plain(line) for line in lines if line and not _NOISE.match(line))


def _plain(line: str) -> str:
    """pytest's margin off: marks, and the four blanks that make room for them."""
    if line.startswith("E "):
        return line[1:].strip()
    return line.replace(">", " ", 1).removeprefix("    ").rstrip() if line.startswith((">", " ")) else line.rstrip()


def places(failing: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, int], ...]:
    """(path, line) that the failures name, innermost first; as written, so a path may be absolute."""
    found: list[tuple[str, int]] = []
    for test in failing:
        here = [
            (match["file"] or match["path"], int(match["at"] or match["line"]))
            for match in _PLACE.finditer(str(test["message"]))
        ]
        found += reversed(here)
    return tuple(dict.fromkeys(found))
