"""Exceptions of the openai and anthropic SDKs to our errors. Works on attributes: no SDK is imported here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from providers.errors import Failure, ProviderError, classify
from providers.retry import retry_after


def _chain(error: BaseException) -> list[BaseException]:
    """An exception and what it was raised from, without endless loops."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = getattr(current, "original_exception", None) or current.__cause__ or current.__context__
    return found


def _body(error: BaseException) -> Mapping[str, Any]:
    body = getattr(error, "body", None)
    if not isinstance(body, dict):
        return {}
    inner = cast("dict[str, Any]", body).get("error", body)
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}


def _headers(error: BaseException) -> Mapping[str, str]:
    for holder in (getattr(error, "response", None), error):
        headers = getattr(holder, "headers", None) or getattr(holder, "litellm_response_headers", None)
        if headers:
            return {str(name): str(value) for name, value in dict(headers).items()}
    return {}


def failure(error: BaseException, *, began: bool) -> Failure:
    """The facts that `classify` decides on.

    litellm wraps what happens after a stream was opened, and gives lost connections a status of its own making: the
    wrapped exception speaks, and a status counts only where an answer carried it.
    """
    error = getattr(error, "original_exception", None) or error
    chain = _chain(error)
    names = [cls.__name__ for link in chain for cls in type(link).__mro__ if cls is not object]
    words = [
        getattr(error, "code", None),
        getattr(error, "type", None),
        getattr(error, "error_code", None),
        *(_body(error).get(k) for k in ("code", "type")),
    ]
    status = None if "APIConnectionError" in names else getattr(error, "status_code", None)
    return Failure(
        status=status if isinstance(status, int) else None,
        code=" ".join(dict.fromkeys(str(word).lower() for word in words if word)),
        exception=" ".join(names),
        body=str(getattr(error, "api_message", "") or getattr(error, "message", "") or error),
        began=began,
    )


def provider_error(error: BaseException, *, provider: str, began: bool, now: datetime) -> ProviderError:
    """The error of ours that stands for `error`; raise it `from error`."""
    facts = failure(error, began=began)
    headers = {name.lower(): value for name, value in _headers(error).items()}
    return classify(facts)(
        f"{provider}: {facts.body[:2000] or type(error).__name__}",
        provider=provider,
        status=facts.status,
        code=facts.code,
        retry_after=retry_after(headers, now=now),
        request_id=getattr(error, "request_id", None) or headers.get("x-request-id") or headers.get("request-id"),
    )
