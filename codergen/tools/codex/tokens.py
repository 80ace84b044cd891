"""What a model is shown of an output: tokens by the vendor's rule of thumb, and the middle cut out. Pure."""

from codergen.tools.wording import Wording, said

BYTES = 4
"""Of a token."""
MOST = 10_000
"""Tokens of one output."""


def count(size: int) -> int:
    """Tokens of so many bytes."""
    return -(-size // BYTES)


def shown(wording: Wording, output: str, asked: int | None) -> str:
    """`output`, or its first and last bytes with a word on what is missing, when it has more tokens than `asked`."""
    budget = BYTES * max(0, min(MOST if asked is None else asked, MOST))
    data = output.encode()
    if len(data) <= budget:
        return output
    head, tail = _ends(data, budget)
    return wording.text(
        said(
            "output.cut",
            tokens=count(len(data)),
            lines=_lines(output),
            head=head,
            removed=count(len(data) - budget),
            tail=tail,
        )
    )


def _ends(data: bytes, budget: int) -> tuple[str, str]:
    """Half of the budget each, whole characters only."""
    head, tail = budget // 2, budget - budget // 2
    return data[:head].decode("utf-8", "ignore"), data[len(data) - tail :].decode("utf-8", "ignore")


def _lines(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n") and bool(text))
