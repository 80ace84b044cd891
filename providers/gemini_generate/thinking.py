"""How much a Gemini model thinks, in the words its family has. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from providers.effort import nearest
from providers.types import Effort, ModelInfo

Family = Literal["level", "budget", "none"]

_NONE = re.compile(r"gemma|gemini-(1\.|2\.0|exp)")
_BUDGET = re.compile(r"gemini-2\.5|robotics-er-1")

LEVELS: Mapping[Effort, str] = {
    "none": "MINIMAL",
    "minimal": "MINIMAL",
    "low": "LOW",
    "medium": "MEDIUM",
    "high": "HIGH",
    "xhigh": "XHIGH",
    "max": "XHIGH",
}
"""`types.ThinkingLevel`. There is no level that turns thinking off."""
USUAL_LEVELS: tuple[Effort, ...] = ("low", "medium", "high")
"""What a model with levels takes when the catalogue does not say (assumed)."""

BUDGETS: Mapping[Effort, int] = {
    "none": 0,
    "minimal": 1024,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "xhigh": 24576,
    "max": 24576,
}
"""Tokens, as Google's page on OpenAI compatibility maps the words for the 2.5 models; 24,576 is the most that all of
them take."""
LEAST_OF_PRO = 128
"""gemini-2.5-pro cannot be told not to think (`types.ThinkingConfig`: ranges depend on the model)."""


def family(model: str) -> Family:
    """What a model is told with. Ids nobody knows count as new ones, which have levels."""
    if _NONE.search(model):
        return "none"
    return "budget" if _BUDGET.search(model) else "level"


def wants_signatures(model: str) -> bool:
    """Gemini 3 and later refuse a call without a thought signature; earlier ones do not look."""
    return family(model) == "level"


def config(info: ModelInfo, effort: Effort | None) -> dict[str, Any] | None:
    """`thinkingConfig` as on the wire; None for a model that does not think."""
    kind = family(info.id)
    if kind == "none":
        return None
    told: dict[str, Any] = {"includeThoughts": True}
    if effort is None:
        return told
    if kind == "level":
        return {**told, "thinkingLevel": LEVELS[nearest(effort, info.efforts or USUAL_LEVELS)]}
    budget = BUDGETS[effort]
    return {**told, "thinkingBudget": max(budget, LEAST_OF_PRO) if "pro" in info.id else budget}
