"""What is known of models before they are called: windows, features, prices. Offline data, dated; advisory only.

Three sources, the first that has a field counts: the user's own `prices.toml`, `models.toml` beside this file, and
litellm's map, which is read as a file because importing litellm costs seconds. A model that nobody lists is still
called; its window, features and price are then unknown.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import Any, cast, get_args

from providers.errors import BadSetting
from providers.pricing import Price
from providers.types import Effort, ModelInfo

MAP = "model_prices_and_context_window_backup.json"
PRICES_FILE = "prices.toml"
"""Of the user, in the data folder."""
OWN = Path(__file__).parent / "models.toml"
ROUTES: Mapping[str, str] = {
    "anthropic_messages": "anthropic",
    "openai_responses": "openai",
    "gemini_generate": "gemini",
}
"""Api -> litellm's name of the provider."""
FEATURES: Mapping[str, str] = {
    "tools": "supports_function_calling",
    "images": "supports_vision",
    "documents": "supports_pdf_input",
    "reasoning": "supports_reasoning",
    "structured_output": "supports_response_schema",
    "caching": "supports_prompt_caching",
    "adaptive_thinking": "supports_adaptive_thinking",
    "mid_system": "supports_mid_conversation_system",
    "effort": "supports_output_config",
    "prefill": "supports_assistant_prefill",
}
"""Ours -> litellm's flag."""
USUAL: Mapping[str, str] = {
    "sampling": "supports_sampling_params",
    "forced_tools": "supports_forced_tool_use",
}
"""Features that a listed model has unless its row says no."""
USUAL_EFFORTS = frozenset({"low", "medium", "high"})
"""What a model that reasons takes when its row does not say otherwise."""
PRICES: Mapping[str, str] = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
}
LONGER = "cache_creation_input_token_cost_above_12hr"
"""OpenAI's longer cache; it takes the place of the hour's."""
TIERS = (128_000, 200_000, 272_000)
"""Input sizes beyond which litellm's map may have other prices."""
MILLION = Decimal(1_000_000)
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One model of a list."""

    provider: str
    """anthropic, openai, gemini ..."""
    info: ModelInfo
    price: Price | None
    ends: date | None = None
    """When its vendor takes it away, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Facts by api and model id."""

    rows: Mapping[str, Mapping[str, Any]] = field(repr=False)
    """litellm's map."""
    own: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(repr=False, default_factory=dict[str, Any])
    """Provider -> model -> fields that we or the user state."""
    release: str = ""
    """Of litellm, for the source of a price."""

    def info(self, api: str, model: str) -> ModelInfo:
        """What is known; unknown numbers are None, unknown features are absent."""
        row, own = self._row(api, model), self._own(api, model)
        return ModelInfo(
            id=model,
            context_tokens=own.get("context_tokens", row.get("max_input_tokens")),
            max_output_tokens=own.get("max_output_tokens", row.get("max_output_tokens")),
            features=frozenset((*_features(row), *own.get("features", ()))),
            efforts=tuple(own["efforts"]) if "efforts" in own else _efforts(row),
        )

    def price(self, api: str, model: str) -> Price | None:
        """Dollars per token, or None when nobody lists a price."""
        own = self._own(api, model)
        if "input" in own and "output" in own:
            return _price(
                {name: Decimal(str(own[name])) / MILLION for name in PRICES if name in own},
                source=str(own.get("source", "prices.toml")),
                dated=own.get("dated"),
            )
        row = self._row(api, model)
        if row.get("input_cost_per_token") is None and row.get("output_cost_per_token") is None:
            return None
        return self._tiered(row)

    def listed(self, provider: str = "") -> Iterator[Listed]:
        """Models that talk, of one provider or of the three we speak natively, sorted by provider and id."""
        native = {route: api for api, route in ROUTES.items()}
        for route, api in native.items() if not provider else [(provider, native.get(provider, "litellm_chat"))]:
            ids = {name.removeprefix(f"{route}/") for name, row in self.rows.items() if _talks(row, route)}
            for model in sorted(ids | set(self.own.get(route, {}))):
                name = model if api != "litellm_chat" else f"{route}/{model}"
                yield Listed(
                    provider=route,
                    info=self.info(api, name),
                    price=self.price(api, name),
                    ends=_day(self._row(api, name).get("deprecation_date")),
                )

    def providers(self) -> tuple[str, ...]:
        """Every provider that litellm's map names."""
        return tuple(sorted({str(row["litellm_provider"]) for row in self.rows.values() if "litellm_provider" in row}))

    def _row(self, api: str, model: str) -> Mapping[str, Any]:
        route = ROUTES.get(api, "")
        names = (f"{route}/{model}", model) if route else (model, model.partition("/")[2])
        return next((self.rows[name] for name in names if name in self.rows), NOTHING)

    def _own(self, api: str, model: str) -> Mapping[str, Any]:
        route = ROUTES.get(api) or model.partition("/")[0]
        name = model if api in ROUTES else model.partition("/")[2]
        return self.own.get(route, NOTHING).get(name, NOTHING)

    def _tiered(self, row: Mapping[str, Any]) -> Price:
        tiers = (
            (tokens, self._rates(row, f"_above_{tokens // 1000}k_tokens"))
            for tokens in TIERS
            if row.get(f"input_cost_per_token_above_{tokens // 1000}k_tokens") is not None
        )
        return self._rates(row, "", above=tuple(tiers))

    def _rates(self, row: Mapping[str, Any], suffix: str, *, above: tuple[tuple[int, Price], ...] = ()) -> Price:
        found = {ours: _rate(row, theirs, suffix) for ours, theirs in PRICES.items()}
        if found["cache_write_1h"] is None:
            found["cache_write_1h"] = _rate(row, LONGER, suffix)
        return _price(found, source=f"litellm {self.release}", above=above)


