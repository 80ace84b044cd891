"""What the proxy is told, and what it tells at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from providers.registry import Endpoint
from providers.types import Usage

CredentialKind = Literal["key", "login"]
StopReason = Literal["auth", "permission", "quota", "budget", "unpriced", "requests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a job may use of ours."""

    api: str
    """A name in `wires.WIRES`, the same as in `providers.registry`."""
    endpoint: Endpoint
    """Where the vendor is, and for kind `key` the key. `timeout` and `headers` are not used."""
    kind: CredentialKind = "key"
    """`login` is a tool's own sign-in (a subscription); see `gateway.opened` for why it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """What one job may ask for."""

    requests: int = 500
    """Sent to the vendor; the next one is refused."""
    usd: Decimal | None = None
    """A request is sent only when its worst case fits into what is left. With a budget, an unknown price is refused."""
    least_output: int | None = 8192
    """A request that would not fit is sent with a lower output limit, if at least this many tokens can be paid; None
    never changes a request. Tools ask for 128,000 at a time, or set no limit at all."""
    idle_s: float = 300.0
    """Longest silence of the vendor, before the answer and within it. Reasoning models are silent for minutes."""
    body_bytes: int = 32 << 20
    """Largest request."""
    hosted_tools: bool = False
    """Let the vendor run tools on its side (search, fetch, code, connectors): a way out of the sandbox's network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a job must not go on. Every later request is refused with the same words."""

    reason: StopReason
    message: str
    """For people; without secrets."""
    status: int | None = None
    """What the vendor answered; None when it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaWindow:
    """One allowance, as the last answer that spoke of it said."""

    name: str
    """e.g. `requests`, `tokens`, `5h`."""
    limit: float | None = None
    remaining: float | None = None
    used: float | None = None
    """Share of 1."""
    resets: datetime | None = None
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what became of it: a line of the log. No header, no key, no word of a prompt or an answer."""

    at: datetime
    method: str
    path: str
    model: str = ""
    status: int
    """What the tool was told."""
    seconds: float = 0.0
    first_byte_s: float | None = None
    """When the vendor's first byte of the answer's body came."""
    generates: bool = True
    """A call of the model, as against a count of tokens."""
    output_limit: int | None = None
    """What the request's output limit was lowered to, to fit the budget."""
    sent: bool = True
    """It reached the vendor, or was meant to: False for what we refused."""
    whole: bool | None = None
    """The end of the answer was seen; None for errors."""
    abandoned: bool = False
    """The tool hung up first."""
    problem: str = ""
    """`providers.errors` kind, or why we refused."""
    usage: Usage | None = None
    cost_usd: Decimal | None = None
    """None is unknown."""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What a station reads to judge its own run."""

    requests: int = 0
    refused: int = 0
    usage: Usage = field(default_factory=Usage)
    known_usd: Decimal = Decimal(0)
    unpriced: int = 0
    """Answers whose cost is not known: no price, or cut before their counts came."""
    held_usd: Decimal = Decimal(0)
    """Worst case of requests that run, and of ended ones whose cost is not known; counts against the budget."""
    incomplete_answers: int = 0
    """Successful answers that lack their end. A run with one is not done, whatever its exit code says."""
    last_whole: bool | None = None
    """The answer that ended last was whole; None before the first, and for token counts. False also for an error."""
    abandoned: int = 0
    problems: Mapping[str, int] = field(default_factory=dict[str, int])
    """Kind -> how often."""
    stop: Stop | None = None
    windows: tuple[QuotaWindow, ...] = ()

    @property
    def cost_usd(self) -> Decimal | None:
        """None as soon as one answer's cost is unknown."""
        return None if self.unpriced else self.known_usd
