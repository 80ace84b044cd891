"""What can go wrong on the way, by name. Pure: frames and a fault become steps, which the server carries out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from providers.twin.front import Failure, FailureName, Frame, Turn

FaultName = Literal[
    "latency",
    "slow_tokens",
    "400",
    "401",
    "403",
    "404",
    "429",
    "quota",
    "too_long",
    "500",
    "503",
    "529",
    "reset_before",
    "reset_after",
    "cut",
    "ended_early",
    "interrupted",
    "half_json",
    "duplicates",
    "garbage",
    "wrong_type",
    "hang",
    "hang_midway",
]
NAMES = cast("tuple[FaultName, ...]", get_args(FaultName))
REFUSALS: Mapping[FaultName, tuple[FailureName, str]] = {
    "400": ("bad_request", "this request is not understood"),
    "401": ("auth", "this key is not accepted"),
    "403": ("permission", "this key may not do that"),
    "404": ("model_not_found", "there is no such model"),
    "429": ("rate_limit", "too many requests, slow down"),
    "quota": ("quota", "your credit is used up, check plan and billing"),
    "too_long": ("too_long", "the request is longer than the maximum context length of this model"),
    "500": ("server", "something broke here"),
    "503": ("unavailable", "not available at the moment"),
    "529": ("overloaded", "too busy at the moment"),
}
"""Faults that are an answer of the service: one of its errors, told in its own words by the front."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. In a script it belongs to a turn; given to the twin, it belongs to every request."""

    name: FaultName
    first: int | None = None
    """Only this many requests suffer it, then all is well. None: for a twin every request; for a turn of a script
    the next one, and the turn is over with it."""
    seconds: float | None = None
    """Of `latency` (2) and of each pause of `slow_tokens` (0.2)."""
    retry_after: float | None = None
    """Told with a refusal; `429` tells one second when this is None."""

    def failure(self) -> Failure | None:
        """What the service says, for a fault that is one of its own errors."""
        if self.name not in REFUSALS:
            return None
        name, message = REFUSALS[self.name]
        told = 1.0 if self.name == "429" and self.retry_after is None else self.retry_after
        return Failure(name=name, message=message, retry_after=told)


@dataclass(frozen=True, slots=True)
class Send:
    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float
    """Infinite: until the client leaves."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset (RST)."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is closed (FIN) although the body is not whole."""


Step = Send | Wait | Reset | Cut
RESET_AFTER = 0.05
"""Seconds that a client has to read what was sent: a reset throws away what it has not read."""


def steps(frames: Sequence[Frame], turn: Turn, fault: Fault | None, interruption: Frame) -> Iterator[Step]:
    """How one answer goes out. No step is a whole, clean end. `interruption` is the vendor's error in mid-stream."""
    name = fault.name if fault else ""
    if name == "hang":
        yield Wait(math.inf)
    if name == "reset_before":
        yield Reset()
    seconds = fault.seconds if fault else None
    if delay := turn.delay + ((2.0 if seconds is None else seconds) if name == "latency" else 0.0):
        yield Wait(delay)
    pause = turn.pause + ((0.2 if seconds is None else seconds) if name == "slow_tokens" else 0.0)
    strike = _strike_at(frames)
    began = False
    for at, frame in enumerate(frames):
        if began and frame.content and pause:
            yield Wait(pause)
        began = began or frame.content
        if at == strike and name in STRIKES:
            yield from _struck(name, frame, interruption)
            if name not in GO_ON:
                return
            continue
        yield Send(frame.data)
        if at == 0 and name == "reset_after":
            yield Wait(RESET_AFTER)
            yield Reset()
        if frame.content and name == "duplicates":
            yield Send(frame.data)


STRIKES = frozenset({"cut", "ended_early", "interrupted", "half_json", "garbage", "hang_midway"})
GO_ON = frozenset({"half_json", "garbage"})


def _strike_at(frames: Sequence[Frame]) -> int:
    """The third piece of content, or the last one there is: an answer has begun by then and is not whole."""
    content = [at for at, frame in enumerate(frames) if frame.content]
    return content[min(2, len(content) - 1)] if content else len(frames) - 1


def _struck(name: str, frame: Frame, interruption: Frame) -> Iterator[Step]:
    match name:
        case "cut":
            yield Send(frame.data[: len(frame.data) // 2])
            yield Cut()
        case "interrupted":
            yield Send(interruption.data)
        case "half_json":
            body = frame.data.rstrip(b"\n")
            yield Send(body[: len(body) - len(body) // 4] + b"\n\n")
        case "garbage":
            yield Send(b"data: {\x00\xfe no json at all\n\n")
            yield Send(frame.data)
        case "hang_midway":
            yield Wait(math.inf)
        case _:  # ended_early: the body ends here, properly
            return
