"""Which family a model belongs to, and what makes up a family: data, layout, tools."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from codergen.errors import UsageError
from codergen.profiles.native import Layout, Native
from codergen.profiles.native_data import load_family, load_texts
from codergen.profiles.sections import overrides
from codergen.sandbox.base import Sandbox
from codergen.tools.base import Tool
from codergen.tools.notices import Notices
from codergen.tools.refusals import Refusals
from codergen.tools.registry import More, ToolSet
from codergen.tools.wording import Wording
from prompts import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """A family's tools, and its way to refuse a call."""

    tools: tuple[Tool[Any], ...]
    refusals: Refusals
    tree: Callable[[Sandbox, str], Awaitable[str]] | None = None
    """A family's own listing of a workspace (its root as inside), for `Surroundings.tree`."""
    notices: Notices | None = None
    """How it is told of work beside it; None is in plain sentences."""

    def toolset(self, more: More | None = None) -> ToolSet:
        """For a session; `more` are those of MCP servers."""
        return ToolSet(self.tools, self.refusals, self.notices, more)


class MakeKit(Protocol):
    def __call__(self, wording: Wording, env: Mapping[str, str], /) -> Kit:
        """`env` is for commands, besides the sandbox's own."""
        ...


FAMILIES: Mapping[str, tuple[str, str]] = {
    "claude": ("codergen.profiles.claude", "codergen.tools.claude"),
    "codex": ("codergen.profiles.codex", "codergen.tools.codex"),
    "gemini": ("codergen.profiles.gemini", "codergen.tools.gemini"),
}
"""family -> (module with `layout`, package with `kit`)."""

MODELS = (
    ("claude-*", "claude"),
    ("gpt-*", "codex"),
    ("codex-*", "codex"),
    ("o[0-9]*", "codex"),
    ("gemini-*", "gemini"),
)


def family_of(model: str) -> str:
    """The family whose harness a model was made for; `plain` for all others."""
    name = model.rpartition("/")[2]
    return next((family for glob, family in MODELS if fnmatchcase(name, glob)), "plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Where a person's and a repository's own prompt sections are, and those that came otherwise."""

    folders: tuple[Path, ...] = ()
    """The later wins."""
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """Section -> text, of a packet: wins over folders, and what the family has no section for is left out."""
    given: Mapping[str, Prompt] = field(default_factory=dict[str, Prompt])
    """Named on the command line: wins over all, and a wrong name is an error."""


def load_profile(family: str, model: str = "", own: Own | None = None) -> Native:
    """For one model, or for the family's newest. Raises UsageError for a family, model or section that is not there."""
    if family not in FAMILIES:
        raise UsageError(f"no profile {family!r}", remedy=f"there are: {', '.join(FAMILIES)}")
    data = load_family(family)
    variant = data.variant(model.rpartition("/")[2]) if model else data.variants[0]
    layout: Layout = import_module(FAMILIES[family][0]).layout
    own = own or Own()
    texts = load_texts(data, variant, {**overrides(data, variant, own.folders, own.texts), **own.given})
    return Native(data, variant, texts, layout)


def load_kit(family: str, wording: Wording, env: Mapping[str, str]) -> Kit:
    """The family's tools, speaking `wording`."""
    make: MakeKit = import_module(FAMILIES[family][1]).kit
    return make(wording, env)


def kit_of(profile: Native, env: Mapping[str, str]) -> Kit:
    """The tools of a profile, in its words."""
    return load_kit(profile.facts.name, profile.texts.wording, env)
