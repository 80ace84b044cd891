"""What a model is shown of an output: tokens by the vendor's rule of thumb, and the middle cut out. Pure."""

from codergen.tools.processes import Output
from codergen.tools.wording import Wording, said

BYTES = 4
"""Of a token."""
MOST = 10_000
"""Tokens of one output."""


def count(size: int) -> int:
    """Tokens of so many bytes."""
    return -(-size // BYTES)


def size(output: Output) -> int:
    """Bytes that were printed, those that nobody kept included."""
    return len(output.head) + output.dropped + len(output.tail)


def text(wording: Wording, output: Output) -> str:
    """What was kept; a line stands for what was not."""
    return output.text(f"\n{_omitted(wording, output)}\n")


def shown(wording: Wording, output: Output, asked: int | None) -> str:
    """`output`, or its first and last bytes with a word on what is missing, when it has more tokens than `asked`."""
    budget = BYTES * max(0, min(MOST if asked is None else asked, MOST))
    whole = text(wording, output)
    data = whole.encode()
    if len(data) <= budget:
        return whole
    head, tail = _ends(data, budget)
    lines = wording.text(said("output.lines", lines=_lines(whole)))
    return wording.text(
        said(
            "output.cut",
            tokens=count(size(output)),
            measure=_omitted(wording, output) if output.dropped else lines,
            head=head,
            removed=count(len(data) - budget),
            tail=tail,
        )
    )


def _omitted(wording: Wording, output: Output) -> str:
    return wording.text(said("output.omitted", bytes=output.dropped))


def _ends(data: bytes, budget: int) -> tuple[str, str]:
    """Half of the budget each, whole characters only."""
    head, tail = budget // 2, budget - budget // 2
    return data[:head].decode("utf-8", "ignore"), data[len(data) - tail :].decode("utf-8", "ignore")


def _lines(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n") and bool(text))
