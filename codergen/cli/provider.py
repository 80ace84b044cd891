"""`codergen provider`: who serves models here. `test` makes one tiny real call and says what it cost."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from codergen.cli.nouns import Nouns
from codergen.cli.text import columns, printable
from codergen.errors import UsageError
from codergen.settings import Settings
from providers import registry, serving
from providers.errors import AuthFailed, ProviderError
from providers.events import Done
from providers.types import ModelRequest, ModelResponse, user
from providers.vendors import VENDORS, Reach, reach

REMEDIES = {
    "auth_failed": "check the key in {keys}",
    "permission_denied": "the key may not do this: look at its rights and at the model's terms",
    "model_unknown": "`codergen provider models {name}` lists what is served; --model names another",
    "network_failed": "is {address} reachable from here? A proxy goes in HTTPS_PROXY, certificates in CODERGEN_CA_FILE",
    "timed_out": "is {address} reachable from here? CODERGEN_STREAM_TIMEOUT gives it more time",
    "rate_limited": "try again later",
    "quota_exhausted": "the account's money or allowance is used up",
    "overloaded": "the service is short of capacity; try again later",
    "server_fault": "the service broke on its side; try again later, its status page may say more",
    "cut_stream": "the answer broke off: a gateway or proxy on the way may cut long ones; try again",
    "garbled_response": "what answers at {address} does not speak this API: is the address right?",
    "bad_request": "the service refuses what was asked; --model names another model",
    "refused": "the model declined; --model names another",
    "context_full": "the model's window is too small even for this; --model names another",
    "bad_setting": "correct that variable, or unset it",
    "feature_missing": "this client cannot do that; --model names another",
}
"""Kind of error -> the way out, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One tiny call."""

    name: str
    model: str
    first: float | None = None
    """Seconds to the first piece."""
    seconds: float = 0.0
    response: ModelResponse | None = None
    error: ProviderError | None = None
    remedy: str = ""


def add_parser(nouns: Nouns) -> None:
    """Add the noun and its verbs."""
    noun = nouns.add_parser("provider", help="who serves models here", allow_abbrev=False)
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list|test|models")
    listing = verbs.add_parser("list", help="providers, their keys and addresses; asks nobody", allow_abbrev=False)
    listing.add_argument("--json", action="store_true", help="one JSON document")
    listing.set_defaults(handler=list_providers)
    test = verbs.add_parser("test", help="one tiny real call: latency, cost, request id", allow_abbrev=False)
    test.add_argument("name", nargs="?", metavar="NAME", help="default: every provider with a key")
    test.add_argument("--model", help="default: a cheap one")
    test.add_argument("--json", action="store_true", help="one JSON document")
    test.set_defaults(handler=_async(test_providers))
    models = verbs.add_parser("models", help="what the service itself lists now", allow_abbrev=False)
    models.add_argument("name", metavar="NAME")
    models.add_argument("--json", action="store_true", help="one JSON document")
    models.set_defaults(handler=_async(list_served))


def _async(
    verb: Callable[[argparse.Namespace, Settings], Coroutine[Any, Any, int]],
) -> Callable[[argparse.Namespace, Settings], int]:
    return lambda args, settings: asyncio.run(verb(args, settings))


def _reach(name: str, settings: Settings) -> Reach:
    if name not in VENDORS:
        raise UsageError(f"no provider {name!r}", remedy=f"one of: {', '.join(VENDORS)}")
    found = reach(VENDORS[name], settings.environ)
    return replace(found, endpoint=replace(found.endpoint, prices=settings.prices))


def _with_key(name: str, settings: Settings) -> Reach:
    found = _reach(name, settings)
    if not found.key_from:
        keys = " or ".join(found.vendor.keys)
        raise AuthFailed(f"{name}: no key\n  set {keys}; nothing was sent", provider=name, code="no_key")
    return found


def list_providers(args: argparse.Namespace, settings: Settings) -> int:
    """Never shows a key, only the name of the variable it is in."""
    found = [_reach(name, settings) for name in VENDORS]
    if args.json:
        sys.stdout.write(json.dumps({"providers": [_document(one) for one in found]}) + "\n")
        return 0
    rows = [("provider", "api", "key", "address")]
    for one in found:
        key = one.key_from or f"none ({' or '.join(one.vendor.keys)})"
        moved = f" ({one.url_from})" if one.url_from else ""
        rows.append((one.vendor.name, one.vendor.api, key, printable(one.address) + moved))
    sys.stdout.write(columns(rows))
    return 0


def _document(one: Reach) -> dict[str, Any]:
    return {
        "provider": one.vendor.name,
        "api": one.vendor.api,
        "key_from": one.key_from or None,
        "keys": list(one.vendor.keys),
        "address": one.address,
        "address_from": one.url_from or None,
        "proxy": bool(one.endpoint.proxy),
    }


async def list_served(args: argparse.Namespace, settings: Settings) -> int:
    """One id a line, in the service's order."""
    found = await serving.served(_with_key(args.name, settings))
    if args.json:
        sys.stdout.write(json.dumps({"provider": args.name, "models": list(found)}) + "\n")
    else:
        sys.stdout.write("".join(f"{printable(model)}\n" for model in found))
    return 0


