"""The tools of one session, by name."""

from collections.abc import Iterable
from typing import Any, Protocol

from codergen.tools.agents import AgentTool
from codergen.tools.base import Tool, spec
from codergen.tools.notices import Notices, PlainNotices
from codergen.tools.refusals import Plain, Refusals
from providers.types import ToolSpec


class More(Protocol):
    """Tools that may come during a session, e.g. those of MCP servers."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What does not work, for people."""
        ...

    def get(self, name: str) -> Tool[Any] | None: ...

    def offered(self, loaded: Iterable[str] = ()) -> tuple[ToolSpec, ...]:
        """To be told after all others; a later answer only adds to an earlier one. `loaded` are names that the model
        searched for."""
        ...


class ToolSet:
    """A fixed set. Of two with one name the last wins, so that a tool of one's own can take a built-in's place."""

    def __init__(
        self,
        tools: Iterable[Tool[Any]],
        refusals: Refusals | None = None,
        notices: Notices | None = None,
        more: More | None = None,
        own: Iterable[Tool[Any]] = (),
    ) -> None:
        """`own` are offered besides those that the profile asks for, after them and in their own words."""
        self._own = {tool.name: tool for tool in own}
        self._tools = {tool.name: tool for tool in tools} | self._own
        self.more = more
        self.refusals: Refusals = refusals or Plain()
        self.notices: Notices = notices or PlainNotices()

    def get(self, name: str) -> Tool[Any] | None:
        return self._tools.get(name) or (self.more.get(name) if self.more else None)

    def alone(self) -> "ToolSet":
        """The set for an agent, which sets no other to work."""
        kept = {name: tool for name, tool in self._tools.items() if not isinstance(tool, AgentTool)}
        own = [tool for name, tool in self._own.items() if name in kept]
        return ToolSet(kept.values(), self.refusals, self.notices, self.more, own)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._tools)

    def specs(self, names: Iterable[str], told: Iterable[ToolSpec] = ()) -> tuple[ToolSpec, ...]:
        """In the order asked for, leaving out what this set lacks, then tools of one's own; the same bytes for the same
        names. `told` are a profile's own words for some of them."""
        words = {item.name: item for item in told if item.name not in self._own}
        there = dict.fromkeys((*(name for name in names if name in self._tools), *self._own))
        return tuple(words.get(name) or spec(self._tools[name]) for name in there)
