"""How far a download is, in words; and the one small writer that shows it on a screen or in a log."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One look at a running install. Bytes are those to be downloaded."""

    label: str
    done: int
    total: int
    seconds: float
    """Since this run began."""
    resumed_at: int = 0
    """Bytes that an earlier run had already brought."""


Report = Callable[[Progress], None]


def seconds_left(progress: Progress) -> float | None:
    """Time left at the mean speed of this run; None before there is one to speak of."""
    fresh = progress.done - progress.resumed_at
    if progress.seconds < 0.5 or fresh <= 0:
        return None
    return (progress.total - progress.done) * progress.seconds / fresh


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def line(progress: Progress) -> str:
    """E.g. `weights  412.3 of 1117.4 MB  37 %  52 s left`."""
    share = 100 * progress.done // progress.total if progress.total else 100
    left = seconds_left(progress)
    told = f"{progress.label}  {progress.done / 1e6:.1f} of {progress.total / 1e6:.1f} MB  {share} %"
    return told if left is None or progress.done >= progress.total else f"{told}  {_clock(left)} left"


@dataclass(slots=True, kw_only=True)
class Printer:
    """A `Report`: on a terminal one line that is rewritten, elsewhere a line every few seconds and one per end."""

    stream: TextIO
    every: float = 5.0
    clock: Callable[[], float] = time.monotonic
    _next: float = field(default=0.0)
    _last: str = ""

    def __call__(self, progress: Progress) -> None:
        ended = progress.done >= progress.total
        told = line(progress)
        if told == self._last:
            return
        self._last = told
        if self.stream.isatty():
            self.stream.write(f"\r{told}\x1b[K" + ("\n" if ended else ""))
        elif ended or self.clock() >= self._next:
            self._next = self.clock() + self.every
            self.stream.write(told + "\n")
        self.stream.flush()
