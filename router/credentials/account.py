"""What a job has used up, and whether one more request fits. No I/O; one event loop, so nothing comes between."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from providers.catalog import Catalog
from providers.pricing import Price, cost
from providers.types import Usage
from router.credentials.policy import Asked
from router.credentials.refusal import Refusal
from router.credentials.values import Exchange, GateLimits, Ledger, QuotaWindow, Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A request may go out."""

    usd: Decimal
    """Held for it: its worst case, zero where no price is known."""
    output_limit: int | None = None
    """Set where the request has to be lowered to this to fit."""


def worst_case(price: Price | None, asked: Asked, output: int | None) -> Decimal | None:
    """The most that a request can cost when each alternative writes `output` tokens: all input written to the dearest
    cache. None is unknown."""
    if not asked.generates:
        return Decimal(0)
    if price is None or output is None or asked.dear:
        return None
    tokens = asked.input_tokens
    ways = [Usage(input=tokens), Usage(cache_write=tokens)]
    ways += [Usage(cache_write_1h=tokens)] if asked.long_cache else []
    costs = [cost(price, way + Usage(output=output * asked.alternatives)) for way in ways]
    return max((known for known in costs if known is not None), default=None)


def affordable(price: Price | None, asked: Asked, left: Decimal) -> int:
    """Tokens that each alternative may write for `left` dollars."""
    entry = worst_case(price, asked, 0)
    if price is None or entry is None or not price.output:
        return 0
    return max(0, int((left - entry) / (price.output * asked.alternatives)))


@dataclass(slots=True)
class Account:
    """One job's. `admit` before a request, `settle` exactly once after it."""

    api: str
    limits: GateLimits
    catalog: Catalog
    ledger: Ledger = field(default_factory=Ledger)
    _windows: dict[str, QuotaWindow] = field(default_factory=dict[str, QuotaWindow])

    def admit(self, asked: Asked) -> Hold | Refusal:
        """What is held for the request, or why it is not sent; the latter is a stop."""
        limits, ledger = self.limits, self.ledger
        if ledger.stop is not None:
            return refusal_of(ledger.stop)
        if ledger.requests >= limits.requests:
            return self.stop(Stop(reason="requests", message=f"the job's {limits.requests} requests are used up"))
        price = self.catalog.price(self.api, asked.model)
        output = asked.output_tokens or self.catalog.info(self.api, asked.model).max_output_tokens
        worst = worst_case(price, asked, output)
        hold = Hold(usd=worst or Decimal(0)) if limits.usd is None else self._fitted(asked, price, worst, limits.usd)
        if isinstance(hold, Stop):
            return self.stop(hold)
        self.ledger = replace(ledger, requests=ledger.requests + 1, held_usd=ledger.held_usd + hold.usd)
        return hold

    def _fitted(self, asked: Asked, price: Price | None, worst: Decimal | None, budget: Decimal) -> Hold | Stop:
        """The request within what is left of the budget, if need be with less output."""
        if worst is None:
            text = f"the price of {asked.model} as asked for is not known, and the job has a budget"
            return Stop(reason="unpriced", message=text)
        left = budget - self.ledger.known_usd - self.ledger.held_usd
        if worst <= left:
            return Hold(usd=worst)
        least, most = self.limits.least_output, affordable(price, asked, left)
        if least is not None and most >= max(least, asked.thinking_tokens + 1):
            return Hold(usd=worst_case(price, asked, most) or worst, output_limit=most)
        text = f"the request can cost ${worst:.4f} and ${max(left, Decimal(0)):.4f} of ${budget} are left"
        return Stop(reason="budget", message=text)

    def stop(self, stop: Stop) -> Refusal:
        """The first stop stays."""
        if self.ledger.stop is None:
            self.ledger = replace(self.ledger, stop=stop)
        return refusal_of(self.ledger.stop or stop)

    def price(self, model: str, usage: Usage) -> Decimal | None:
        """Dollars of an answer."""
        return cost(self.catalog.price(self.api, model), usage)

    def note(self, windows: tuple[QuotaWindow, ...]) -> None:
        """The latest word on each allowance."""
        self._windows |= {window.name: window for window in windows}
        self.ledger = replace(self.ledger, windows=tuple(self._windows.values()))

    def settle(self, done: Exchange, held: Decimal) -> None:
        """Count what became of a request that `admit` let out, or of one that it did not."""
        ledger = self.ledger
        problems = dict(ledger.problems)
        if done.problem:
            problems[done.problem] = problems.get(done.problem, 0) + 1
        unknown = done.sent and done.cost_usd is None
        self.ledger = replace(
            ledger,
            refused=ledger.refused + (not done.sent),
            usage=ledger.usage + (done.usage or Usage()),
            known_usd=ledger.known_usd + (done.cost_usd or Decimal(0)),
            unpriced=ledger.unpriced + unknown,
            held_usd=ledger.held_usd - (Decimal(0) if unknown else held),
            incomplete_answers=ledger.incomplete_answers + (done.whole is False and not done.abandoned),
            last_whole=bool(done.whole) if done.sent and done.generates else ledger.last_whole,
            abandoned=ledger.abandoned + done.abandoned,
            problems=problems,
        )


_STATUS = {"auth": 401, "permission": 403}


def refusal_of(stop: Stop) -> Refusal:
    """What a tool is told once a job must not go on."""
    return Refusal(status=_STATUS.get(stop.reason, 402), code=stop.reason, message=stop.message)


def stop_for(kind: str, status: int) -> Stop | None:
    """The stop that an error of the vendor's means, by its `providers.errors` kind."""
    match kind:
        case "auth_failed":
            return Stop(reason="auth", message="the vendor does not accept the key", status=status)
        case "permission_denied":
            return Stop(reason="permission", message="the key may not do this", status=status)
        case "quota_exhausted":
            return Stop(reason="quota", message="the key's allowance or money is used up", status=status)
        case _:
            return None
