"""What is known of models before they are called: windows, features, prices. Offline data, dated; advisory only.

litellm's map is read as a file: importing litellm costs seconds. A model that nobody lists is still called; its
window, features and price are then unknown.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import util
from pathlib import Path
from typing import Any

from providers.pricing import Price
from providers.types import ModelInfo

MAP = "model_prices_and_context_window_backup.json"
ROUTES: Mapping[str, str] = {
    "anthropic_messages": "anthropic",
    "openai_responses": "openai",
    "gemini_generate": "gemini",
}
"""Api -> litellm's name of the provider."""
NOTHING: Mapping[str, Any] = {}
FEATURES: Mapping[str, str] = {
    "tools": "supports_function_calling",
    "images": "supports_vision",
    "documents": "supports_pdf_input",
    "reasoning": "supports_reasoning",
    "structured_output": "supports_response_schema",
    "caching": "supports_prompt_caching",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Facts by api and model id."""

    rows: Mapping[str, Mapping[str, Any]] = field(repr=False)

    def info(self, api: str, model: str) -> ModelInfo:
        """What is known; unknown numbers are None, unknown features are absent."""
        row = self._row(api, model)
        return ModelInfo(
            id=model,
            context_tokens=row.get("max_input_tokens"),
            max_output_tokens=row.get("max_output_tokens"),
            features=frozenset(name for name, flag in FEATURES.items() if row.get(flag)),
        )

    def price(self, api: str, model: str) -> Price | None:
        """Dollars per token, or None when nobody lists the model."""
        row = self._row(api, model)
        if not row:
            return None
        return Price(
            input=_rate(row, "input_cost_per_token"),
            output=_rate(row, "output_cost_per_token"),
            cache_read=_rate(row, "cache_read_input_token_cost"),
            cache_write=_rate(row, "cache_creation_input_token_cost"),
            cache_write_1h=_rate(row, "cache_creation_input_token_cost_above_1hr"),
            source="litellm",
        )

    def _row(self, api: str, model: str) -> Mapping[str, Any]:
        route = ROUTES.get(api, "")
        names = (f"{route}/{model}", model, model.partition("/")[2])
        return next((self.rows[name] for name in names if name in self.rows), NOTHING)


def _rate(row: Mapping[str, Any], name: str) -> Decimal | None:
    value = row.get(name)
    return None if value is None else Decimal(str(value))


@cache
def load() -> Catalog:
    """The catalogue that is installed; reads a file of some MB once (0.05 s)."""
    found = util.find_spec("litellm")
    if found is None or found.origin is None:
        return Catalog(rows={})
    return Catalog(rows=json.loads((Path(found.origin).parent / MAP).read_text()))
