"""What leaves a twin for a file has no keys, no session and no account in it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

LEFT_OUT = "(left out)"
REQUEST_HEADERS = frozenset(
    {"accept", "anthropic-beta", "anthropic-version", "content-type", "openai-beta", "user-agent", "x-goog-api-client"}
)
RESPONSE_HEADERS = frozenset({"content-type", "retry-after", "retry-after-ms", "x-should-retry"})
LIMIT_HEADERS = ("anthropic-ratelimit-", "x-ratelimit-")
QUERY = frozenset({"access_token", "api_key", "key", "token"})
"""Parameters that carry a key."""
KEY_HEADERS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "proxy-authorization", "cookie")
FIELDS = frozenset(
    {
        "account_id",
        "account_uuid",
        "client_metadata",
        "device_id",
        "metadata",
        "organization",
        "organization_id",
        "project_id",
        "prompt_cache_key",
        "safety_identifier",
        "session_id",
        "user",
        "user_id",
    }
)
"""Top-level fields of a body that name an account, a device or a session; what is deeper is the conversation's."""


def headers(given: Mapping[str, str], *, response: bool = False) -> dict[str, str]:
    """The headers that may be kept: a list of good ones, so that an unknown one is left out."""
    good = RESPONSE_HEADERS if response else REQUEST_HEADERS
    return {
        name: value for name, value in given.items() if name in good or (response and name.startswith(LIMIT_HEADERS))
    }


def query(given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if name not in QUERY}


def keys(given_headers: Mapping[str, str], given_query: Mapping[str, str]) -> tuple[str, ...]:
    """The secret texts that a request came with, to be blotted out wherever else they stand."""
    said = [given_headers.get(name, "") for name in KEY_HEADERS] + [given_query.get(name, "") for name in QUERY]
    bare = [text.partition(" ")[2] or text for text in said]
    return tuple(text for text in bare if len(text) >= 8)


def body(given: Any, secrets: Sequence[str]) -> Any:  # noqa: ANN401  # any JSON value
    """A body without the fields that name an account, and without `secrets` in any text of it."""
    if isinstance(given, dict):
        fields = cast("Mapping[str, Any]", given)
        given = {name: LEFT_OUT if name in FIELDS and value else value for name, value in fields.items()}
    return blot(given, secrets)


def blot(value: Any, secrets: Sequence[str]) -> Any:  # noqa: ANN401  # any JSON value
    """`value` with every secret text in it replaced."""
    match value:
        case str():
            for secret in secrets:
                value = value.replace(secret, LEFT_OUT)
            return value
        case dict():
            return {name: blot(inner, secrets) for name, inner in cast("Mapping[str, Any]", value).items()}
        case list():
            return [blot(inner, secrets) for inner in cast("list[Any]", value)]
        case _:
            return value
