"""`codergen model`: what is known of models, and what they cost. Offline; asks nobody."""

import argparse
import json
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from codergen.cli.nouns import Nouns
from codergen.cli.text import columns, printable
from codergen.errors import UsageError
from codergen.settings import Settings
from providers import catalog
from providers.catalog import MILLION, PRICES, Catalog, Listed
from providers.pricing import Price
from providers.vendors import VENDORS

UNKNOWN = "unknown"


def add_parser(nouns: Nouns) -> None:
    """Add the noun and its verbs."""
    noun = nouns.add_parser("model", help="what is known of models, and their prices", allow_abbrev=False)
    verbs = noun.add_subparsers(dest="verb", required=True, metavar="list|show|price")
    listing = verbs.add_parser("list", help="models of the providers spoken natively, or of one", allow_abbrev=False)
    listing.add_argument("filter", nargs="?", default="", metavar="TEXT", help="only ids that contain this")
    listing.add_argument(
        "--provider", default="", metavar="NAME", help="anthropic, openai, gemini, or one of litellm's"
    )
    listing.add_argument("--unpriced", action="store_true", help="only models without a price")
    listing.add_argument("--json", action="store_true", help="one JSON document")
    listing.set_defaults(handler=list_models)
    show = verbs.add_parser("show", help="everything known of one model", allow_abbrev=False)
    show.add_argument("model", metavar="PROVIDER:MODEL")
    show.add_argument("--json", action="store_true", help="one JSON document")
    show.set_defaults(handler=show_model)
    price = verbs.add_parser(
        "price",
        help="dollars per million tokens of one model; with options, state them yourself",
        description="Without options: show the price. With --input and --output: keep your own, it wins from then on.",
        allow_abbrev=False,
    )
    price.add_argument("model", metavar="PROVIDER:MODEL")
    for name in PRICES:
        price.add_argument(f"--{name.replace('_', '-')}", dest=name, type=_dollars, metavar="DOLLARS")
    price.add_argument("--forget", action="store_true", help="drop your own price again")
    price.add_argument("--json", action="store_true", help="one JSON document")
    price.set_defaults(handler="codergen.cli.model_price:price_model")


def _dollars(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not dollars per million tokens")
    return value


def load(settings: Settings) -> Catalog:
    """The catalogue with the user's own prices over it."""
    return catalog.load(settings.prices)


def split(name: str) -> tuple[str, str, str]:
    """(provider, api, model) of `PROVIDER:MODEL`. Raises UsageError for anything else."""
    provider, _, model = name.partition(":")
    if not model:
        near = "anthropic:" if name.startswith("claude") else "gemini:" if name.startswith("gemini") else "openai:"
        raise UsageError(f"{name!r} names no provider", remedy=f"write PROVIDER:MODEL, e.g. {near}{name}")
    if provider in VENDORS:
        return provider, VENDORS[provider].api, model
    if provider == "litellm":
        return provider, "litellm_chat", model
    raise UsageError(f"no provider {provider!r}", remedy=f"one of: {', '.join((*VENDORS, 'litellm'))}")


def list_models(args: argparse.Namespace, settings: Settings) -> int:
    """A table of models, or one document."""
    known = load(settings)
    if args.provider and args.provider not in (*VENDORS, *known.providers()):
        raise UsageError(f"no provider {args.provider!r}", remedy=f"one of: {', '.join(known.providers())}")
    found = [
        one
        for one in known.listed(args.provider)
        if args.filter in one.info.id and not (args.unpriced and one.price is not None)
    ]
    if args.json:
        sys.stdout.write(json.dumps({"models": [document(one) for one in found]}) + "\n")
        return 0
    if not found:
        sys.stdout.write("no model matches\n")
        return 0
    head = ("model", "context", "output", "$/M in", "cached", "$/M out", "thinks", "ends")
    rows = [head, *(_row(one) for one in found)]
    sys.stdout.write(columns(rows, right=frozenset({1, 2, 3, 4, 5})))
    unpriced = sum(one.price is None for one in found)
    if unpriced:
        sys.stdout.write(
            f"{unpriced} without a price: their cost is unknown, never zero; `codergen model price` states one\n"
        )
    return 0


def _row(one: Listed) -> tuple[str, ...]:
    price = one.price
    return (
        printable(f"{one.provider}:{one.info.id}"),
        tokens(one.info.context_tokens),
        tokens(one.info.max_output_tokens),
        per_million(price and price.input),
        per_million(price and price.cache_read),
        per_million(price and price.output),
        f"{one.info.efforts[0]}-{one.info.efforts[-1]}" if one.info.efforts else "-",
        one.ends.isoformat() if one.ends else "",
    )


def show_model(args: argparse.Namespace, settings: Settings) -> int:
    """One model; a model that nobody lists is said to be unknown, which does not keep it from being called."""
    provider, api, model = split(args.model)
    known = load(settings)
    one = Listed(provider=provider, info=known.info(api, model), price=known.price(api, model))
    if args.json:
        sys.stdout.write(json.dumps(document(one)) + "\n")
        return 0
    rows = [
        ("model", f"{provider}:{model}"),
        ("api", api),
        ("context", tokens(one.info.context_tokens)),
        ("output", tokens(one.info.max_output_tokens)),
        ("features", ", ".join(sorted(one.info.features)) or UNKNOWN),
        ("thinks", ", ".join(one.info.efforts) or UNKNOWN),
        *price_rows(one.price),
    ]
    sys.stdout.write(columns(rows))
    return 0


def price_rows(price: Price | None) -> Sequence[tuple[str, str]]:
    """A price for people, with its source and what larger requests cost."""
    if price is None:
        return (("price", f"{UNKNOWN} (no source lists one)"),)
    rows = [(name, f"{per_million(getattr(price, name))} $/M") for name in PRICES]
    for limit, higher in price.above:
        rows.append((f"above {limit:,}", f"{per_million(higher.input)} in, {per_million(higher.output)} out"))
    return (*rows, ("source", f"{price.source}{f', {price.dated}' if price.dated else ''}"))


def document(one: Listed) -> dict[str, Any]:
    """A model as JSON values; unknown is null."""
    price = one.price
    return {
        "provider": one.provider,
        "model": one.info.id,
        "context_tokens": one.info.context_tokens,
        "max_output_tokens": one.info.max_output_tokens,
        "features": sorted(one.info.features),
        "efforts": list(one.info.efforts),
        "ends": one.ends.isoformat() if one.ends else None,
        "usd_per_million": None if price is None else rates(price),
        "source": price.source if price else None,
    }


def rates(price: Price) -> dict[str, Any]:
    """Dollars per million tokens, as text so that no digit is lost."""
    found: dict[str, Any] = {name: _exact(getattr(price, name)) for name in PRICES}
    if price.above:
        found["above"] = [{"input_tokens": limit, **rates(higher)} for limit, higher in price.above]
    return found


def _exact(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{(rate * MILLION).normalize():f}"


def per_million(rate: Decimal | None) -> str:
    return UNKNOWN if rate is None else f"{(rate * MILLION).normalize():f}"


def tokens(number: int | None) -> str:
    """A count for people."""
    return UNKNOWN if number is None else f"{number:,}"
