import inspect
import re

import pytest

from providers import errors
from providers.errors import Failure, classify


def classes():
    return [
        value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, errors.ProviderError)
    ]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(status=401, body="bad key"), errors.AuthFailed),
        (Failure(status=403, body="not for you"), errors.PermissionDenied),
        (Failure(status=403, code="insufficient_quota"), errors.QuotaExhausted),
        (Failure(status=404, body="nothing at this address"), errors.ModelUnknown),
        (Failure(status=400, body="The model `x` does not exist"), errors.ModelUnknown),
        (Failure(status=429, body="slow down"), errors.RateLimited),
        (Failure(status=429, code="insufficient_quota"), errors.QuotaExhausted),
        (Failure(status=402), errors.QuotaExhausted),
        (Failure(status=500, body="oops"), errors.ServerFault),
        (Failure(status=503), errors.Overloaded),
        (Failure(status=529), errors.Overloaded),
        (Failure(status=500, code="overloaded_error"), errors.Overloaded),
        (Failure(status=200, code="overloaded_error"), errors.Overloaded),
        (Failure(status=408), errors.TimedOut),
        (Failure(status=504), errors.TimedOut),
        (Failure(status=400, code="context_length_exceeded"), errors.ContextFull),
        (Failure(status=400, body="prompt is too long: 210000 tokens"), errors.ContextFull),
        (
            Failure(status=400, code="exceed_context_size_error", body="exceeds the available context size"),
            errors.ContextFull,
        ),
        (Failure(status=400, code="content_filter"), errors.Refused),
        (Failure(status=400, body="messages: field required"), errors.BadRequest),
        (Failure(status=418), errors.BadRequest),
        (Failure(exception="APITimeoutError APIConnectionError"), errors.TimedOut),
        (Failure(exception="APIConnectionError APIError"), errors.NetworkFailed),
        (Failure(exception="APIConnectionError APIError", began=True), errors.CutStream),
        (Failure(exception="RemoteProtocolError", began=True), errors.CutStream),
        (Failure(exception="ReadTimeout TimeoutException", began=True), errors.TimedOut),
        (Failure(exception="JSONDecodeError ValueError"), errors.GarbledResponse),
        (Failure(exception="ContextWindowExceededError", status=400), errors.ContextFull),
        (Failure(code="rate_limit_error", began=True), errors.RateLimited),
        (Failure(exception="WhoKnows"), errors.ServerFault),
    ],
)
def test_classify(failure, expected):
    assert classify(failure) is expected


def test_an_internal_error_that_mentions_tokens_is_no_full_context():
    assert classify(Failure(status=500, body="could not parse tokens")) is errors.ServerFault


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = {
        match[1]: (int(match[2]) if match[2] else None, bool(match[3]))
        for match in re.finditer(r"^[│├└─ ]*([A-Z]\w+)  +(\d+)?( r)?", errors.__doc__, re.MULTILINE)
    }
    actual = {cls.__name__: (cls.exit_code, cls.retryable) for cls in classes()}
    assert set(drawn) == set(actual)
    for name, (code, retryable) in drawn.items():
        assert actual[name][1] == retryable, name
        assert code in (None, actual[name][0]), name


def test_kind_is_a_stable_word():
    assert errors.RateLimited("x").kind == "rate_limited"
    assert errors.ContextFull("x").kind == "context_full"
