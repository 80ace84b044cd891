"""The tools of one session, by name."""

from collections.abc import Iterable
from typing import Any

from codergen.tools.base import Tool, spec
from providers.types import ToolSpec


class ToolSet:
    """A fixed set; names are unique."""

    def __init__(self, tools: Iterable[Tool[Any]]) -> None:
        self._tools = {tool.name: tool for tool in tools}

    def get(self, name: str) -> Tool[Any] | None:
        return self._tools.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._tools)

    def specs(self, names: Iterable[str]) -> tuple[ToolSpec, ...]:
        """In the order asked for, leaving out what this set lacks; the same bytes for the same names."""
        return tuple(spec(self._tools[name]) for name in names if name in self._tools)
