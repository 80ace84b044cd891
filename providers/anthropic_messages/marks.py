"""Where a request asks for prompt caching. Pure.

The service caches tools, then system, then messages, up to a mark, and looks back some 20 blocks from a mark for what
an earlier request wrote. So, at most three of the four marks it allows:

1. the end of the system text, which covers the tools in front of it (Claude Code marks it there, and no tool: wire.md
   1.2); without a system text, the last tool;
2. the last block before the model's last turn: that is where the request before this one had its last mark, so it hits
   however many blocks that turn and its results have added;
3. the last block of the last message, for the next request to find.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Wire = dict[str, Any]

MARK = {"type": "ephemeral"}
MARKABLE = frozenset({"text", "image", "document", "tool_use", "tool_result"})
"""Kinds of block whose SDK type has `cache_control` and that we send; thinking has none."""


def _last(blocks: Sequence[Wire]) -> list[Wire]:
    """Blocks with a mark on the last one."""
    return [*blocks[:-1], {**blocks[-1], "cache_control": MARK}]


def _marked(message: Wire) -> Wire:
    """A message with a mark on its last block that can carry one."""
    blocks: list[Wire] = message["content"]
    end = max((at + 1 for at, block in enumerate(blocks) if block["type"] in MARKABLE), default=0)
    return {**message, "content": [*_last(blocks[:end]), *blocks[end:]]} if end else message


def _places(messages: Sequence[Wire]) -> set[int]:
    """Indices of the messages that get a mark."""
    turns = [at for at, message in enumerate(messages) if message["role"] == "assistant"]
    anchor = turns[-1] - 1 if turns else -1
    return {at for at in (anchor, len(messages) - 1) if at >= 0}


def marked(body: Mapping[str, Any]) -> Wire:
    """The body with its marks. Nothing else changes, and nothing that is passed in."""
    found = dict(body)
    head = next((name for name in ("system", "tools") if found.get(name)), None)
    if head:
        found[head] = _last(found[head])
    places = _places(found["messages"])
    found["messages"] = [_marked(message) if at in places else message for at, message in enumerate(found["messages"])]
    return found
