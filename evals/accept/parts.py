"""What the accept programs share: parts chosen by `ACCEPT`, a heading for each, one exit code."""

import sys
from collections.abc import Awaitable, Callable, Mapping

from codergen.settings import load

Part = Callable[[], Awaitable[bool]]
"""True when nothing was found that must not be."""


def run(parts: Mapping[str, Callable[[], bool]], *, default: str | None = None) -> int:
    """Every part that `ACCEPT` names, else `default` (all of them); 1 when a part found something that must not be."""
    chosen = load().environ.get("ACCEPT", default or ",".join(parts)).split(",")
    if unknown := [name for name in chosen if name not in parts]:
        say(f"no such part: {', '.join(unknown)}; there are {', '.join(parts)}")
        return 2
    wrong = [name for name in chosen if not parts[name]()]
    say("result: " + (f"not met: {', '.join(wrong)}" if wrong else "nothing that must not be"))
    return 1 if wrong else 0


def say(text: str) -> None:
    """A heading."""
    sys.stdout.write(f"\n== {text}\n")
    sys.stdout.flush()
