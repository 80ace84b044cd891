"""A family's profile as data: what each of its models is sent, dated, and the texts that go with it."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from hashlib import sha256
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

import prompts
from codergen.errors import UsageError
from codergen.tools.wording import Wording
from prompts import Prompt
from providers.types import Effort, Grammar, ToolSpec


class Variant(BaseModel):
    """What some models of a family are sent."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    models: tuple[str, ...]
    """Globs over a provider's model ids; the first variant that fits is taken, so `*` comes last."""
    sections: tuple[str, ...]
    """Files of the system prompt, in order: names below `prompts/families/FAMILY/`."""
    tools: tuple[str, ...]
    """In the order on the wire."""
    max_output_tokens: int | None = None
    """None leaves it to the service or the client."""
    effort: Effort | None = None
    """Asked for where the user asks for none."""
    parallel: bool | None = None
    """The request's parallel_tool_calls."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Further parameters, as on the wire."""
    flags: frozenset[str] = frozenset()
    """Switches that the family's layout reads, e.g. `mid_system`."""


class FamilyData(BaseModel):
    """`data/FAMILY.toml`, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    family: str
    dated: date
    """When it was measured."""
    measured: str
    """On what: the vendor's tool and its version."""
    api: str
    """The api name in `providers.registry` whose wire it is made for."""
    instructions: tuple[str, ...]
    """Names of instruction files that count, first wins in each folder."""
    withheld: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Approval mode -> tools that are not offered in it where nobody can be asked."""
    variants: tuple[Variant, ...] = Field(min_length=1)

    def variant(self, model: str) -> Variant:
        """The one for a model; raises UsageError."""
        for variant in self.variants:
            if any(fnmatchcase(model, glob) for glob in variant.models):
                return variant
        raise UsageError(
            f"profile {self.family!r} has no variant for the model {model!r}",
            remedy="name a profile that fits with --profile",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeTexts:
    """A family's words for one variant."""

    sections: tuple[Prompt, ...]
    """Of the system prompt, in order, overrides in place."""
    specs: tuple[ToolSpec, ...]
    wording: Wording

    @property
    def version(self) -> str:
        """12 hex digits over all of it."""
        parts = [text.sha256 for text in self.sections]
        parts += [repr((s.name, s.description, s.parameters, s.freeform, s.grammar)) for s in self.specs]
        parts.append(json.dumps(self.wording.templates, sort_keys=True))
        return sha256("\n".join(parts).encode()).hexdigest()[:12]


def load_family(family: str) -> FamilyData:
    return FamilyData.model_validate(tomllib.loads(_text(f"{family}.toml")))


def load_texts(data: FamilyData, variant: Variant, overrides: Mapping[str, Prompt] | None = None) -> NativeTexts:
    """`overrides`: section -> the text that takes its place; raises UsageError for a section that is not there."""
    given = overrides or {}
    if unknown := set(given) - set(variant.sections):
        raise UsageError(
            f"profile {data.family!r} has no prompt section {', '.join(sorted(unknown))}",
            remedy=f"it has: {', '.join(variant.sections)}",
        )
    folder = f"families/{data.family}"
    sections = tuple(given.get(name) or prompts.load(f"{folder}/{name}") for name in variant.sections)
    return NativeTexts(sections=sections, specs=_specs(data.family, variant), wording=load_wording(data.family))


def load_wording(family: str) -> Wording:
    """`data/FAMILY.wording.toml`: a table `volatile`, and one table a tool: case -> template."""
    tables: dict[str, dict[str, str]] = tomllib.loads(_text(f"{family}.wording.toml"))
    volatile = tables.pop("volatile", {})
    cases = {f"{tool}.{case}": text for tool, texts in tables.items() for case, text in texts.items()}
    return Wording(cases, volatile)


def _specs(family: str, variant: Variant) -> tuple[ToolSpec, ...]:
    """`data/FAMILY.tools.json`: name -> {"parameters": schema} or {"grammar": lark}; descriptions are prompts."""
    shapes: dict[str, dict[str, Any]] = json.loads(_text(f"{family}.tools.json"))
    return tuple(_spec(family, name, shapes[name]) for name in variant.tools)


def _spec(family: str, name: str, shape: Mapping[str, Any]) -> ToolSpec:
    text = prompts.load(f"families/{family}/tools/{name}").text.strip()
    if "grammar" not in shape:
        return ToolSpec(name=name, description=text, parameters=shape["parameters"])
    return ToolSpec(
        name=name, description=text, freeform=True, grammar=Grammar(syntax="lark", definition=shape["grammar"])
    )


def _text(name: str) -> str:
    return files("codergen.profiles").joinpath("data", name).read_text(encoding="utf-8")
