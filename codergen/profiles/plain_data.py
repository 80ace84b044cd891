"""The numbers and prompts of the profile `plain`, read once per profile."""

import tomllib
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

import prompts
from prompts import Prompt


class Output(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    base: int
    per_char: float
    thinking: int
    """More, for a model that thinks first: its thoughts count as output."""


class PlainData(BaseModel):
    """`plain.toml`, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    seconds: float
    task_chars: int
    failure_chars: int
    failure_tests: int
    context_chars: int
    lines: int
    temperatures: tuple[float, ...]
    schedule: Annotated[tuple[tuple[int, int], ...], Field(min_length=1)]
    output: Output

    @property
    def functions(self) -> int:
        return 1 + max(function for function, _ in self.schedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainTexts:
    system: Prompt
    ask: Prompt
    failed: Prompt
    refused: Prompt

    @property
    def all(self) -> tuple[Prompt, ...]:
        return self.system, self.ask, self.failed, self.refused


def load() -> tuple[PlainData, PlainTexts, str]:
    """Numbers, prompts, and the version over both."""
    text = files(__package__ or __name__).joinpath("plain.toml").read_text(encoding="utf-8")
    texts = PlainTexts(**{name: prompts.load(f"families/plain/{name}") for name in PlainTexts.__slots__})
    version = sha256("\n".join((text, *(prompt.sha256 for prompt in texts.all))).encode()).hexdigest()[:12]
    return PlainData.model_validate(tomllib.loads(text)), texts, version
