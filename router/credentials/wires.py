"""What differs between the three APIs before the body is looked at: address, allowed paths, where a key stands."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MODEL = r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One thing that may be asked. Everything else of the API is closed."""

    path: re.Pattern[str]
    """Whole path; the group `model` where the path holds it."""
    generates: bool = True
    """It costs tokens and has an end to look for."""
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One API."""

    base_url: str
    """The vendor's own, for an endpoint that names none."""
    version: str
    """First part of every path; an endpoint's base URL may end with it too."""
    routes: tuple[Route, ...]
    query: frozenset[str]
    """Parameters that pass; a key among them never does."""
    key_headers: tuple[str, ...]
    """Where a tool may put its key, the usual place first. `authorization` carries it after `Bearer`."""
    key_query: str = ""


def _path(text: str) -> re.Pattern[str]:
    return re.compile(text.replace("MODEL", f"(?P<model>{MODEL})"))


WIRES: Mapping[str, Wire] = MappingProxyType(
    {
        "anthropic_messages": Wire(
            base_url="https://api.anthropic.com",
            version="/v1",
            routes=(
                Route(path=_path(r"/v1/messages")),
                Route(path=_path(r"/v1/messages/count_tokens"), generates=False),
            ),
            query=frozenset({"beta"}),
            key_headers=("x-api-key", "authorization"),
        ),
        "openai_responses": Wire(
            base_url="https://api.openai.com/v1",
            version="/v1",
            routes=(Route(path=_path(r"/v1/responses")),),
            query=frozenset(),
            key_headers=("authorization",),
        ),
        "gemini_generate": Wire(
            base_url="https://generativelanguage.googleapis.com",
            version="/v1beta",
            routes=(
                Route(path=_path(r"/v1beta/models/MODEL:(generateContent|streamGenerateContent)")),
                Route(path=_path(r"/v1beta/models/MODEL:countTokens"), generates=False),
            ),
            query=frozenset({"alt"}),
            key_headers=("x-goog-api-key",),
            key_query="key",
        ),
    }
)


def target(wire: Wire, base_url: str, path: str) -> str:
    """The vendor's URL for an allowed path, without query."""
    base = (base_url or wire.base_url).rstrip("/")
    return base + (path.removeprefix(wire.version) if base.endswith(wire.version) else path)
