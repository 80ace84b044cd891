"""`codergen model price`: shows one price, or keeps the user's own in `prices.toml`."""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codergen.cli.model import document, load, price_rows, split
from codergen.cli.text import columns
from codergen.errors import UsageError
from codergen.settings import Settings
from providers.catalog import PRICES, Listed, read_own
from providers.vendors import VENDORS


def price_model(args: argparse.Namespace, settings: Settings) -> int:
    """Show, keep or forget; a price is only kept whole."""
    provider, api, model = split(args.model)
    stated = {name: getattr(args, name) for name in PRICES if getattr(args, name) is not None}
    route, name = (provider, model) if provider in VENDORS else (model.partition("/")[0], model.partition("/")[2])
    if not name:
        raise UsageError(f"{args.model!r} has no route", remedy="write litellm:ROUTE/MODEL")
    if stated and args.forget:
        raise UsageError("--forget and a price at once", remedy="give one of them")
    if stated and not {"input", "output"} <= stated.keys():
        raise UsageError("a price needs --input and --output", remedy="both in dollars per million tokens")
    if stated:
        row = {**{field: str(value) for field, value in stated.items()}, "dated": datetime.now(UTC).date()}
        _keep(settings.prices, route, name, row)
    elif args.forget:
        _keep(settings.prices, route, name, None)
    known = load(settings)
    one = Listed(provider=provider, info=known.info(api, model), price=known.price(api, model))
    sys.stdout.write(json.dumps(document(one)) + "\n" if args.json else columns(price_rows(one.price)))
    return 0


def _keep(path: Path, route: str, model: str, row: Mapping[str, Any] | None) -> None:
    """Write the file anew beside itself, then move it: a crash leaves the old one."""
    data = read_own(path) if path.is_file() else {}
    models = data.setdefault(route, {})
    models.pop(model, None)
    if row is not None:
        models[model] = dict(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(_toml(data), encoding="utf-8")
    fresh.replace(path)


def _toml(data: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    lines = ["# Prices you stated, in dollars per million tokens. `codergen model price` writes this file."]
    for route, models in sorted(data.items()):
        for model, row in sorted(models.items()):
            lines += ["", f"[{json.dumps(route)}.{json.dumps(model)}]"]
            lines += [f"{name} = {value if name == 'dated' else json.dumps(value)}" for name, value in row.items()]
    return "\n".join(lines) + "\n"
