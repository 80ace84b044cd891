"""Errors of the package `providers`, and the one table that maps every vendor's failures onto them.

ProviderError                     7    any call of a model that gave no whole answer
├── RateLimited                   7 r  too many requests or tokens a minute; goes away by waiting
├── QuotaExhausted                7    money or a long allowance is used up; waiting seconds does not help
├── Overloaded                    7 r  the service itself is short of capacity
├── ServerFault                   7 r  it broke on its side
├── TimedOut                      7 r  no answer, or no next piece of one, in the time allowed
├── NetworkFailed                 7 r  no connection: refused, reset before an answer, name not found, TLS
├── CutStream                     7 r  an answer that began and never reached its end
├── GarbledResponse               7 r  bytes came that are not this API
├── Refused                       7    declined for its content
├── Cancelled                     7    ended because this side closed the client
├── AuthFailed                    8    no key, or one that is not accepted
├── PermissionDenied              8    a good key that may not do this
├── ContextFull                  11    request and answer do not fit the model's window
├── BadRequest                    7    the service understood and said no
│   ├── ModelUnknown              2    no such model at this address
│   ├── BadSetting                2    a setting of this side that cannot be read, by its name
│   └── FeatureMissing            2    this client cannot carry what the request asks (`feature`)
└── LocalModelError               7    the embedded model
    ├── NotInstalled                   nothing there to serve; `remedy` says what to run
    ├── Offline                        a package could not be fetched
    ├── DiskShort                      `needed` and `free` bytes
    ├── PinMismatch                    a file is not the one that was pinned
    ├── RuntimeUnsupported             no pinned runtime for this platform
    └── ServerFailed                   the child did not come up, or went away

The number is `exit_code`, r marks `retryable`. Cancelling a task raises `asyncio.CancelledError` as everywhere,
never one of these.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass


class ProviderError(Exception):
    """Base. Facts are fields; nothing has to be read back out of the text."""

    exit_code = 7
    retryable = False

    def __init__(
        self,
        message: str,
        *,
        provider: str = "",
        status: int | None = None,
        code: str = "",
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        """Api name in `providers.registry`, or the route behind it."""
        self.status = status
        self.code = code
        """The service's own word, e.g. `context_length_exceeded`."""
        self.retry_after = retry_after
        """Seconds the service asked to wait."""
        self.request_id = request_id

    @property
    def kind(self) -> str:
        """Stable name for logs and outcome rows: `RateLimited` is `rate_limited`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class RateLimited(ProviderError):
    retryable = True


class QuotaExhausted(ProviderError):
    pass


class Overloaded(ProviderError):
    retryable = True


class ServerFault(ProviderError):
    retryable = True


class TimedOut(ProviderError):
    retryable = True


class NetworkFailed(ProviderError):
    retryable = True


class CutStream(ProviderError):
    retryable = True


class GarbledResponse(ProviderError):
    retryable = True


class Refused(ProviderError):
    pass


class Cancelled(ProviderError):
    pass


class AuthFailed(ProviderError):
    exit_code = 8


class PermissionDenied(ProviderError):
    exit_code = 8


class ContextFull(ProviderError):
    exit_code = 11


class BadRequest(ProviderError):
    pass


class ModelUnknown(BadRequest):
    exit_code = 2


class BadSetting(BadRequest):
    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(message, code="bad_setting")


class FeatureMissing(BadRequest):
    exit_code = 2

    def __init__(self, feature: str, *, provider: str) -> None:
        self.feature = feature
        super().__init__(f"{provider} cannot carry {feature!r}", provider=provider, code="feature_missing")


class LocalModelError(ProviderError):
    """`remedy` is the next thing to do, in words for a person."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        self.remedy = remedy
        super().__init__(f"{message}\n  {remedy}" if remedy else message, provider="local")


class NotInstalled(LocalModelError):
    pass


class Offline(LocalModelError):
    pass


class DiskShort(LocalModelError):
    def __init__(self, folder: str, *, needed: int, free: int) -> None:
        self.needed, self.free = needed, free
        super().__init__(
            f"disk is short: {needed / 1e6:.0f} MB needed under {folder}, {free / 1e6:.0f} MB free",
            remedy="free some space, or move everything with CODERGEN_HOME",
        )


class PinMismatch(LocalModelError):
    pass


class RuntimeUnsupported(LocalModelError):
    pass


class ServerFailed(LocalModelError):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What one failed call left behind, before anybody judged it."""

    status: int | None = None
    code: str = ""
    """`code` and `type` of the body, joined by a space, in lower case."""
    exception: str = ""
    """Names of the exception's classes from the most special to the base, joined by a space."""
    body: str = ""
    """Text of the body or of the exception."""
    began: bool = False
    """A piece of the answer had already come."""


