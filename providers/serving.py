"""What models an address serves now: one GET of the vendor's list, every page. No SDK: the three differ in little."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, cast

import httpx2

from providers.errors import Failure, GarbledResponse, ProviderError, classify
from providers.failure import provider_error
from providers.retry import retry_after
from providers.transport import http
from providers.vendors import Reach

PAGES = 50
"""At most; a list that goes on for ever is a fault of its server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wire:
    path: str
    key: Callable[[str], Mapping[str, str]]
    rows: str
    name: Callable[[Mapping[str, Any]], str]
    following: Callable[[Mapping[str, Any]], Mapping[str, str]]
    """Query of the next page; empty when there is none."""


def _after(answer: Mapping[str, Any]) -> Mapping[str, str]:
    return {"after_id": str(answer["last_id"])} if answer.get("has_more") and answer.get("last_id") else {}


def _page_token(answer: Mapping[str, Any]) -> Mapping[str, str]:
    return {"pageToken": str(answer["nextPageToken"])} if answer.get("nextPageToken") else {}


WIRES: Mapping[str, _Wire] = MappingProxyType(
    {
        "anthropic": _Wire(
            path="/v1/models",
            key=lambda key: {"authorization": f"Bearer {key}", "anthropic-version": "2023-06-01"},
            rows="data",
            name=lambda row: str(row["id"]),
            following=_after,
        ),
        "openai": _Wire(
            path="/models",
            key=lambda key: {"authorization": f"Bearer {key}"},
            rows="data",
            name=lambda row: str(row["id"]),
            following=lambda _: {},
        ),
        "gemini": _Wire(
            path="/v1beta/models",
            key=lambda key: {"x-goog-api-key": key},
            rows="models",
            name=lambda row: str(row["name"]).removeprefix("models/"),
            following=_page_token,
        ),
    }
)


async def served(reach: Reach) -> tuple[str, ...]:
    """Ids as the service gives them, in its order. Raises ProviderError."""
    wire = WIRES[reach.vendor.name]
    endpoint = reach.endpoint
    found: list[str] = []
    query: Mapping[str, str] = {}
    try:
        async with http(endpoint) as client:
            for _ in range(PAGES):
                answer = await client.get(
                    f"{reach.address}{wire.path}",
                    params=query,
                    headers={**wire.key(endpoint.api_key), **endpoint.headers},
                )
                page = cast("Mapping[str, Any]", answer.raise_for_status().json())
                found += [wire.name(row) for row in cast("list[Mapping[str, Any]]", page[wire.rows])]
                query = wire.following(page)
                if not query:
                    break
    except ProviderError:
        raise
    except httpx2.HTTPStatusError as error:
        raise _refused(error, reach.vendor.name) from error
    except (httpx2.HTTPError, OSError) as error:
        raise provider_error(error, provider=reach.vendor.name, began=False, now=datetime.now(UTC)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GarbledResponse(
            f"{reach.address}{wire.path} gave no list of models: {error}", provider=reach.vendor.name
        ) from error
    return tuple(found)


def _refused(error: httpx2.HTTPStatusError, provider: str) -> ProviderError:
    answer = error.response
    facts = Failure(status=answer.status_code, code=_code(answer), body=answer.text[:2000])
    headers = dict(answer.headers)
    return classify(facts)(
        f"{provider}: {answer.status_code} {_code(answer) or answer.reason_phrase}",
        provider=provider,
        status=answer.status_code,
        code=facts.code,
        retry_after=retry_after(headers, now=datetime.now(UTC)),
        request_id=headers.get("request-id") or headers.get("x-request-id"),
    )


def _code(answer: httpx2.Response) -> str:
    """`type`, `code` or `status` of the error in the body: the three vendors' words for it."""
    try:
        inner = answer.json()["error"]
        return " ".join(
            str(inner[name]).lower() for name in ("type", "code", "status") if isinstance(inner.get(name), str)
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
