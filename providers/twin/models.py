"""Model lists of the twins: what the catalogue knows of a provider."""

from providers import catalog
from providers.types import ModelInfo

ROUTES = {"chat": "openai"}
"""Twin -> litellm's name of the provider, where it is another."""


def known(provider: str, api: str) -> tuple[ModelInfo, ...]:
    """Models of one provider that talk, sorted by id."""
    found, route = catalog.load(), ROUTES.get(provider, provider)
    talking = {
        name.removeprefix(f"{route}/")
        for name, row in found.rows.items()
        if row.get("litellm_provider") == route and row.get("mode") in ("chat", "responses")
    }
    return tuple(found.info(api, name) for name in sorted(talking))
