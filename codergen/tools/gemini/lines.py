"""Text as lines that keep their ends. Pure."""


def with_ends(text: str) -> list[str]:
    """Only `\\n` ends a line; there is no empty one after the last."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