async def test_providers(args: argparse.Namespace, settings: Settings) -> int:
    """Exit code 0 when every call was answered, else that of the first error."""
    if args.name:
        chosen = [_with_key(args.name, settings)]
    else:
        chosen = [one for one in (_reach(name, settings) for name in VENDORS) if one.key_from]
        if not chosen:
            keys = ", ".join(key for vendor in VENDORS.values() for key in vendor.keys)
            raise AuthFailed(f"no provider has a key\n  set one of {keys}", code="no_key")
    if args.model and len(chosen) > 1:
        raise UsageError("--model without a provider", remedy="codergen provider test NAME --model MODEL")
    tested = [await call(one, args.model or one.vendor.probe) for one in chosen]
    if args.json:
        sys.stdout.write(json.dumps({"tests": [_told(one) for one in tested]}) + "\n")
    else:
        sys.stdout.write("".join(_line(one) for one in tested))
    return next((one.error.exit_code for one in tested if one.error), 0)


async def call(one: Reach, model: str) -> Tested:
    """Ask for one word. An error is part of the result."""
    request = ModelRequest(model=model, messages=(user("Answer with the one word: ready"),), max_output_tokens=64)
    began, first = time.monotonic(), None
    try:
        client = await registry.connect(one.vendor.api, one.endpoint)
        try:
            began = time.monotonic()
            async with aclosing(client.stream(request)) as events:
                async for event in events:
                    first = time.monotonic() - began if first is None else first
                    if isinstance(event, Done):
                        seconds = time.monotonic() - began
                        return Tested(
                            name=one.vendor.name, model=model, first=first, seconds=seconds, response=event.response
                        )
        finally:
            await client.close()
    except ProviderError as error:
        remedy = REMEDIES.get(error.kind, "").format(
            keys=" or ".join(one.vendor.keys), name=one.vendor.name, address=one.address
        )
        return Tested(name=one.vendor.name, model=model, seconds=time.monotonic() - began, error=error, remedy=remedy)
    raise AssertionError("a stream ends with Done or an error")


def _line(one: Tested) -> str:
    head = printable(f"{one.name}  {one.model}")
    if one.error is not None:
        remedy = f"  {one.remedy}\n" if one.remedy else ""
        return f"{head}  failed after {one.seconds:.2f} s: {one.error.kind}\n  {printable(one.error.message)}\n{remedy}"
    assert one.response is not None
    usage, price = one.response.usage, one.response.cost_usd
    counted = f"{usage.total - usage.output} tokens in, {usage.output} out"
    cost = "cost unknown" if price is None else f"${price:f}"
    told = f"request {one.response.request_id}" if one.response.request_id else "no request id"
    return f"{head}  ok  first piece {one.first or 0:.2f} s, all {one.seconds:.2f} s  {counted}  {cost}  {told}\n"


def _told(one: Tested) -> dict[str, Any]:
    response, error = one.response, one.error
    return {
        "provider": one.name,
        "model": one.model,
        "ok": response is not None,
        "first_seconds": None if one.first is None else round(one.first, 3),
        "seconds": round(one.seconds, 3),
        "input_tokens": response.usage.total - response.usage.output if response else None,
        "output_tokens": response.usage.output if response else None,
        "cost_usd": None if response is None or response.cost_usd is None else f"{response.cost_usd:f}",
        "request_id": response.request_id if response else error.request_id if error else None,
        "error": None if error is None else {"kind": error.kind, "message": error.message, "remedy": one.remedy},
    }
