"""Kinds of agent that the tool Agent can set to work: what each is for, and what it is told before its task. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    purpose: str
    """For the model that chooses."""
    prompt: str = ""
    """Name below `prompts/families/claude/agents/` of what it is told first; empty tells nothing."""


KINDS: Mapping[str, Kind] = {
    "Explore": Kind(
        purpose="looks for something in many files and reports where it is and how it works; changes nothing",
        prompt="explore",
    ),
    "general-purpose": Kind(purpose="any task, with all tools; the one that is taken where no kind is named"),
    "Plan": Kind(
        purpose="reads the code and proposes how to make a change, step by step; changes nothing", prompt="plan"
    ),
}
