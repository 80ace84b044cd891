"""Model lists of the twins: what the catalogue knows of a provider."""

from providers import catalog
from providers.types import ModelInfo

ROUTES = {"chat": "openai"}
"""Twin -> litellm's name of the provider, where it is another."""


def known(provider: str) -> tuple[ModelInfo, ...]:
    """Models of one provider that talk, sorted by id."""
    return tuple(one.info for one in catalog.load().listed(ROUTES.get(provider, provider)))
