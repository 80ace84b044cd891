"""The wires, one module each, imported when first asked for. A module has `def front() -> Front`."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, cast

from providers.twin.front import Front

MODULES: Mapping[str, str] = MappingProxyType(
    {
        "anthropic": "providers.twin.fronts.anthropic",
        "openai": "providers.twin.fronts.openai",
        "gemini": "providers.twin.fronts.gemini",
        "chat": "providers.twin.fronts.chat",
    }
)
"""In the order in which they are asked whether a path is theirs."""


class _FrontModule(Protocol):
    def front(self) -> Front: ...


def load(provider: str) -> Front:
    """The front of one provider. Raises KeyError for a name that is not in `MODULES`."""
    return cast("_FrontModule", importlib.import_module(MODULES[provider])).front()
