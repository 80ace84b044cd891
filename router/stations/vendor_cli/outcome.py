"""The tool's own report: the schema it is asked for, and how an answer is read against it. Pure. It is a claim."""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "outcome": {"type": "string", "enum": ["done", "nothing_to_do", "blocked"]},
        "summary": {"type": "string"},
        "checks": {"type": "array", "items": {"type": "string"}},
        "question": {"type": "string"},
    },
    "required": ["outcome", "summary", "checks", "question"],
    "additionalProperties": False,
}
"""Every field is required and nothing else allowed, since strict structured output takes no other form."""


class Outcome(BaseModel):
    """What the tool says of its own work."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    outcome: Literal["done", "nothing_to_do", "blocked"]
    summary: str
    checks: tuple[str, ...] = ()
    """Commands it ran, one line each, with what they gave."""
    question: str = ""
    """What a person has to answer when it is blocked."""


_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)\n```", re.DOTALL)


def outcome_of(output: Mapping[str, Any] | None, text: str) -> Outcome | None:
    """The structured answer if there is one, else what the last words hold: bare JSON, a fenced block, or JSON at the
    end. None when nothing of it fits."""
    if output is not None:
        return _parse(output)
    for candidate in (text, *reversed(_FENCED.findall(text)), text[text.rfind('{"') :]):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and (found := _parse(value)) is not None:  # pyright: ignore[reportUnknownArgumentType]
            return found
    return None


def _parse(value: Mapping[str, Any]) -> Outcome | None:
    try:
        return Outcome.model_validate(value)
    except ValidationError:
        return None
