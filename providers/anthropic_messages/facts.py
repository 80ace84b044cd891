"""What a request's form depends on: facts of a model, from the catalogue. Pure."""

from dataclasses import dataclass
from typing import Literal

from providers.types import Effort, ModelInfo

API = "anthropic_messages"

UNLISTED_MAX_TOKENS = 64_000
"""The wire demands a limit (`max_tokens`, MessageCreateParams). For a model that nobody lists it is the smallest of
the models that the catalogue does list; a model with a smaller one refuses with its number in the text."""

EFFORTS: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")
"""OutputConfigParam.effort."""
BUDGETS: dict[Effort, int] = {"low": 4_096, "medium": 12_000, "high": 31_999, "xhigh": 48_000, "max": 63_999}
"""Tokens of thinking for models that take a number instead of an effort. 31,999 is what Claude Code asks for (wire.md
1.1); the others are ours."""
SMALLEST_BUDGET = 1_024
"""ThinkingConfigEnabledParam."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One model, as far as requests to it differ."""

    max_tokens: int = UNLISTED_MAX_TOKENS
    thinking: Literal["adaptive", "budget", "none"] = "adaptive"
    """How it is told to think: `thinking.type` adaptive, or enabled with `budget_tokens`, or not at all."""
    efforts: tuple[Effort, ...] = EFFORTS
    """Values of `output_config.effort`, cheapest first; empty when it takes none."""
    system_role: bool = False
    """Messages with role `system` in mid-conversation (catalogue flag `mid_system`)."""
    sampling: bool = False
    """Takes `temperature`, which the SDK no longer names (catalogue flag `sampling`)."""
    prefill: bool = False
    """Goes on with an assistant's message at the end (catalogue flag `prefill`)."""
    forced_tools: bool = True
    """`tool_choice` may be `any` or `tool` (catalogue flag `forced_tools`)."""


def facts(info: ModelInfo) -> Facts:
    """A model that the catalogue does not list is taken for a new one: it thinks adaptively at every effort."""
    if not info.features:
        return Facts(max_tokens=info.max_output_tokens or UNLISTED_MAX_TOKENS)
    adaptive, reasons = "adaptive_thinking" in info.features, "reasoning" in info.features
    efforts: tuple[Effort, ...] = tuple(effort for effort in EFFORTS if effort in info.efforts) or EFFORTS[:3]
    return Facts(
        max_tokens=info.max_output_tokens or UNLISTED_MAX_TOKENS,
        thinking="adaptive" if adaptive else "budget" if reasons else "none",
        efforts=efforts if adaptive or "effort" in info.features else (),
        system_role="mid_system" in info.features,
        sampling="sampling" in info.features,
        prefill="prefill" in info.features,
        forced_tools="forced_tools" in info.features,
    )
