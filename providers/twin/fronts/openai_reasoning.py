"""What the twin puts in `encrypted_content`, and how it knows it again. It is no secret, only proof of no change."""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from providers.twin import wire
from providers.twin.check import need
from providers.twin.front import Wire

RULE = "SDK type ResponseReasoningItemParam; the check of the content is assumed"


def seal(model: str, id: str, text: str) -> str:
    """Encrypted content of a reasoning item of `model`, the same in every run."""
    inner = json.dumps([model, text], ensure_ascii=False).encode()
    return f"{base64.urlsafe_b64encode(inner).decode()}.{wire.sign('openai', model, id, text)}"


def sealed_by(item: Wire) -> str:
    """The model that an item is from. Raises Rejected when the item was changed since."""
    inner, _, signature = str(item["encrypted_content"]).rpartition(".")
    id = str(item.get("id"))
    try:
        model, text = cast("tuple[str, str]", json.loads(base64.urlsafe_b64decode(inner)))
        good = wire.signed(signature, "openai", model, id, text)
    except (ValueError, TypeError):
        model, good = "", False
    need(good, f"The encrypted content for item {id} could not be verified. Reason: it was altered.", RULE)
    return model


def removed(items: Sequence[Any], model: str) -> Iterator[Wire]:
    """`Response.input_transformations`: reasoning of another model is taken out, and that is told."""
    for item in items:
        if item.get("type") == "reasoning" and item.get("encrypted_content") and sealed_by(item) != model:
            yield {"type": "reasoning", "id": item["id"], "action": "removed", "reason": "model_mismatch"}