def _features(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (name for name, flag in FEATURES.items() if row.get(flag))
    if row:
        yield from (name for name, flag in USUAL.items() if row.get(flag, True))


def _price(
    rates: Mapping[str, Decimal | None],
    *,
    source: str,
    dated: date | None = None,
    above: tuple[tuple[int, Price], ...] = (),
) -> Price:
    return Price(
        input=rates["input"],
        output=rates["output"],
        cache_read=rates.get("cache_read"),
        cache_write=rates.get("cache_write"),
        cache_write_1h=rates.get("cache_write_1h"),
        source=source,
        dated=dated,
        above=above,
    )


def _rate(row: Mapping[str, Any], name: str, suffix: str) -> Decimal | None:
    """A price of one tier; what a tier does not state is as in the tier below."""
    value = row.get(f"{name}{suffix}", row.get(name))
    return None if value is None else Decimal(str(value))


def _efforts(row: Mapping[str, Any]) -> tuple[Effort, ...]:
    every = cast("tuple[Effort, ...]", get_args(Effort))
    if row.get("reasoning_effort_levels"):
        return tuple(effort for effort in every if effort in row["reasoning_effort_levels"])
    if not row.get("supports_reasoning"):
        return ()
    return tuple(effort for effort in every if row.get(f"supports_{effort}_reasoning_effort", effort in USUAL_EFFORTS))


def _talks(row: Mapping[str, Any], route: str) -> bool:
    return row.get("litellm_provider") == route and row.get("mode") in {"chat", "responses"}


def _day(text: object) -> date | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d").date()
    except ValueError:
        return None


def read_own(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """A file of `[provider."model"]` tables. Raises BadSetting that names file, model and field."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"{path}: {error}") from error
    for provider, models in data.items():
        for model, row in (cast("dict[str, Any]", models) if isinstance(models, dict) else {"": None}).items():
            if not isinstance(row, dict):
                raise BadSetting(f'{path}: expected tables [provider."model"], got {provider}')
            fields = cast("dict[str, Any]", row)
            for name in PRICES.keys() & fields.keys():
                _dollars(f'{path}: {provider}."{model}".{name}', fields[name])
    return data


def _dollars(where: str, value: object) -> None:
    try:
        good = Decimal(str(value)) >= 0
    except InvalidOperation:
        good = False
    if not good:
        raise BadSetting(f"{where} = {value!r} is not dollars per million tokens")


def load(prices: Path | None = None) -> Catalog:
    """The catalogue that is installed, with the user's prices over it, as they are now."""
    stated = prices.stat().st_mtime_ns if prices is not None and prices.is_file() else None
    return _load(prices, stated)


@cache
def _load(prices: Path | None, stated: int | None) -> Catalog:
    own = read_own(OWN)
    if prices is not None and stated is not None:
        for provider, models in read_own(prices).items():
            for model, row in models.items():
                own.setdefault(provider, {})[model] = {**own.get(provider, {}).get(model, {}), **row}
    rows, release = _map()
    return Catalog(rows=rows, own=own, release=release)


@cache
def _map() -> tuple[Mapping[str, Mapping[str, Any]], str]:
    """litellm's map and release; a file of some MB that is read once (0.05 s)."""
    found = util.find_spec("litellm")
    if found is None or found.origin is None:
        return {}, ""
    rows = json.loads((Path(found.origin).parent / MAP).read_text(encoding="utf-8"))
    return rows, metadata.version("litellm")
