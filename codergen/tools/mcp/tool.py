"""A server's tool as one of ours, and what it answers as a result."""

import asyncio
import base64
import binascii
import json
from typing import Any

from mcp_types import (
    AudioContent,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)
from mcp_types import Tool as ToolEntry
from pydantic import ConfigDict

from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.mcp.connection import Connection
from codergen.tools.mcp.names import name
from codergen.tools.truncate import Cut, truncate
from providers.types import MediaPart, ToolSpec

CUT = Cut(chars=50_000)
DESCRIPTION = 4_000
LARGEST_PICTURE = 5 << 20
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class AnyArguments(Arguments):
    """The server checks them."""

    model_config = ConfigDict(frozen=True, extra="allow")


class ServerTool:
    """Runs outside the sandbox, so it is asked for like the network, whatever a server says of its own tools. Calls of
    tools that may change something go to one server one at a time."""

    arguments = AnyArguments

    def __init__(self, connection: Connection, entry: ToolEntry, busy: asyncio.Lock) -> None:
        self.name = name(connection.server.name, entry.name)
        self.description = (entry.description or entry.title or "").strip()[:DESCRIPTION]
        self._connection, self._entry, self._busy = connection, entry, busy

    @property
    def spec(self) -> ToolSpec:
        """With the server's own schema."""
        return ToolSpec(
            name=self.name, description=self.description, parameters={"type": "object", **self._entry.input_schema}
        )

    def intent(self, args: AnyArguments, /) -> Intent:
        return Intent(act="network")

    async def run(self, args: AnyArguments, context: ToolContext, /) -> ToolResult:
        hints = self._entry.annotations
        arguments = args.model_extra or {}
        if hints is not None and hints.read_only_hint:
            answer = await self._connection.call(self._entry.name, arguments)
        else:
            async with self._busy:
                answer = await self._connection.call(self._entry.name, arguments)
        details = {"server": self._connection.server.name, "tool": self._entry.name}
        if isinstance(answer, str):
            return ToolResult(content=answer, is_error=True, details=details)
        return result(answer, details)


def result(answer: CallToolResult, details: dict[str, Any]) -> ToolResult:
    """Pure."""
    texts: list[str] = []
    media: list[MediaPart] = []
    for block in answer.content:
        shown = _shown(block)
        if isinstance(shown, MediaPart):
            media.append(shown)
        else:
            texts.append(shown)
    structured = answer.structured_content
    if structured is not None:
        details = {**details, "structured": structured}
        if not texts:
            texts.append(json.dumps(structured, ensure_ascii=False))
    text = "\n".join(texts) or ("(a picture)" if media else "(no output)")
    return ToolResult(
        content=truncate(text, CUT).text,
        details={**details, "text": text},
        media=tuple(media),
        is_error=True if answer.is_error else None,
    )


def _shown(block: ContentBlock) -> MediaPart | str:
    match block:
        case TextContent(text=text):
            return text
        case ImageContent(data=data, mime_type=kind):
            if kind in _PICTURES and len(data) <= LARGEST_PICTURE and _is_base64(data):
                return MediaPart(media_type=kind, data=data)
            return f"[a picture of the kind {kind} with {len(data):,} characters, which cannot be shown]"
        case AudioContent(mime_type=kind):
            return f"[sound of the kind {kind}, which cannot be shown]"
        case ResourceLink(uri=uri, title=title, name=label):
            return f"[{title or label}: {uri}]"
        case EmbeddedResource(resource=resource):
            if isinstance(resource, TextResourceContents):
                return resource.text
            return f"[{resource.uri}: {resource.mime_type or 'data'}, {len(resource.blob):,} characters of base64]"


def _is_base64(data: str) -> bool:
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
