"""Patches of many kinds, from a seed: half of them fit, half are wrong in one way. Pure."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Files = dict[str, bytes]
WORDS = ("alpha", "beta", "gamma", "def f(x):", "    return x", "\treturn y", "}", "", "  ", "end", "a-b", 'say "x"')
FANCY = {"-": "\u2013", '"': "\u201c", "'": "\u2019", " ": "\xa0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    number: int
    kind: str
    files: Mapping[str, bytes]
    patch: str


def cases(seed: int, count: int) -> Iterator[Case]:
    """`count` cases, the kinds in turn. The same seed gives the same cases."""
    kinds = list(KINDS.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        chance = random.Random(f"{seed}/{number}")
        files, patch = make(chance)
        yield Case(number=number, kind=kind, files=files, patch=patch)


Made = tuple[Files, str]


def _lines(chance: random.Random, most: int = 14) -> list[str]:
    return [
        chance.choice(WORDS) + chance.choice(("", "", str(chance.randrange(4)))) for _ in range(chance.randrange(most))
    ]


def _file(lines: list[str], ending: str = "\n", *, final: bool = True) -> bytes:
    text = ending.join(lines)
    return (text + (ending if final and lines else "")).encode()


def _chunk(chance: random.Random, lines: list[str], start: int = 0) -> tuple[list[str], int]:
    """A chunk that fits at or behind `start`, and where it ends."""
    low = chance.randint(start, len(lines))
    high = min(len(lines), low + chance.randint(1, 5))
    body: list[str] = []
    if chance.random() < 0.2 and low > start:
        body.append(f"@@ {lines[low - 1]}")
    elif start or chance.random() < 0.9:
        body.append("@@")
    for line in lines[low:high]:
        sign = chance.choice("   --")
        body.append(sign + line)
        if chance.random() < 0.4:
            body.append("+" + chance.choice(WORDS) + "!")
    if not body or body[-1].startswith("@@"):
        body.append("+new")
    if high == len(lines) and chance.random() < 0.3:
        body.append("*** End of File")
    return body, high


def _update(chance: random.Random, lines: list[str], name: str = "a.txt", chunks: int | None = None) -> list[str]:
    out, at = [f"*** Update File: {name}"], 0
    for _ in range(chunks or chance.randint(1, 3)):
        body, at = _chunk(chance, lines, at)
        out += body
    return out


def _patch(*parts: list[str], ending: str = "\n") -> str:
    return ending.join(["*** Begin Patch", *(line for part in parts for line in part), "*** End Patch"]) + ending


def _valid(chance: random.Random) -> Made:
    lines = _lines(chance)
    return {"a.txt": _file(lines)}, _patch(_update(chance, lines))


def _shifted(chance: random.Random) -> Made:
    """The file has moved on since the patch was made."""
    lines = _lines(chance)
    patch = _patch(_update(chance, lines))
    at = chance.randint(0, len(lines))
    if chance.random() < 0.5:
        lines[at:at] = _lines(chance, 5)
    else:
        del lines[at : at + chance.randint(1, 2)]
    return {"a.txt": _file(lines)}, patch


def _whitespace(chance: random.Random) -> Made:
    lines = _lines(chance)
    patch = _patch(_update(chance, lines))
    worn = [chance.choice((line, line + "  ", "  " + line, line.strip(), line.replace("\t", "    "))) for line in lines]
    return {"a.txt": _file(worn)}, patch


def _unicode(chance: random.Random) -> Made:
    lines = [*_lines(chance), "it's a-b", 'say "so"', "\u00e4\u00f6 - \u2026"]
    chance.shuffle(lines)
    patch = _patch(_update(chance, lines))
    fancy = ["".join(FANCY.get(c, c) if chance.random() < 0.3 else c for c in line) for line in lines]
    return {"a.txt": _file(fancy)}, patch


def _crlf(chance: random.Random) -> Made:
    lines = _lines(chance)
    patch = _patch(_update(chance, lines), ending=chance.choice(("\n", "\r\n")))
    return {"a.txt": _file(lines, "\r\n", final=chance.random() < 0.7)}, patch


def _mixed_ends(chance: random.Random) -> Made:
    lines = _lines(chance)
    text = "".join(line + chance.choice(("\n", "\n", "\r\n", "\r", "\r\r\n")) for line in lines)
    return {"a.txt": text.encode()}, _patch(_update(chance, lines))


def _no_final(chance: random.Random) -> Made:
    lines = _lines(chance)
    return {"a.txt": _file(lines, final=False)}, _patch(_update(chance, lines))


def _overlapping(chance: random.Random) -> Made:
    lines = _lines(chance)
    parts = [_chunk(chance, lines)[0] for _ in range(3)]
    chance.shuffle(parts)
    return {"a.txt": _file(lines)}, _patch(["*** Update File: a.txt"], *parts)


def _repeated(chance: random.Random) -> Made:
    lines = [chance.choice(("x", "y", "x", "")) for _ in range(chance.randint(2, 12))]
    return {"a.txt": _file(lines)}, _patch(_update(chance, lines))


HEADERS = (
    "*** Change File: a.txt", "*** Update File:a.txt", "*** update file: a.txt", "  *** Update File: a.txt",
    "*** Add File: ", "*** Environment ID: e", "*** Environment ID:", "***", "---", "+++ b/a.txt",
    "*** Begin Patch", "*** End Patch",
    "*** End of File", "*** Move to: b.txt", "@@", "@@ x", "@@x", "\t@@", " ", "", "\t", "garbage", "diff --git a b",
    " *** End Patch", "*** End Patch ", "*** Delete File: a.txt", "*** Update File: a.txt", "@@ -1,2 +1,2 @@", "EOF",
)  # fmt: skip


def _bad_header(chance: random.Random) -> Made:
    """A line that does not belong where it stands."""
    lines = _lines(chance)
    patch = _patch(_update(chance, lines)).split("\n")
    patch.insert(chance.randint(0, len(patch) - 1), chance.choice(HEADERS))
    return {"a.txt": _file(lines), "b.txt": b"b\n"}, "\n".join(patch)


def _soup(chance: random.Random) -> Made:
    """Lines of patches in any order."""
    stock = (
        *HEADERS,
        " alpha",
        "-beta",
        "+gamma",
        "+",
        "-",
        "*** Update File: b.txt",
        "*** Add File: n.txt",
        "@@ alpha",
    )
    body = [chance.choice(stock) for _ in range(chance.randint(1, 6))]
    if chance.random() < 0.7:
        body.insert(0, chance.choice(("*** Update File: a.txt", "*** Add File: c.txt", "*** Update File: b.txt")))
    return {"a.txt": b"alpha\nbeta\nx\n", "b.txt": b"\nbeta\n"}, _patch(body)


def _mangled(chance: random.Random) -> Made:
    """A good patch with a character gone, doubled or replaced, or a line gone."""
    files, patch = _valid(chance)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(patch))
        patch = chance.choice(
            (patch[:at] + patch[at + 1 :], patch[:at] + patch[at] + patch[at:], f"{patch[:at]}\n{patch[at:]}")
        )
    return files, patch


def _bounds(chance: random.Random) -> Made:
    files, patch = _valid(chance)
    opened = chance.choice(("<<EOF", "<<'EOF'", '<<"EOF"', "<<'PATCH'", "<<EOF ", "```", "", "\ufeff", "apply_patch"))
    closed = chance.choice(("EOF", "EOF\n", "xEOF", "PATCH", "```", "", "\n\n  "))
    if chance.random() < 0.3:
        patch = patch.removesuffix("*** End Patch\n")
    if chance.random() < 0.2:
        patch = patch.removeprefix("*** Begin Patch\n")
    return files, f"{opened}\n{patch}{closed}"


def _moves(chance: random.Random) -> Made:
    lines = _lines(chance)
    target = chance.choice(("b.txt", "new/deep/c.txt", "a.txt", "dir", "./b.txt", " b.txt", "b.txt ", "sub/in.txt"))
    body = _update(chance, lines)
    body.insert(1, f"*** Move to: {target}")
    return {"a.txt": _file(lines), "sub/in.txt": b"in\n", "dir/x": b"", "b.txt": b"old\n"}, _patch(body)


def _deletes(chance: random.Random) -> Made:
    names = [chance.choice(("a.txt", "b.txt", "dir", "none", "dir/x", "./a.txt", "a.txt/y")) for _ in range(2)]
    return {"a.txt": b"a\n", "b.txt": b"", "dir/x": b"x"}, _patch([f"*** Delete File: {name}" for name in names])


def _adds(chance: random.Random) -> Made:
    parts: list[list[str]] = []
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(("a.txt", "n.txt", "new/n.txt", "dir", "a.txt/below", "./n.txt", "\u00fc n.txt"))
        parts.append([f"*** Add File: {name}", *(f"+{line}" for line in _lines(chance, 4))])
    return {"a.txt": b"a\n", "dir/x": b"x"}, _patch(*parts)


def _several(chance: random.Random) -> Made:
    """Files one after another, each seeing what came before."""
    one, two = _lines(chance), _lines(chance)
    parts = [
        _update(chance, one), _update(chance, two, "b.txt"), _update(chance, one), ["*** Delete File: b.txt"],
        ["*** Add File: b.txt", "+alpha", "+beta"], ["*** Update File: missing.txt", "@@", "-a", "+b"],
    ]  # fmt: skip
    return {"a.txt": _file(one), "b.txt": _file(two)}, _patch(*chance.sample(parts, 3))


def _edges(chance: random.Random) -> Made:
    """Small files and chunks of next to nothing."""
    texts = (b"", b"\n", b"\n\n", b"a", b"a\n", b"a\n\n", b"a\nb", b"\r\n", b"\r", b"a\r\n\r\n", b"\xff")
    stock = (" ", "", "-", "+", "+x", " a", "-a", "@@", "*** End of File", "-b", "@@ a")
    body = [chance.choice(stock) for _ in range(chance.randint(1, 5))]
    return {"a.txt": chance.choice(texts)}, _patch(["*** Update File: a.txt", "@@"], body)


def _at_end(chance: random.Random) -> Made:
    lines = _lines(chance)
    tail = lines[-chance.randint(1, 3) :]
    body = ["*** Update File: a.txt", "@@", *(chance.choice(" -") + line for line in tail), "+last", "*** End of File"]
    if chance.random() < 0.5:
        lines += chance.choice(([""], ["more"], tail))
    return {"a.txt": _file(lines)}, _patch(body)


KINDS: Mapping[str, Callable[[random.Random], Made]] = {
    "valid": _valid, "shifted": _shifted, "whitespace": _whitespace, "unicode": _unicode, "crlf": _crlf,
    "mixed line ends": _mixed_ends, "no final newline": _no_final, "overlapping": _overlapping,
    "repeated context": _repeated, "bad header": _bad_header, "soup": _soup, "mangled": _mangled, "bounds": _bounds,
    "moves": _moves, "deletes": _deletes, "adds": _adds, "several files": _several, "edges": _edges,
    "at the end": _at_end,
}  # fmt: skip
