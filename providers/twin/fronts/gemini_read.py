"""Checked requests of the Gemini API in our words, and as blocks of a prompt. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from providers.twin.front import Asked, Block, Call, Wire
from providers.twin.fronts.gemini_fields import elements, within
from providers.twin.fronts.gemini_rules import check
from providers.twin.wire import canonical
from providers.types import (
    MediaPart,
    Message,
    ModelRequest,
    NamedTool,
    OutputSchema,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
    ToolSpec,
)

PATH = re.compile(r"/v1(?:beta)?/models/(?P<model>[^/:]+):(?P<method>\w+)")
PICTURE_TOKENS = 258
"""Of a small picture (Google's page on image understanding); larger ones count more, which the twin does not."""


def read(call: Call) -> Asked:
    """A checked request. Raises Rejected with the rule that is broken."""
    found = PATH.fullmatch(call.path)
    model, method = (found["model"], found["method"]) if found else ("", "")
    sent = check(call.body, model)
    told = within(sent, "generationConfig")
    level = str(within(told, "thinkingConfig").get("thinkingLevel") or "").lower()
    request = ModelRequest(
        model=model,
        system="\n".join(part.get("text", "") for part in elements(within(sent, "systemInstruction"), "parts")),
        messages=tuple(message for content in sent["contents"] for message in _messages(content)),
        tools=tuple(_tool(declared) for declared in _declared(sent)),
        max_output_tokens=told.get("maxOutputTokens"),
        temperature=told.get("temperature"),
        seed=told.get("seed"),
        stop=tuple(elements(told, "stopSequences")),
        effort=cast("Any", level) if level in ("minimal", "low", "medium", "high", "xhigh") else None,
        tool_choice=_choice(sent),
        output=_output(told),
    )
    return Asked(
        call=call,
        request=request,
        blocks=tuple(blocks(sent)),
        streaming=method == "streamGenerateContent",
        key=key(call),
    )


def key(call: Call) -> str:
    return call.headers.get("x-goog-api-key") or call.query.get("key", "")


def _declared(sent: Wire) -> Iterator[Wire]:
    for tool in elements(sent, "tools"):
        yield from elements(tool, "functionDeclarations")


def _tool(declared: Wire) -> ToolSpec:
    return ToolSpec(
        name=declared["name"],
        description=declared.get("description") or "",
        parameters=declared.get("parametersJsonSchema") or declared.get("parameters") or {},
    )


def _messages(content: Wire) -> Iterator[Message]:
    """One content; answers to calls are a message of their own, before what the user says beside them."""
    if content.get("role") == "model":
        yield Message(role="assistant", parts=tuple(_parts(content)))
        return
    parts = tuple(_parts(content))
    results = tuple(part for part in parts if isinstance(part, ToolResultPart))
    rest = tuple(part for part in parts if not isinstance(part, ToolResultPart))
    if results:
        yield Message(role="tool", parts=results)
    if rest:
        yield Message(role="user", parts=rest)


def _parts(content: Wire) -> Iterator[Part]:
    for at, part in enumerate(content["parts"]):
        if "functionCall" in part:
            inner: Wire = part["functionCall"]
            arguments = json.dumps(within(inner, "args"), ensure_ascii=False)
            yield ToolCallPart(id=inner.get("id") or f"{inner['name']}_{at}", name=inner["name"], arguments=arguments)
        elif "functionResponse" in part:
            yield _result(part["functionResponse"], at)
        elif "inlineData" in part:
            yield MediaPart(media_type=part["inlineData"]["mimeType"], data=part["inlineData"].get("data", ""))
        elif "fileData" in part:
            file: Wire = part["fileData"]
            yield MediaPart(media_type=file.get("mimeType") or "", url=file.get("fileUri") or "")
        elif part.get("text"):
            yield ReasoningPart(text=part["text"]) if part.get("thought") else TextPart(text=part["text"])


def _result(wired: Wire, at: int) -> ToolResultPart:
    """types.FunctionResponse.response: `output` or `error` are known names, else all of it is the output."""
    told = within(wired, "response")
    value: Any = told.get("error", told.get("output", told))
    return ToolResultPart(
        call_id=wired.get("id") or f"{wired['name']}_{at}",
        name=wired["name"],
        content=value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
        is_error="error" in told,
    )


def _choice(sent: Wire) -> ToolChoice:
    told = within(sent, "toolConfig", "functionCallingConfig")
    allowed = elements(told, "allowedFunctionNames")
    if told.get("mode") == "NONE":
        return "none"
    if told.get("mode") != "ANY":
        return "auto"
    return NamedTool(name=allowed[0]) if len(allowed) == 1 else "required"


def _output(told: Wire) -> OutputSchema | None:
    schema = told.get("responseJsonSchema") or told.get("responseSchema")
    return OutputSchema(name="response", schema=schema) if schema else None


def blocks(sent: Wire) -> Iterator[Block]:
    """System, tools, contents, part by part (the order is assumed: the service does not tell how it caches)."""
    for at, part in enumerate(elements(within(sent, "systemInstruction"), "parts")):
        yield Block(place=f"systemInstruction.parts[{at}]", text=canonical(part))
    for at, tool in enumerate(elements(sent, "tools")):
        for number, declared in enumerate(elements(tool, "functionDeclarations")):
            yield Block(place=f"tools[{at}].functionDeclarations[{number}]", text=canonical(declared))
    for at, content in enumerate(sent["contents"]):
        for number, part in enumerate(content["parts"]):
            picture = "inlineData" in part or "fileData" in part
            yield Block(
                place=f"contents[{at}].parts[{number}]",
                text=canonical([content.get("role", "user"), part]),
                tokens=PICTURE_TOKENS if picture else None,
            )
