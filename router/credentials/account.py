"""What a job has used up, and whether one more request fits. No I/O; one event loop, so nothing comes between."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from providers.catalog import Catalog
from providers.pricing import Price, cost
from providers.types import Usage
from router.credentials.policy import Asked
from router.credentials.refusal import Refusal
from router.credentials.values import Exchange, GateLimits, Ledger, QuotaWindow, Stop


def worst_case(price: Price | None, asked: Asked, most_output: int | None) -> Decimal | None:
    """The most that a request can cost: all input written to the dearest cache, all output used. None is unknown."""
    output = asked.output_tokens or most_output
    if not asked.generates:
        return Decimal(0)
    if price is None or output is None or asked.dear:
        return None
    tokens = asked.input_tokens
    ways = [Usage(input=tokens), Usage(cache_write=tokens)]
    ways += [Usage(cache_write_1h=tokens)] if asked.long_cache else []
    costs = [cost(price, way + Usage(output=output)) for way in ways]
    return max((known for known in costs if known is not None), default=None)


@dataclass(slots=True)
class Account:
    """One job's. `admit` before a request, `settle` exactly once after it."""

    api: str
    limits: GateLimits
    catalog: Catalog
    ledger: Ledger = field(default_factory=Ledger)
    _windows: dict[str, QuotaWindow] = field(default_factory=dict[str, QuotaWindow])

    def admit(self, asked: Asked) -> Decimal | Refusal:
        """Dollars held for the request (zero where no price is known), or why it is not sent; the latter is a stop."""
        limits, ledger = self.limits, self.ledger
        if ledger.stop is not None:
            return refusal_of(ledger.stop)
        if ledger.requests >= limits.requests:
            return self.stop(Stop(reason="requests", message=f"the job's {limits.requests} requests are used up"))
        info = self.catalog.info(self.api, asked.model)
        held = worst_case(self.catalog.price(self.api, asked.model), asked, info.max_output_tokens)
        if limits.usd is not None:
            if held is None:
                text = f"the price of {asked.model} as asked for is not known, and the job has a budget"
                return self.stop(Stop(reason="unpriced", message=text))
            left = limits.usd - ledger.known_usd - ledger.held_usd
            if held > left:
                text = f"the request can cost ${held:.4f} and ${max(left, Decimal(0)):.4f} of ${limits.usd} are left"
                return self.stop(Stop(reason="budget", message=text))
        held = held or Decimal(0)
        self.ledger = replace(ledger, requests=ledger.requests + 1, held_usd=ledger.held_usd + held)
        return held

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
