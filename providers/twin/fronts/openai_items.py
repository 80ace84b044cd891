"""Input items of a Responses request, checked and put into our words.

SDK types are those of `openai.types.responses`. What the type of an item does not say is taken from wire.md 2 or
assumed: which item must follow which.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, cast

from providers.twin.check import need
from providers.twin.front import Wire
from providers.twin.fronts.checks import array, mapping, one_of, text
from providers.twin.fronts.openai_reasoning import sealed_by
from providers.twin.fronts.openai_tools import named
from providers.types import MediaPart, Message, Part, ReasoningPart, Role, TextPart, ToolCallPart, ToolResultPart

API = "openai_responses"
ROLES: Mapping[str, Role] = {"user": "user", "assistant": "assistant", "system": "system", "developer": "system"}
CALLS: Mapping[str, Literal["arguments", "input"]] = {"function_call": "arguments", "custom_tool_call": "input"}
OUTPUTS: Mapping[str, str] = {"function_call_output": "function_call", "custom_tool_call_output": "custom_tool_call"}
SPOKEN: Mapping[str, str] = {"function_call": "function call", "custom_tool_call": "custom tool call"}
OTHERS = frozenset(
    {
        "additional_tools",
        "configuration_update",
        "tool_search_call",
        "tool_search_output",
        "compaction",
        "compaction_trigger",
        "file_search_call",
        "web_search_call",
        "computer_call",
        "computer_call_output",
        "image_generation_call",
        "code_interpreter_call",
        "local_shell_call",
        "local_shell_call_output",
        "shell_call",
        "shell_call_output",
        "apply_patch_call",
        "apply_patch_call_output",
        "mcp_list_tools",
        "mcp_approval_request",
        "mcp_approval_response",
        "mcp_call",
        "program",
        "program_output",
    }
)
"""The rest of SDK type ResponseInputItemParam: let through unread."""
GIVEN = frozenset({"input_text", "input_image", "input_file"})
SAID = frozenset({"output_text", "refusal"})


def kind(item: Wire) -> str:
    """An item without a type is a message (SDK type EasyInputMessageParam)."""
    return str(item.get("type") or ("message" if "role" in item else ""))


def messages(items: Sequence[Any], model: str) -> Iterator[Message]:
    """Items as messages: what a model wrote in one go is one message. Raises Rejected."""
    said: list[Part] = []
    for at, value in enumerate(items):
        item = mapping(value, f"input[{at}]", "SDK type ResponseInputItemParam")
        found = _item(item, f"input[{at}]", model)
        if found is None:
            continue
        if found.role == "assistant":
            said += found.parts
            continue
        if said:
            yield Message(role="assistant", parts=tuple(said))
            said = []
        yield found
    if said:
        yield Message(role="assistant", parts=tuple(said))


def _item(item: Wire, place: str, model: str) -> Message | None:
    what = kind(item)
    if what == "message":
        return _message(item, place, model)
    if what == "reasoning":
        return Message(role="assistant", parts=tuple(_reasoning(item, place, model)))
    if what in CALLS:
        return Message(role="assistant", parts=(_call(item, place),))
    if what in OUTPUTS:
        return Message(role="tool", parts=(_output(item, place),))
    refers = f"Item with id '{item.get('id')}' not found. Items are not persisted when `store` is set to false."
    need(what != "item_reference", refers, "SDK type ItemReference; the twin stores nothing", name="not_found")
    need(what in OTHERS, f"Invalid value: '{what}' in '{place}.type'.", "SDK type ResponseInputItemParam")
    return None


def _message(item: Wire, place: str, model: str) -> Message:
    role = ROLES[one_of(item.get("role"), frozenset(ROLES), f"{place}.role", "SDK type EasyInputMessageParam")]
    content = item.get("content")
    own = role == "assistant"
    if isinstance(content, str):
        parts: tuple[Part, ...] = (TextPart(text=content),)
    else:
        listed = array(content, f"{place}.content", "SDK types EasyInputMessageParam, ResponseOutputMessageParam")
        parts = tuple(_part(part, f"{place}.content[{at}]", own=own) for at, part in enumerate(listed))
    if own and item.get("phase"):
        opaque = {"type": "message", "phase": item["phase"]}
        parts = (ReasoningPart(opaque=opaque, provider=API, model=model), *parts)
    return Message(role=role, parts=parts)


def _part(value: object, place: str, *, own: bool) -> TextPart | MediaPart:
    rule = "SDK types ResponseOutputMessageParam.content" if own else "SDK type ResponseInputMessageContentListParam"
    part = mapping(value, place, rule)
    match one_of(part.get("type"), SAID if own else GIVEN, f"{place}.type", rule):
        case "input_image":
            return _picture(part, place)
        case "input_file":
            return _file(part, place)
        case "refusal":
            return TextPart(text=text(part.get("refusal"), f"{place}.refusal", rule, empty=True))
        case _:
            return TextPart(text=text(part.get("text"), f"{place}.text", rule, empty=True))


def _picture(part: Wire, place: str) -> MediaPart:
    rule = "SDK type ResponseInputImageParam"
    if part.get("file_id"):
        return MediaPart(media_type="image/*", url=f"file:{part['file_id']}")
    url = text(part.get("image_url"), f"{place}.image_url", rule)
    if url.startswith("data:"):
        media_type, data = _data(url, f"{place}.image_url", rule)
        need(media_type.startswith("image/"), f"Invalid '{place}.image_url': not an image ({media_type}).", rule)
        return MediaPart(media_type=media_type, data=data)
    need(url.startswith(("http://", "https://")), f"Invalid '{place}.image_url'. Expected a valid URL.", rule)
    return MediaPart(media_type="image/*", url=url)


def _file(part: Wire, place: str) -> MediaPart:
    rule = "SDK type ResponseInputFileParam"
    if url := part.get("file_url") or part.get("file_id"):
        return MediaPart(media_type="application/pdf", url=str(url))
    name = text(part.get("filename"), f"{place}.filename", f"{rule}; that data needs a name is assumed")
    media_type, data = _data(text(part.get("file_data"), f"{place}.file_data", rule), f"{place}.file_data", rule)
    return MediaPart(media_type=media_type, data=data, name=name)


def _data(url: str, place: str, rule: str) -> tuple[str, str]:
    """Media type and base64 of a data URL."""
    head, _, data = url.removeprefix("data:").partition(";base64,")
    try:
        good = bool(base64.b64decode(data, validate=True)) and url.startswith("data:")
    except binascii.Error:
        good = False
    need(good, f"Invalid '{place}'. Expected a base64-encoded data URL with a media type.", rule)
    return head, data


def _reasoning(item: Wire, place: str, model: str) -> Iterator[ReasoningPart]:
    """Nothing when it is another model's: the service takes that out (SDK type InputTransformation)."""
    rule = "SDK type ResponseReasoningItemParam"
    id = text(item.get("id"), f"{place}.id", rule)
    array(item.get("summary"), f"{place}.summary", rule)
    if not item.get("encrypted_content"):
        message = f"Item with id '{id}' not found. Items are not persisted when `store` is set to false."
        need(False, message, "the twin stores nothing; assumed", name="not_found")
    if sealed_by(item) == model:
        summary = "\n\n".join(str(part.get("text", "")) for part in cast("list[Wire]", item["summary"]))
        yield ReasoningPart(text=summary, opaque=item, provider=API, model=model)


