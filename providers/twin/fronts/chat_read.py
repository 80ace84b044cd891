"""Requests of the chat completions wire, checked and put into our words. SDK types are those of `openai.types.chat`."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from providers.twin.check import as_list, as_object, as_text, need
from providers.twin.front import Asked, Block, Call, Wire
from providers.twin.wire import canonical
from providers.types import (
    Grammar,
    MediaPart,
    Message,
    ModelRequest,
    NamedTool,
    OutputSchema,
    Part,
    Role,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
    ToolSpec,
)

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""SDK type FunctionDefinition.name: what it may be made of, and how long."""
ROLES = frozenset({"developer", "system", "user", "assistant", "tool", "function"})
"""SDK type ChatCompletionMessageParam."""
MEDIA_TOKENS = 800
"""Of a picture or a file, assumed."""


def read(call: Call) -> Asked:
    """A checked request. Raises Rejected with the rule that is broken."""
    body = as_object(call.body, "body", "SDK type CompletionCreateParams")
    model = as_text(body.get("model"), "model", "SDK type CompletionCreateParams.model")
    wired = as_list(body.get("messages"), "messages", "SDK type CompletionCreateParams.messages")
    need(bool(wired), "messages must not be empty", "assumed")
    tools = tuple(
        _tool(tool, at) for at, tool in enumerate(as_list(body.get("tools") or [], "tools", "SDK type tools"))
    )
    messages = [_message(message, f"messages[{at}]") for at, message in enumerate(wired)]
    _results_follow_calls(messages)
    leading = next((at for at, message in enumerate(messages) if message.role != "system"), len(messages))
    request = ModelRequest(
        model=model,
        system="\n\n".join(message.text for message in messages[:leading]),
        messages=tuple(messages[leading:]),
        tools=tools,
        max_output_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        temperature=body.get("temperature"),
        seed=body.get("seed"),
        stop=_stop(body.get("stop")),
        effort=body.get("reasoning_effort"),
        tool_choice=_choice(body.get("tool_choice")),
        parallel_tool_calls=body.get("parallel_tool_calls"),
        output=_output(body.get("response_format")),
        cache_key=body.get("prompt_cache_key") or "",
    )
    return Asked(
        call=call,
        request=request,
        blocks=tuple(_blocks(body, leading)),
        streaming=body.get("stream") is True,
        key=call.headers.get("authorization", "").removeprefix("Bearer "),
        conversation=request.cache_key,
    )


def _tool(value: object, at: int) -> ToolSpec:
    """SDK types ChatCompletionFunctionToolParam and ChatCompletionCustomToolParam."""
    place, rule = f"tools[{at}]", "SDK type ChatCompletionToolUnionParam"
    tool = as_object(value, place, rule)
    kind = tool.get("type")
    need(kind in ("function", "custom"), f"{place}.type must be function or custom", rule)
    inner = as_object(tool.get(str(kind)), f"{place}.{kind}", rule)
    name = as_text(inner.get("name"), f"{place}.{kind}.name", rule)
    need(NAME.fullmatch(name) is not None, f"{place}.{kind}.name has letters it may not", "SDK type FunctionDefinition")
    if kind == "custom":
        form: Wire = inner.get("format") or {}
        wired: Wire | None = form.get("grammar")
        grammar = Grammar(syntax=wired["syntax"], definition=wired["definition"]) if wired else None
        return ToolSpec(name=name, description=inner.get("description") or "", freeform=True, grammar=grammar)
    return ToolSpec(
        name=name,
        description=inner.get("description") or "",
        parameters=as_object(inner.get("parameters") or {}, f"{place}.function.parameters", rule),
        strict=inner.get("strict") is True,
    )


def _message(value: object, place: str) -> Message:
    rule = "SDK type ChatCompletionMessageParam"
    wired = as_object(value, place, rule)
    said = wired.get("role")
    need(said in ROLES, f"{place}.role is none of {', '.join(sorted(ROLES))}", rule)
    if said == "tool":
        call_id = as_text(wired.get("tool_call_id"), f"{place}.tool_call_id", "SDK type ChatCompletionToolMessageParam")
        content = "".join(part.text for part in _content(wired.get("content"), place) if isinstance(part, TextPart))
        return Message(role="tool", parts=(ToolResultPart(call_id=call_id, name="", content=content),))
    calls = tuple(_calls(wired.get("tool_calls") or [], f"{place}.tool_calls"))
    content = wired.get("content")
    need(content is not None or said == "assistant", f"{place}.content is missing", rule)
    need(content is not None or bool(calls), f"{place} has neither content nor tool_calls", rule)
    role: Role = "system" if said in ("system", "developer") else "assistant" if said == "assistant" else "user"
    return Message(role=role, parts=(*(_content(content, place) if content is not None else ()), *calls))


