"""Money, counts and allowances; errors in each vendor's shape."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers.pricing import Price
from providers.types import Usage
from router.credentials import quota, refusal
from router.credentials.account import Account, Hold, affordable, stop_for, worst_case
from router.credentials.log import line
from router.credentials.policy import Asked
from router.credentials.refusal import Refusal
from router.credentials.testing import CATALOG
from router.credentials.values import Exchange, GateLimits, QuotaWindow, Stop

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ASKED = Asked(
    model="known",
    carrier="x-api-key",
    query=(),
    generates=True,
    input_tokens=1000,
    output_tokens=100,
    long_cache=False,
    dear=False,
)


def asked(**more: object) -> Asked:
    values = {name: getattr(ASKED, name) for name in Asked.__dataclass_fields__}
    return Asked(**(values | more))


def account(**limits: object) -> Account:
    return Account(api="anthropic_messages", limits=GateLimits(**limits), catalog=CATALOG)


def exchange(**more: object) -> Exchange:
    return Exchange(**({"at": NOW, "method": "POST", "path": "/v1/messages", "status": 200, "whole": True} | more))


def hold(job: Account, **more: object) -> Decimal:
    held = job.admit(asked(**more))
    assert isinstance(held, Hold), held
    return held.usd


def test_the_worst_case_writes_all_input_to_the_dearest_cache() -> None:
    price = Price(input=Decimal(2), output=Decimal(10), cache_write=Decimal(3), cache_write_1h=Decimal(4))
    assert worst_case(price, asked(), 100) == 3 * 1000 + 10 * 100
    assert worst_case(price, asked(long_cache=True), 100) == 4 * 1000 + 10 * 100
    assert worst_case(price, asked(alternatives=2), 100) == 3 * 1000 + 10 * 200
    assert worst_case(price, asked(), None) is None
    assert worst_case(price, asked(dear=True), 100) is None
    assert worst_case(None, asked(), 100) is None
    assert worst_case(None, asked(generates=False), None) == 0


def test_a_request_is_refused_before_it_could_overrun() -> None:
    job = account(usd=Decimal("0.05"))
    assert hold(job) == Decimal("0.02")
    assert hold(job) == Decimal("0.02")
    refused = job.admit(asked())  # both still run: what they may cost is held
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.code) == (402, "budget")
    assert "$0.0200" in refused.message and "$0.0100 of $0.05" in refused.message
    assert job.ledger.stop == Stop(reason="budget", message=refused.message)
    assert job.ledger.requests == 2


def test_output_is_lowered_to_what_can_be_paid() -> None:
    limits = {"usd": Decimal("0.5"), "least_output": 1000}
    price = CATALOG.price("anthropic_messages", "known")
    assert affordable(price, asked(), Decimal("0.5")) == 4900  # 1000 of input cost $0.01, one of output $0.0001
    assert affordable(price, asked(alternatives=2), Decimal("0.5")) == 2450
    lowered = account(**limits).admit(asked(output_tokens=128_000))
    assert lowered == Hold(usd=Decimal("0.5"), output_limit=4900)
    assert account(**limits).admit(asked()) == Hold(usd=Decimal("0.02"))
    for more in ({"input_tokens": 45_000}, {"thinking_tokens": 4900}):
        assert isinstance(account(**limits).admit(asked(output_tokens=128_000, **more)), Refusal)
    unchanged = account(usd=Decimal("0.5"), least_output=None)
    assert isinstance(unchanged.admit(asked(output_tokens=128_000)), Refusal)


def test_what_an_answer_really_cost_frees_the_rest() -> None:
    job = account(usd=Decimal("0.03"))
    job.settle(exchange(usage=Usage(input=1, output=1), cost_usd=Decimal("0.001")), hold(job))
    assert hold(job) == Decimal("0.02")
    assert (job.ledger.known_usd, job.ledger.held_usd) == (Decimal("0.001"), Decimal("0.02"))


def test_an_unknown_cost_stays_held_at_its_worst() -> None:
    job = account(usd=Decimal("0.03"))
    job.settle(exchange(whole=False, problem="cut_stream"), hold(job))
    ledger = job.ledger
    assert (ledger.cost_usd, ledger.unpriced, ledger.held_usd) == (None, 1, Decimal("0.02"))
    assert (ledger.incomplete_answers, ledger.last_whole, ledger.problems) == (1, False, {"cut_stream": 1})
    assert isinstance(job.admit(asked()), Refusal)


@pytest.mark.parametrize("more", [{"model": "new"}, {"dear": True}, {"model": "endless", "output_tokens": None}])
def test_an_unknown_price_is_refused_only_with_a_budget(more: dict[str, object]) -> None:
    assert hold(account(), **more) == 0
    refused = account(usd=Decimal(100)).admit(asked(**more))
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.code) == (402, "unpriced")


def test_an_unlisted_model_has_an_unknown_cost_and_never_zero() -> None:
    job = account()
    held = hold(job, model="new")
    job.settle(exchange(usage=Usage(input=5), cost_usd=job.price("new", Usage(input=5))), Decimal(0))
    assert (held, job.ledger.cost_usd, job.ledger.unpriced) == (0, None, 1)


def test_requests_are_counted_and_bounded() -> None:
    job = account(requests=1)
    assert hold(job) > 0
    refused = job.admit(asked())
    assert isinstance(refused, Refusal)
    assert refused.code == "requests"
    assert job.ledger.requests == 1


def test_the_first_stop_stays_and_shuts_the_door() -> None:
    job = account()
    job.stop(Stop(reason="auth", message="no", status=401))
    job.stop(Stop(reason="quota", message="other"))
    refused = job.admit(asked())
    assert isinstance(refused, Refusal)
    assert (refused.status, refused.code, refused.message) == (401, "auth", "no")


def test_a_hang_up_of_the_tool_is_no_incomplete_answer() -> None:
    job = account()
    job.settle(exchange(whole=False, abandoned=True), Decimal(0))
    assert (job.ledger.abandoned, job.ledger.incomplete_answers, job.ledger.last_whole) == (1, 0, False)
    job.settle(exchange(generates=False, cost_usd=Decimal(0)), Decimal(0))
    assert job.ledger.last_whole is False


def test_stops_by_kind() -> None:
    kinds = {"auth_failed": "auth", "permission_denied": "permission", "quota_exhausted": "quota"}
    for kind, reason in kinds.items():
        stop = stop_for(kind, 400)
        assert stop is not None
        assert (stop.reason, stop.status) == (reason, 400)
    assert stop_for("overloaded", 529) is None


def test_allowances_of_each_vendor() -> None:
    headers = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:09Z",
        "anthropic-ratelimit-unified-5h-utilization": "0.25",
        "anthropic-ratelimit-unified-5h-reset": str(int(NOW.timestamp()) + 60),
        "x-ratelimit-remaining-tokens": "99",
        "x-ratelimit-reset-tokens": "6m0.5s",
        "x-codex-primary-used-percent": "40",
        "x-codex-primary-reset-after-seconds": "30",
        "x-ratelimit-limit-odd": "many",
        "date": "x",
    }
    assert quota.windows(headers, now=NOW) == (
        QuotaWindow(name="5h", used=0.25, resets=NOW + timedelta(seconds=60), seen=NOW),
        QuotaWindow(name="odd", seen=NOW),
        QuotaWindow(name="primary", used=0.4, resets=NOW + timedelta(seconds=30), seen=NOW),
        QuotaWindow(name="requests", limit=50, remaining=0, resets=NOW + timedelta(seconds=9), seen=NOW),
        QuotaWindow(name="tokens", remaining=99, resets=NOW + timedelta(seconds=360.5), seen=NOW),
    )
    assert quota.wait(headers, "", now=NOW) == 9


def test_how_long_a_429_waits() -> None:
    assert quota.wait({}, "", now=NOW) == quota.WAIT_S
    assert quota.wait({}, '{"details": [{"retryDelay": "34.4s"}]}', now=NOW) == 34.4
    assert quota.wait({}, '"retryDelay": "9000s"', now=NOW) == quota.LONGEST_WAIT_S


TEXT = "codergen credential proxy: m"
SHAPES = {
    "anthropic_messages": {"type": "error", "error": {"type": "billing_error", "message": TEXT}},
    "openai_responses": {"error": {"message": TEXT, "type": "insufficient_quota", "param": None, "code": "budget"}},
    "gemini_generate": {"error": {"code": 402, "message": TEXT, "status": "FAILED_PRECONDITION"}},
}


@pytest.mark.parametrize(("api", "expected"), SHAPES.items())
def test_errors_have_the_vendors_shape(api: str, expected: object) -> None:
    refused = Refusal(status=402, code="budget", message="m")
    assert json.loads(refusal.body(api, refused)) == expected
    assert ("x-should-retry", "false") in refused.headers
    assert ("x-should-retry", "false") not in Refusal(status=502, code="x", message="").headers


def test_a_log_line_is_json_and_short() -> None:
    done = exchange(path="/" + "x" * 5000, usage=Usage(input=1), cost_usd=Decimal("0.0000001"), model="m\n")
    text = line(done)
    assert "\n" not in text and len(text) < 1000
    value = json.loads(text)
    assert (value["cost_usd"], value["usage"]["input"], value["at"]) == (
        "0.0000001",
        1,
        "2026-11-22T12:00:00.000+00:00",
    )
