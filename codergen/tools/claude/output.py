"""What a model sees of a command's output, and how much of it. Pure."""

import re

SHOWN = 30_000
"""Characters of an output that are shown whole."""
OF_FAILED = 10_000
"""Characters of a failed command's output that are shown."""
PREVIEW = 2_000


def trimmed(text: str) -> str:
    """Without empty lines before it and blank space behind it."""
    return re.sub(r"\A(?:\s*\n)+", "", text).rstrip()


def preview(text: str) -> str:
    """The beginning, up to the end of a line where one is near."""
    head = text[:PREVIEW]
    at = head.rfind("\n")
    return head[:at] if at > PREVIEW // 2 else head


def middle_out(text: str) -> tuple[str, int, str]:
    """Head, number of characters between, tail."""
    half = OF_FAILED // 2
    return text[:half], len(text) - 2 * half, text[len(text) - half :]


def size(characters: int) -> str:
    """As the vendor writes it: `512 bytes`, `106.3KB`, `2MB`."""
    if characters < 1024:
        return f"{characters} bytes"
    amount, unit = characters / 1024, "KB"
    for larger in ("MB", "GB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.1f}".removesuffix(".0") + unit


def duration(seconds: float) -> str:
    """`1s`, `2m 0s`, `1h 0m 0s`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m {rest}s"
    return f"{minutes // 60}h {minutes % 60}m {rest}s"
