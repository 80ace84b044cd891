"""Exceptions of google-genai, httpx2 and the SDK's own stumbles to our errors."""

import inspect
from datetime import UTC, datetime

import httpx2
import pytest
from google.genai import _api_client, errors

from providers.errors import (
    AuthFailed,
    BadRequest,
    ContextFull,
    CutStream,
    GarbledResponse,
    ModelUnknown,
    NetworkFailed,
    Overloaded,
    PermissionDenied,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    ServerFault,
    TimedOut,
)
from providers.gemini_generate.client import FAILURES
from providers.gemini_generate.failure import provider_error, rpc

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RPC = "type.googleapis.com/google.rpc."


def mapped(error, *, answered=True, began=False):
    return provider_error(error, answered=answered, began=began, now=NOW)


def body(code, status, message="no", *details):
    return {"error": {"code": code, "status": status, "message": message, "details": list(details)}}


def quota(*ids):
    return {"@type": f"{RPC}QuotaFailure", "violations": [{"quotaMetric": "m", "quotaId": one} for one in ids]}


def info(reason):
    return {"@type": f"{RPC}ErrorInfo", "reason": reason, "domain": "googleapis.com"}


DELAY = {"@type": f"{RPC}RetryInfo", "retryDelay": "34.5s"}
PLAN = "You exceeded your current quota, please check your plan and billing details."
MINUTE = quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")
DAY = quota("GenerateContentInputTokensPerModelPerMinute", "GenerateRequestsPerDayPerProjectPerModel-FreeTier")


@pytest.mark.parametrize(
    ("code", "told", "kind", "retry_after"),
    [
        (400, body(400, "INVALID_ARGUMENT", "API key not valid.", info("API_KEY_INVALID")), AuthFailed, None),
        (400, body(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."), AuthFailed, None),
        (403, body(403, "PERMISSION_DENIED", "Your API key was reported as leaked."), AuthFailed, None),
        (403, body(403, "PERMISSION_DENIED", "Generative Language API is disabled"), PermissionDenied, None),
        (400, body(400, "FAILED_PRECONDITION", "User location is not supported"), PermissionDenied, None),
        (400, body(400, "INVALID_ARGUMENT", "The input token count (2) exceeds the maximum"), ContextFull, None),
        (400, body(400, "INVALID_ARGUMENT", "Unknown name"), BadRequest, None),
        (404, body(404, "NOT_FOUND", "models/x is not found for API version v1beta"), ModelUnknown, None),
        (429, body(429, "RESOURCE_EXHAUSTED", PLAN, MINUTE, DELAY), RateLimited, 34.5),
        (429, body(429, "RESOURCE_EXHAUSTED", PLAN, DAY, DELAY), QuotaExhausted, 34.5),
        (429, body(429, "RESOURCE_EXHAUSTED", PLAN, DELAY), RateLimited, 34.5),
        (429, body(429, "RESOURCE_EXHAUSTED", PLAN), QuotaExhausted, None),
        (429, body(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted"), RateLimited, None),
        (500, body(500, "INTERNAL"), ServerFault, None),
        (503, body(503, "UNAVAILABLE", "The model is overloaded."), Overloaded, None),
        (504, body(504, "DEADLINE_EXCEEDED"), TimedOut, None),
        (502, {"message": "<html>bad gateway</html>", "status": "Bad Gateway"}, ServerFault, None),
        (400, [body(400, "INVALID_ARGUMENT", "in a list")], BadRequest, None),
        (400, "just text", BadRequest, None),
        (401, {"error": None}, AuthFailed, None),
        (400, {"error": {"message": "m", "details": "no list"}}, BadRequest, None),
    ],
)
def test_answers_of_the_service(code, told, kind, retry_after):
    kinds = {4: errors.ClientError, 5: errors.ServerError}
    error = mapped(kinds[code // 100](code, told))
    assert type(error) is kind
    assert (error.status, error.retry_after, error.provider) == (code, retry_after, "gemini_generate")


def test_the_header_tells_the_wait_when_the_details_do_not():
    response = httpx2.Response(503, headers={"Retry-After": "7", "x-request-id": "r1"})
    error = mapped(errors.ServerError(503, body(503, "UNAVAILABLE"), response))
    assert (error.retry_after, error.request_id, error.code) == (7.0, "r1", "unavailable")


def test_an_error_in_mid_stream_has_the_status_of_its_body():
    error = mapped(errors.ServerError(503, body(503, "UNAVAILABLE")), began=True)
    assert (type(error), error.status) == (Overloaded, 503)


def exported(module, base=Exception):
    found = (value for name, value in vars(module).items() if not name.startswith("_"))
    return sorted(
        {one for one in found if inspect.isclass(one) and issubclass(one, base) and not issubclass(one, Warning)},
        key=lambda one: one.__name__,
    )


MADE = {
    "APIError": lambda kind: kind(418, {}),
    "ClientError": lambda kind: kind(418, {}),
    "ServerError": lambda kind: kind(599, {}),
    "HTTPStatusError": lambda kind: kind("m", request=httpx2.Request("GET", "http://x"), response=httpx2.Response(500)),
    "ResponseNotRead": lambda kind: kind(),
    "RequestNotRead": lambda kind: kind(),
    "StreamConsumed": lambda kind: kind(),
    "StreamClosed": lambda kind: kind(),
}
EXPECTED = {
    "APIError": BadRequest,
    "ClientError": BadRequest,
    "ServerError": ServerFault,
    "UnknownApiResponseError": GarbledResponse,
    "EphemeralTokenAPIKeyError": AuthFailed,
    "ConnectError": NetworkFailed,
    "ConnectTimeout": TimedOut,
    "ReadTimeout": TimedOut,
    "PoolTimeout": TimedOut,
    "ReadError": NetworkFailed,
    "RemoteProtocolError": NetworkFailed,
    "InvalidURL": BadRequest,
    "UnsupportedProtocol": BadRequest,
    "DecodingError": GarbledResponse,
}


@pytest.mark.parametrize(
    "kind",
    [*exported(errors), _api_client.EphemeralTokenAPIKeyError, *exported(httpx2)],
    ids=lambda kind: f"{kind.__module__}.{kind.__name__}",
)
def test_every_exported_exception_is_caught_and_mapped(kind):
    error = MADE.get(kind.__name__, lambda kind: kind("m"))(kind)
    assert isinstance(error, FAILURES)
    told = mapped(error)
    assert isinstance(told, ProviderError)
    assert type(told) is EXPECTED.get(kind.__name__, type(told))


@pytest.mark.parametrize("kind", [httpx2.ReadError, httpx2.RemoteProtocolError])
def test_a_connection_lost_in_mid_stream_is_a_cut(kind):
    assert type(mapped(kind("gone"), began=True)) is CutStream


def test_what_the_sdk_stumbles_over_is_the_request_until_an_answer_came():
    assert type(mapped(ValueError("routing_config is of another platform"), answered=False)) is BadRequest
    assert type(mapped(ValueError("no JSON"))) is GarbledResponse


@pytest.mark.parametrize("told", [None, 3, "x", [], [3], {"error": 3}, {"error": {"details": [3, {"violations": 3}]}}])
def test_a_body_of_any_shape_is_read(told):
    assert rpc(told).quotas == ()