_CONTEXT = re.compile(
    r"context.{0,3}(length|window|size)|maximum context|prompt is too long|input (token count|is too long)"
    r"|too many tokens in (the )?prompt|exceed context limit"
    r"|exceed\w* the (available|model's|maximum) (context|number of tokens)",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"insufficient_quota|exceeded your current quota|credit balance|billing|spend_limit_reached", re.IGNORECASE
)
_NO_CREDIT = re.compile(r"credit balance is too low", re.IGNORECASE)
_REFUSED = re.compile(r"content_?(filter|policy)|safety|responsible.?ai", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model_?not_?found|(unknown|no such) model|model .{0,80}(does not exist|not found)", re.IGNORECASE
)
_OVERLOADED = re.compile(r"overloaded|at capacity|loading model|slow_down", re.IGNORECASE)
_POLICY = re.compile(r"\binvalid_prompt\b|(?<!workspace)_policy(_violation)?\b")
_INPUT = re.compile(r"\b(invalid|unsupported|image|empty|failed_to_download|data_residency)_")
"""Codes that name what was sent, as `ResponseError.code` of the openai SDK lists them."""

_TIMEOUTS = ("apitimeouterror", "timeouterror", "readtimeout", "connecttimeout", "timeoutexception", "pooltimeout")
_NETWORK = ("apiconnectionerror", "connecterror", "connectionerror", "networkerror", "oserror", "transporterror")
_CUT = ("remoteprotocolerror", "incompleteread", "clientpayloaderror", "readerror")
_GARBLED = ("jsondecodeerror", "apiresponsevalidationerror", "decodingerror", "unicodedecodeerror")


def _named(names: tuple[str, ...]) -> Callable[[Failure], bool]:
    return lambda f: any(name in f.exception.lower().split() for name in names)


def _says(pattern: re.Pattern[str]) -> Callable[[Failure], bool]:
    return lambda f: bool(pattern.search(f.code) or pattern.search(f.body))


def _status(*values: int) -> Callable[[Failure], bool]:
    return lambda f: f.status in values


def _both(*tests: Callable[[Failure], bool]) -> Callable[[Failure], bool]:
    return lambda f: all(test(f) for test in tests)


RULES: tuple[tuple[Callable[[Failure], bool], type[ProviderError]], ...] = (
    (_status(401), AuthFailed),
    (_status(402), QuotaExhausted),
    (_both(_status(400, 413, 422, 500, 200), _says(_CONTEXT)), ContextFull),
    (_named(("contextwindowexceedederror",)), ContextFull),
    (_both(_status(400, 422), _says(_REFUSED)), Refused),
    (lambda f: f.status in (None, 200, 400, 422) and bool(_POLICY.search(f.code)), Refused),
    (_named(("contentpolicyviolationerror",)), Refused),
    (_both(_status(403, 429), _says(_QUOTA)), QuotaExhausted),
    (_both(_status(400), _says(_NO_CREDIT)), QuotaExhausted),
    (_status(403), PermissionDenied),
    (_both(_status(400, 404), _says(_NO_MODEL)), ModelUnknown),
    (_status(404), ModelUnknown),
    (_status(408, 504), TimedOut),
    (_status(429), RateLimited),
    (_status(503, 529), Overloaded),
    (lambda f: f.status is not None and f.status >= 500 and bool(_OVERLOADED.search(f.code)), Overloaded),
    (lambda f: f.status is not None and f.status >= 500, ServerFault),
    (lambda f: f.status is not None and f.status >= 400, BadRequest),
    (_named(_TIMEOUTS), TimedOut),
    (_named(("credentialserror", "workloadidentityerror")), AuthFailed),
    (_named(_GARBLED), GarbledResponse),
    (lambda f: f.began and _named(_CUT + _NETWORK)(f), CutStream),
    (_named(_CUT + _NETWORK), NetworkFailed),
    (_says(_CONTEXT), ContextFull),
    (_says(_QUOTA), QuotaExhausted),
    (lambda f: "rate_limit" in f.code, RateLimited),
    (lambda f: bool(_OVERLOADED.search(f.code)), Overloaded),
    (lambda f: "timeout_error" in f.code, TimedOut),
    (lambda f: "not_found_error" in f.code, ModelUnknown),
    (lambda f: "api_error" in f.code.split(), ServerFault),
    (lambda f: "authentication" in f.code or "invalid_api_key" in f.code, AuthFailed),
    (lambda f: "permission" in f.code, PermissionDenied),
    (lambda f: bool(_INPUT.search(f.code)), BadRequest),
    (lambda f: f.began and not f.code, CutStream),
)
"""First match wins. A status decides before a class name, a code before free text; free text only splits a status."""


def classify(failure: Failure) -> type[ProviderError]:
    """Which of our errors a failure is. Total: what no rule knows is `ServerFault`, which may be tried again."""
    return next((kind for matches, kind in RULES if matches(failure)), ServerFault)
