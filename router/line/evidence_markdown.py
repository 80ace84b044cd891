"""Other people's words inside Markdown stay words: no headings, links, tables or terminal escapes of theirs. Pure."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SPECIAL = re.compile(r"([\\`*\[\]<>|~&]|(?<![^\W_])_|_(?![^\W_])|^[#+=-])")
"""Marks that mean something within a line, and those that do so at its start."""


def clean(text: str) -> str:
    """Without control characters, direction marks and lone surrogates; they are shown as a replacement mark."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str, limit: int = 300) -> str:
    """Prose in running text: one line, every mark escaped, cut."""
    flat = " ".join(clean(text).split())
    if len(flat) > limit:
        flat = flat[: limit - 1].rstrip() + "…"
    return _SPECIAL.sub(r"\\\1", flat)


def code(text: str, limit: int = 300) -> str:
    """Inline code, also in table cells; its fence is longer than any run of backticks inside."""
    flat = " ".join(clean(text).split()) or " "
    if len(flat) > limit:
        flat = flat[: limit - 1] + "…"
    flat = flat.replace("|", "\\|")
    ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", flat)), default=0))
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{ticks}{pad}{flat}{pad}{ticks}"


def block(text: str, limit: int = 6000, language: str = "text") -> str:
    """A fenced block that nothing inside can close."""
    body = clean(text).strip("\n")
    if len(body) > limit:
        body = body[:limit].rstrip() + f"\n… ({len(body) - limit} more characters)"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", body)), default=0))
    return f"{fence}{language}\n{body}\n{fence}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], right: frozenset[int] = frozenset()) -> str:
    """Cells are finished Markdown on one line; columns in `right` are numbers."""
    rule = tuple("---:" if n in right else "---" for n in range(len(head)))
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def bullets(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {one_line(line, 600)}" for line in lines if line.strip())
