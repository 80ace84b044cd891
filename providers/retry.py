"""When to call again. The schedule is pure; the shell around it only waits, tells, and calls."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from providers.client import ModelClient
from providers.errors import ProviderError
from providers.events import ModelEvent
from providers.types import ModelRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Doubling waits with jitter, bounded in number and length."""

    calls: int = 4
    """At most this many calls in all."""
    first: float = 1.0
    longest: float = 30.0
    """Cap on a wait of our own choosing."""
    patience: float = 120.0
    """A service that asks for a longer wait than this is given up: another station can do the work sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """One retry, told to the caller before the wait begins."""

    error: ProviderError
    call: int
    """1-based number of the call that failed."""
    wait: float


NO_RETRY = RetryPolicy(calls=1)


def next_wait(policy: RetryPolicy, error: ProviderError, *, call: int, began: bool, chance: float) -> float | None:
    """Seconds to wait before another call, or None to give up.

    `call` is the 1-based number of the call that failed, `chance` a random number in [0, 1). Once output began
    nothing is called again: the caller has shown it, or acted on it.
    """
    if began or not error.retryable or call >= policy.calls:
        return None
    if error.retry_after is not None:
        return error.retry_after * (1 + 0.1 * chance) if error.retry_after <= policy.patience else None
    return min(policy.longest, policy.first * 2.0 ** (call - 1)) * (0.5 + 0.5 * chance)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds a service asks to wait, from `retry-after-ms` or `retry-after` (seconds or a date)."""
    lower = {name.lower(): value for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(lower[name]) / unit)
        except (KeyError, ValueError):
            continue
    try:
        at = parsedate_to_datetime(lower["retry-after"])
    except (KeyError, ValueError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


async def stream(
    client: ModelClient,
    request: ModelRequest,
    *,
    policy: RetryPolicy,
    on_retry: Callable[[Retry], None],
    chance: Callable[[], float] = random.random,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncGenerator[ModelEvent, None]:
    """`client.stream` with retries as `policy` says. Raises the last ProviderError when it gives up."""
    call = 1
    while True:
        began = False
        try:
            async with aclosing(client.stream(request)) as events:
                async for event in events:
                    began = True
                    yield event
            return
        except ProviderError as error:
            wait = next_wait(policy, error, call=call, began=began, chance=chance())
            if wait is None:
                raise
            on_retry(Retry(error=error, call=call, wait=wait))
        await sleep(wait)
        call += 1
