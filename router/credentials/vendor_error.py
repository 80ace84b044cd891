"""What an error of a vendor's is in our terms, from its status and body. Pure."""

import json
from typing import Any, cast

from providers.errors import Failure, classify
from providers.gemini_generate import failure as gemini

_READ = 4000


def kind_of(api: str, status: int, text: str) -> str:
    """The `providers.errors` kind. Google tells a bad key with 400, so its typed details are asked first."""
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    facts = Failure(status=status, code=_code(body), body=text[:_READ])
    if api == "gemini_generate" and body is not None:
        return gemini.kind(gemini.rpc(body), facts)("").kind
    return classify(facts)("").kind


def _code(body: object) -> str:
    """The vendor's words for it: anthropic's type, openai's code and type."""
    inner = cast("dict[str, Any]", body).get("error") if isinstance(body, dict) else None
    words = cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}
    return " ".join(str(words[name]).lower() for name in ("code", "type") if words.get(name))
