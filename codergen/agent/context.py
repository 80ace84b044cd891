"""What a request adds to the one before: for the record, and for keeping prompt prefixes stable. Pure."""

from dataclasses import asdict
from typing import Any

from codergen.conversation import message_data
from providers.types import ModelRequest


def extends(previous: ModelRequest | None, request: ModelRequest) -> bool:
    """Whether a provider's prompt cache can reuse all of `previous`."""
    if previous is None:
        return False
    same = (previous.model, previous.system, previous.tools) == (request.model, request.system, request.tools)
    return same and request.messages[: len(previous.messages)] == previous.messages


def record(previous: ModelRequest | None, request: ModelRequest) -> dict[str, Any]:
    """The request as JSON values, without what the request before already said: a record grows with the conversation,
    not with its square. `after` is the number of messages left out; system and tools come where they changed."""
    kept = previous if previous is not None and extends(previous, request) else None
    after = len(kept.messages) if kept else 0
    choice = request.tool_choice
    data: dict[str, Any] = {
        "model": request.model,
        "after": after,
        "messages": [message_data(message) for message in request.messages[after:]],
        "max_output_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stop": list(request.stop),
        "grammar": request.grammar,
        "effort": request.effort,
        "tool_choice": choice if isinstance(choice, str) else choice.name,
        "output": request.output.name if request.output else None,
        "options": dict(request.options),
    }
    if kept is None:
        data |= {"system": request.system, "tools": [asdict(tool) for tool in request.tools]}
    return data