def _call(item: Wire, place: str) -> ToolCallPart:
    """SDK types ResponseFunctionToolCallParam, ResponseCustomToolCallParam. Arguments may be any text (assumed)."""
    what = kind(item)
    rule = f"SDK type of a {what}"
    return ToolCallPart(
        id=_call_id(item, place, rule),
        name=named(text(item.get("name"), f"{place}.name", rule), item.get("namespace")),
        arguments=text(item.get(CALLS[what]), f"{place}.{CALLS[what]}", rule, empty=True),
        freeform=what == "custom_tool_call",
    )


def _call_id(item: Wire, place: str, rule: str) -> str:
    id = text(item.get("call_id"), f"{place}.call_id", rule)
    need(len(id) <= 64, f"Invalid '{place}.call_id': string too long. Expected at most 64 characters.", "assumed")
    return id


def _output(item: Wire, place: str) -> ToolResultPart:
    """SDK types FunctionCallOutput and ResponseCustomToolCallOutputParam: text, or a list of content."""
    rule = f"SDK type of a {kind(item)}"
    id, output = _call_id(item, place, rule), item.get("output")
    if isinstance(output, str):
        return ToolResultPart(call_id=id, name="", content=output)
    listed = array(output, f"{place}.output", rule)
    parts = [_part(part, f"{place}.output[{at}]", own=False) for at, part in enumerate(listed)]
    content = "".join(part.text for part in parts if isinstance(part, TextPart))
    media = tuple(part for part in parts if isinstance(part, MediaPart))
    return ToolResultPart(call_id=id, name="", content=content, media=media)
