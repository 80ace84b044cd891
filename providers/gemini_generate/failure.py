"""Exceptions of google-genai to our errors: the typed details of `google.rpc` first, then status and text. Pure.

`errors.APIError` carries `code` (the HTTP status, also of an error that came in mid-stream), `status` (the name of
`google.rpc.Code`) and `details` (the body). Everything else goes to `providers.failure`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from providers import failure as common
from providers.errors import (
    AuthFailed,
    BadRequest,
    Failure,
    GarbledResponse,
    PermissionDenied,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    classify,
)
from providers.gemini_generate.contents import API
from providers.retry import retry_after

_BAD_KEY = re.compile(
    r"api[ _]key (not valid|not found|expired|is invalid)|reported as leaked|unregistered callers", re.I
)
_BAD_KEY_REASONS = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED", "ACCESS_TOKEN_EXPIRED", "CREDENTIALS_MISSING"})
_WRONG_PLACE = re.compile(r"location is not supported", re.I)
_BY_DAY = re.compile(r"per[ _]?(day|month|year)", re.I)
_BY_MINUTE = re.compile(r"per[ _]?(minute|second|hour)", re.I)

OURS: Mapping[str, type[ProviderError]] = {
    "EphemeralTokenAPIKeyError": AuthFailed,
    "InvalidURL": BadRequest,
    "UnsupportedProtocol": BadRequest,
    "LocalProtocolError": BadRequest,
}
"""Exceptions about what this side sent: a key of the wrong kind, an address that is none, a header that cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rpc:
    """What a `google.rpc.Status` body tells."""

    status: str = ""
    message: str = ""
    reasons: frozenset[str] = frozenset()
    """Of `ErrorInfo`."""
    quotas: tuple[str, ...] = ()
    """Ids of `QuotaFailure`, e.g. `GenerateRequestsPerDayPerProjectPerModel-FreeTier`."""
    delay: float | None = None
    """Seconds, of `RetryInfo`."""


def rpc(body: object) -> Rpc:
    """Reads a body of any shape; what is not there is empty."""
    outer = _mapping(next(iter(_sequence(body)), body))
    inner = _mapping(outer.get("error")) or outer
    details = [_mapping(detail) for detail in _sequence(inner.get("details"))]
    quotas = [_mapping(found) for detail in details for found in _sequence(detail.get("violations"))]
    delays = [_seconds(detail.get("retryDelay")) for detail in details]
    return Rpc(
        status=str(inner.get("status") or ""),
        message=str(inner.get("message") or ""),
        reasons=frozenset(str(detail["reason"]) for detail in details if detail.get("reason")),
        quotas=tuple(str(quota.get("quotaId") or quota.get("subject") or "") for quota in quotas),
        delay=next((delay for delay in delays if delay is not None), None),
    )


def kind(told: Rpc, facts: Failure) -> type[ProviderError]:
    """Which of our errors it is. Google says a bad key with 400, and both kinds of empty quota with 429."""
    if told.reasons & _BAD_KEY_REASONS or (facts.status in (400, 401, 403) and _BAD_KEY.search(told.message)):
        return AuthFailed
    if facts.status == 400 and _WRONG_PLACE.search(told.message):
        return PermissionDenied
    if facts.status == 429:
        ids = " ".join(told.quotas)
        if _BY_DAY.search(ids):
            return QuotaExhausted
        if _BY_MINUTE.search(ids) or (not ids and told.delay is not None):
            return RateLimited
    return classify(facts)


def provider_error(error: BaseException, *, answered: bool, began: bool, now: datetime) -> ProviderError:
    """The error of ours that stands for `error`; raise it `from error`.

    `answered`: an HTTP answer came. What the SDK stumbles over before that is the request (a field of another platform,
    a model id that is none), and after it a body of an odd shape.
    """
    status = getattr(error, "code", None)
    if isinstance(status, int) and hasattr(error, "details"):
        return _told(error, status, began=began, now=now)
    name, text = type(error).__name__, f"{API}: {str(error)[:2000] or type(error).__name__}"
    if name in OURS:
        return OURS[name](text, provider=API)
    if isinstance(error, (TypeError, AttributeError, KeyError, ValueError)):
        return GarbledResponse(text, provider=API) if answered else BadRequest(text, provider=API, code="bad_request")
    return common.provider_error(error, provider=API, began=began, now=now)


def _told(error: BaseException, status: int, *, began: bool, now: datetime) -> ProviderError:
    told = rpc(getattr(error, "details", None))
    headers = dict(getattr(getattr(error, "response", None), "headers", None) or {})
    word = " ".join(sorted(told.reasons)) or told.status or str(getattr(error, "status", "") or "")
    message = told.message or str(error)
    facts = Failure(
        status=status,
        code=word.lower(),
        exception=" ".join(cls.__name__ for cls in type(error).__mro__ if cls is not object),
        body=message,
        began=began,
    )
    asked = retry_after({str(name): str(value) for name, value in headers.items()}, now=now)
    return kind(told, facts)(
        f"{API}: {message[:2000]}",
        provider=API,
        status=status,
        code=facts.code,
        retry_after=told.delay if told.delay is not None else asked,
        request_id=headers.get("x-request-id"),
    )


def _seconds(duration: object) -> float | None:
    """A `google.protobuf.Duration` in JSON: `34.07s`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(duration or ""))
    return float(found[1]) if found else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _sequence(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
