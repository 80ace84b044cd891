"""What a request asks the vendor to do beside answering: run a tool on its side, or fetch something by address. Either
leads out of a sandbox that has no network. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

Json = Mapping[str, Any]

_RUN_BY_VENDOR: Mapping[str, re.Pattern[str]] = {
    "anthropic_messages": re.compile(r"web_|code_execution|mcp_|advisor"),
    "openai_responses": re.compile(r"web_|file_search|code_interpreter|programmatic|image_generation|mcp|computer"),
}
"""Types of tools that the vendor runs on its side. What runs in the box (`bash_20250124`, `custom`) is not here."""
_GEMINI_OWN = frozenset({"functionDeclarations", "function_declarations"})
_BY_THE_MODEL = frozenset({"input_schema", "parameters", "parametersJsonSchema", "args", "response", "arguments"})
"""Names whose values are data of tools: an address in there is only text."""


def hosted(api: str, content: Json) -> Iterator[str]:
    """One word for each thing found."""
    if content.get("mcp_servers") or content.get("container"):
        yield "mcp_servers or container"
    if content.get("background"):
        yield "background"
    pattern = _RUN_BY_VENDOR.get(api)
    for tool in _tools(content):
        if pattern is None:
            yield from (name for name in tool if name not in _GEMINI_OWN)
        elif pattern.match(kind := str(tool.get("type", ""))) or _contained(tool):
            yield kind
    if any(_fetches(part) for part in _parts(content)):
        yield "content by address"


def _contained(tool: Json) -> bool:
    """A tool that works in a container of the vendor's, e.g. openai's `shell`, which may reach the network there."""
    place = tool.get("environment")
    return isinstance(place, dict) and cast("Json", place).get("type") != "local"


def _tools(content: Json) -> Iterator[Json]:
    """Tools at the top, in namespaces, and in input items that add some (codex: `additional_tools`)."""
    places: list[Any] = [content.get("tools")]
    if isinstance(items := content.get("input"), list):
        places += [cast("Json", item).get("tools") for item in cast("list[Any]", items) if isinstance(item, dict)]
    while places:
        for tool in cast("list[Any]", place) if isinstance(place := places.pop(), list) else []:
            if isinstance(tool, dict):
                yield cast("Json", tool)
                places.append(cast("Json", tool).get("tools"))


def _parts(content: Json) -> Iterator[Json]:
    """Every object of a request, save the data of tools."""
    queue: list[Any] = [content]
    while queue:
        value = queue.pop()
        if isinstance(value, list):
            queue += cast("list[Any]", value)
        elif isinstance(value, dict):
            part = cast("Json", value)
            yield part
            data = _BY_THE_MODEL | ({"input"} if part.get("type") == "tool_use" else set[str]())
            queue += [inner for name, inner in part.items() if name not in data]


def _fetches(part: Json) -> bool:
    """A picture or document by URL: anthropic's `source`, openai's `image_url` and `file_url`, gemini's `fileData`."""
    source = part.get("source")
    if isinstance(source, dict) and cast("Json", source).get("type") == "url":
        return True
    image = part.get("image_url")
    if isinstance(image, str) and not image.startswith("data:"):
        return True
    inline = part.get("file_data")
    return bool(part.get("file_url") or part.get("fileData") or isinstance(inline, dict))
