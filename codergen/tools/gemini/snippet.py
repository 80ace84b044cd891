"""The code around a change, as it is shown after it. Pure."""

from difflib import SequenceMatcher

from codergen.tools.gemini.lines import with_ends

AROUND = 5


def snippet(before: str, after: str) -> str:
    """The changed lines of `after` with `AROUND` lines on each side; `...` stands for what is left out."""
    lines = after.split("\n")
    if not before:
        return after
    merged: list[tuple[int, int]] = []
    for start, end in _changed(with_ends(before), with_ends(after)):
        first, last = max(0, start - AROUND), min(len(lines), end + AROUND)
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    if not merged:
        return after
    out: list[str] = []
    seen = 0
    for first, last in merged:
        out += ["..."] if first > seen else []
        out.append("\n".join(lines[first:last]))
        seen = last
    return "\n".join(out + (["..."] if seen < len(lines) else []))


def _changed(a: list[str], b: list[str]) -> list[tuple[int, int]]:
    """Ranges of lines of `b` that are new, empty ones where lines went. Equal ends are left out of the comparison,
    which is what takes time."""
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    matcher = SequenceMatcher(None, a[head : len(a) - tail], b[head : len(b) - tail], autojunk=False)
    return [(head + j1, head + j2) for tag, _, _, j1, j2 in matcher.get_opcodes() if tag != "equal"]
