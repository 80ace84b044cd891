"""Every exception class that the openai SDK exports has an error of ours, in each SDK version we work with."""

from datetime import UTC, datetime
from types import SimpleNamespace

import httpx2
import openai
import pytest

from providers import errors
from providers.failure import provider_error

REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/responses")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def status(cls, code):
    return cls("no", response=httpx2.Response(code, request=REQUEST, headers={"x-request-id": "r"}), body=None)


MADE = {
    "OpenAIError": (lambda cls: cls("no"), errors.ServerFault),
    "APIError": (lambda cls: cls("no", request=REQUEST, body={"code": "server_error"}), errors.ServerFault),
    "APIStatusError": (lambda cls: status(cls, 418), errors.BadRequest),
    "APIConnectionError": (lambda cls: cls(request=REQUEST), errors.NetworkFailed),
    "APITimeoutError": (lambda cls: cls(request=REQUEST), errors.TimedOut),
    "APIResponseValidationError": (
        lambda cls: cls(response=httpx2.Response(200, request=REQUEST), body=None),
        errors.GarbledResponse,
    ),
    "BadRequestError": (lambda cls: status(cls, 400), errors.BadRequest),
    "AuthenticationError": (lambda cls: status(cls, 401), errors.AuthFailed),
    "OAuthError": (
        lambda cls: cls(response=httpx2.Response(401, request=REQUEST), body={"error": "invalid_grant"}),
        errors.AuthFailed,
    ),
    "PermissionDeniedError": (lambda cls: status(cls, 403), errors.PermissionDenied),
    "NotFoundError": (lambda cls: status(cls, 404), errors.ModelUnknown),
    "ConflictError": (lambda cls: status(cls, 409), errors.BadRequest),
    "UnprocessableEntityError": (lambda cls: status(cls, 422), errors.BadRequest),
    "RateLimitError": (lambda cls: status(cls, 429), errors.RateLimited),
    "InternalServerError": (lambda cls: status(cls, 500), errors.ServerFault),
    "LengthFinishReasonError": (lambda cls: cls(completion=SimpleNamespace(usage=None)), errors.ServerFault),
    "ContentFilterFinishReasonError": (lambda cls: cls(), errors.ServerFault),
    "InvalidWebhookSignatureError": (lambda cls: cls("no"), errors.ServerFault),
    "SubjectTokenProviderError": (lambda cls: cls("no"), errors.ServerFault),
    "WebSocketConnectionClosedError": (lambda cls: cls("no", unsent_messages=[]), errors.ServerFault),
    "WebSocketQueueFullError": (lambda cls: cls("no"), errors.ServerFault),
}
"""The last five belong to helpers and sockets that we do not use."""
FOUND = {name: getattr(openai, name) for name in openai.__all__}
EXPORTED = {name: one for name, one in FOUND.items() if isinstance(one, type) and issubclass(one, Exception)}


def test_every_exported_class_is_in_the_table():
    assert len(EXPORTED) > 10
    assert set(EXPORTED) <= set(MADE)


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_mapped(name):
    make, expected = MADE[name]
    error = provider_error(make(EXPORTED[name]), provider="p", began=False, now=NOW)
    assert type(error) is expected
