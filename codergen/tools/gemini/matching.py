"""How `replace` finds its text: exactly, then line by line without regard to blanks around lines, then token by token,
then roughly. The first that finds something decides. Pure.

The order and the bounds are those of gemini-cli 0.61.0 (`packages/core/src/tools/edit.ts`, read there).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codergen.tools.gemini.lines import with_ends

ROUGH_LEAST_CHARS = 10
ROUGH_SHARE = 0.1
"""How much of old_string may differ; a difference in blanks counts a tenth."""
ROUGH_WORK = 400_000_000
_DELIMITERS = re.compile(r"([()\[\]{}:<>=])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A text after a replacement, or as it was where there is not exactly what was asked for."""

    text: str
    count: int
    """Places that fit."""
    lines: tuple[tuple[int, int], ...] = ()
    """First and last line, from 1, of places that fit only roughly."""


def replaced(text: str, old: str, new: str, *, several: bool) -> Replaced:
    """`text`, `old` and `new` with line ends as `\\n`; `old` is not empty."""
    for find in (_exact, _by_lines, _by_tokens, _roughly):
        found = find(text, old, new, several)
        if found is not None:
            return found
    return Replaced(text=text, count=0)


def _exact(text: str, old: str, new: str, several: bool) -> Replaced | None:
    count = text.count(old)
    if not count:
        return None
    if count > 1 and not several:
        return Replaced(text=text, count=count)
    return Replaced(text=_ended_alike(text, text.replace(old, new)), count=count)


def _by_lines(text: str, old: str, new: str, several: bool) -> Replaced | None:
    """Each line as it is but for blanks around it; the new text takes over the indentation of the first."""
    lines = with_ends(text)
    wanted = [line.strip() for line in old.split("\n")]
    count, at = 0, 0
    while at <= len(lines) - len(wanted):
        window = lines[at : at + len(wanted)]
        if [line.strip() for line in window] == wanted:
            count += 1
            block = "\n".join(_indented(new.split("\n"), _indent(window[0])))
            if new and window[-1].endswith("\n") and not block.endswith("\n"):
                block += "\n"
            lines[at : at + len(wanted)] = [block]
        at += 1
    return Replaced(text=_ended_alike(text, "".join(lines)), count=count) if count else None


def _by_tokens(text: str, old: str, new: str, several: bool) -> Replaced | None:
    """The same tokens with any blanks between them, from the first thing on a line."""
    tokens = _DELIMITERS.sub(r" \1 ", old).split()
    if not tokens:
        return None
    pattern = re.compile(r"^([ \t]*)" + r"\s*".join(map(re.escape, tokens)), re.MULTILINE)
    count = sum(1 for _ in pattern.finditer(text))
    if not count:
        return None
    block: Callable[[re.Match[str]], str] = lambda m: "\n".join(_indented(new.split("\n"), m[1]))  # noqa: E731
    changed = pattern.sub(block, text, count=0 if several else 1)
    return Replaced(text=_ended_alike(text, changed), count=count)


def _roughly(text: str, old: str, new: str, several: bool) -> Replaced | None:
    lines = with_ends(text)
    if len(old) < ROUGH_LEAST_CHARS or len(lines) * len(old) ** 2 > ROUGH_WORK:
        return None
    wanted = [line.rstrip() for line in with_ends(old)]
    size, block = len(wanted), "\n".join(wanted)
    places: list[tuple[float, int]] = []
    for at in range(len(lines) - size + 1):
        score = _difference("\n".join(line.rstrip() for line in lines[at : at + size]), block)
        if score is not None:
            places.append((score, at))
    chosen: list[int] = []
    for _, at in sorted(places):
        if all(abs(at - other) >= size for other in chosen):
            chosen.append(at)
    if not chosen:
        return None
    for at in sorted(chosen, reverse=True):
        there = "\n".join(_indented(new.split("\n"), _indent(lines[at])))
        lines[at : at + size] = [there + ("\n" if lines[at + size - 1].endswith("\n") else "")]
    ranges = tuple((at + 1, at + size) for at in sorted(chosen))
    return Replaced(text=_ended_alike(text, "".join(lines)), count=len(chosen), lines=ranges)


def _difference(there: str, wanted: str) -> float | None:
    """Share of `wanted` that differs; None when it is too much."""
    if not wanted or abs(len(there) - len(wanted)) > len(wanted):
        return None
    most = int(ROUGH_SHARE * len(wanted))
    bare = distance("".join(there.split()), "".join(wanted.split()), most)
    if bare is None:
        return None
    whole = distance(there, wanted, len(there) + len(wanted))
    score = (bare + ((whole or 0) - bare) * 0.1) / len(wanted)
    return score if score <= ROUGH_SHARE else None


def distance(a: str, b: str, most: int | None = None) -> int | None:
    """Levenshtein distance; None when it is more than `most`. `most` bounds the work."""
    limit = max(len(a), len(b)) if most is None else most
    if abs(len(a) - len(b)) > limit:
        return None
    far = limit + 1
    before = [n if n <= limit else far for n in range(len(b) + 1)]
    for row, char in enumerate(a, start=1):
        low, high = max(1, row - limit), min(len(b), row + limit)
        here = [far] * (len(b) + 1)
        here[0] = row if row <= limit else far
        for at in range(low, high + 1):
            here[at] = min(before[at] + 1, here[at - 1] + 1, before[at - 1] + (char != b[at - 1]))
        if min(here[max(0, low - 1) : high + 1]) > limit:
            return None
        before = here
    return before[-1] if before[-1] <= limit else None


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _indented(lines: Sequence[str], target: str) -> list[str]:
    """Lines moved so that the first stands at `target`; those that do not share its indentation lose their own."""
    own = _indent(lines[0])
    out: list[str] = []
    for line in lines:
        if not line.strip():
            out.append("")
        else:
            out.append(target + (line[len(own) :] if line.startswith(own) else line.lstrip()))
    return out


def _ended_alike(before: str, after: str) -> str:
    """With a final newline only where there was one."""
    if before.endswith("\n"):
        return after if after.endswith("\n") else after + "\n"
    return after.removesuffix("\n")