def _content(value: object, place: str) -> Iterator[Part]:
    if isinstance(value, str):
        yield TextPart(text=value)
        return
    rule = "SDK type ChatCompletionContentPartParam"
    for at, item in enumerate(as_list(value, f"{place}.content", rule)):
        part = as_object(item, f"{place}.content[{at}]", rule)
        match part.get("type"):
            case "text":
                yield TextPart(text=str(part.get("text", "")))
            case "refusal":
                yield TextPart(text=str(part.get("refusal", "")))
            case "image_url":
                yield _picture(
                    str(as_object(part.get("image_url"), f"{place}.content[{at}].image_url", rule).get("url"))
                )
            case "file":
                file = as_object(part.get("file"), f"{place}.content[{at}].file", rule)
                yield MediaPart(media_type="application/pdf", data=str(file.get("file_data", "")))
            case other:
                need(False, f"{place}.content[{at}].type is {other!r}", rule)


def _picture(url: str) -> MediaPart:
    if url.startswith("data:"):
        head, _, data = url.removeprefix("data:").partition(",")
        return MediaPart(media_type=head.partition(";")[0], data=data)
    return MediaPart(media_type="image/*", url=url)


def _calls(value: object, place: str) -> Iterator[ToolCallPart]:
    """SDK type ChatCompletionMessageToolCallUnionParam. Arguments are text: nobody holds them to be JSON (assumed)."""
    rule = "SDK type ChatCompletionMessageToolCallUnionParam"
    for at, item in enumerate(as_list(value, place, rule)):
        wired = as_object(item, f"{place}[{at}]", rule)
        kind = str(wired.get("type"))
        inner = as_object(wired.get(kind), f"{place}[{at}].{kind}", rule)
        text = inner.get("input" if kind == "custom" else "arguments")
        need(isinstance(text, str), f"{place}[{at}] has no text for its tool", rule)
        name = as_text(inner.get("name"), f"{place}[{at}].name", rule)
        call_id = as_text(wired.get("id"), f"{place}[{at}].id", rule)
        yield ToolCallPart(id=call_id, name=name, arguments=cast("str", text), freeform=kind == "custom")


def _results_follow_calls(messages: Sequence[Message]) -> None:
    """Every call is answered right behind the message that made it, and nothing else is (assumed)."""
    rule, due = "assumed", set[str]()
    for at, message in enumerate(messages):
        result = message.parts[0] if message.role == "tool" else None
        if isinstance(result, ToolResultPart):
            need(result.call_id in due, f"messages[{at}] answers no call: {result.call_id!r}", rule)
            due.discard(result.call_id)
            continue
        need(not due, f"messages[{at}]: calls without a result before it: {', '.join(sorted(due))}", rule)
        due = {part.id for part in message.tool_calls}
    need(not due, f"calls without a result at the end: {', '.join(sorted(due))}", rule)


def _stop(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(map(str, as_list(value, "stop", "SDK type stop")))


def _choice(value: object) -> ToolChoice:
    """SDK type ChatCompletionToolChoiceOptionParam."""
    if value is None or value == "auto":
        return "auto"
    if value == "none":
        return "none"
    if value == "required":
        return "required"
    rule = "SDK type ChatCompletionToolChoiceOptionParam"
    wired = as_object(value, "tool_choice", rule)
    kind = str(wired.get("type"))
    inner = as_object(wired.get(kind), f"tool_choice.{kind}", rule)
    return NamedTool(name=as_text(inner.get("name"), f"tool_choice.{kind}.name", rule))


def _output(value: object) -> OutputSchema | None:
    """SDK type ResponseFormatJSONSchema."""
    wired = as_object(value or {}, "response_format", "SDK type ResponseFormat")
    if wired.get("type") != "json_schema":
        return None
    inner = as_object(wired.get("json_schema"), "response_format.json_schema", "SDK type ResponseFormatJSONSchema")
    schema = as_object(inner.get("schema") or {}, "response_format.json_schema.schema", "SDK type JSONSchema")
    return OutputSchema(name=as_text(inner.get("name"), "response_format.json_schema.name", "SDK type"), schema=schema)


def _blocks(body: Wire, leading: int) -> Iterator[Block]:
    """Tools, then messages; each content part is a block, the calls of a message are one more."""
    for at, tool in enumerate(cast("list[Any]", body.get("tools") or [])):
        yield Block(place=f"tools[{at}]", text=canonical(tool))
    for at, message in enumerate(cast("list[Wire]", body["messages"])):
        place = f"system[{at}]" if at < leading else f"messages[{at}]"
        content: Any = message.get("content") or []
        parts: list[Wire] = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
        rest = {name: value for name, value in message.items() if name != "content"}
        for number, part in enumerate(parts):
            media = part.get("type") in ("image_url", "file")
            text = canonical([message["role"], part])
            yield Block(place=f"{place}.content[{number}]", text=text, tokens=MEDIA_TOKENS if media else None)
        if not parts or len(rest) > 1:
            yield Block(place=place, text=canonical(rest))
