"""Our messages to `types.Content`, as plain mappings. Pure.

A thought signature signs the part it stands on and goes back on exactly that part (`types.Part`). We keep it in a
reasoning part right before: `opaque` is `{"signature": ..., "of": ...}`, or `{"part": ...}` for a part of the service's
own tools, which has no word of ours.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

from providers.errors import BadRequest
from providers.types import MediaPart, Message, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart

API = "gemini_generate"
Wire = dict[str, Any]
Signed = Literal["call", "text", "thought", "nothing"]
"""What a signature stands on. `nothing`: a part with no text of its own, as it ends some streams."""

NO_SIGNATURE = b"skip_thought_signature_validator"
"""What Google's page "Thought signatures" (FAQ) tells to send on a call that another model made; without it Gemini 3
answers 400. gemini-cli sends it too. See github.com/docker/docker-agent/pull/2155, elastic/kibana/pull/243463."""


def contents(messages: Iterable[Message], *, model: str, sign_calls: bool) -> list[Wire]:
    """The conversation. Neighbours of one role are merged; results stand in the order of their calls.

    With `sign_calls` the first call of a model's turn that has no signature of its own gets `NO_SIGNATURE`: in every
    turn, also old ones that the service would not check, so that a later request extends an earlier one.
    """
    merged: list[Wire] = []
    names: dict[str, str] = {}
    for message in messages:
        role = "model" if message.role == "assistant" else "user"
        names |= {call.id: call.name for call in message.tool_calls}
        parts = _model_parts(message, model) if role == "model" else _user_parts(message, names)
        if not parts:
            continue
        if merged and merged[-1]["role"] == role:
            merged[-1]["parts"] += parts
        else:
            merged.append({"role": role, "parts": parts})
    for at, content in enumerate(merged):
        if content["role"] == "model":
            _sign(content["parts"], sign_calls)
        elif at:
            content["parts"] = _in_order(content["parts"], merged[at - 1]["parts"])
    return merged


def signature(value: bytes, of: Signed) -> Mapping[str, Any]:
    """What `ReasoningPart.opaque` holds for a signed part."""
    return {"signature": base64.b64encode(value).decode(), "of": of}


def media(part: MediaPart) -> Wire:
    """A picture or document inline, or by its URI."""
    if part.url:
        return {"file_data": {"file_uri": part.url, "mime_type": part.media_type}}
    try:
        data = base64.b64decode(part.data, validate=True)
    except binascii.Error as error:
        raise BadRequest(f"{part.media_type} that is no base64: {error}", provider=API, code="bad_media") from error
    return {"inline_data": {"data": data, "mime_type": part.media_type}}


def arguments(part: ToolCallPart) -> Wire:
    """A call's arguments as the object this wire wants. Text that is none is kept under a name of its own."""
    if part.freeform:
        return {"input": part.arguments}
    try:
        value = json.loads(part.arguments or "{}")
    except json.JSONDecodeError:
        value = None
    return cast("Wire", value) if isinstance(value, dict) else {"arguments": part.arguments}


def _model_parts(message: Message, model: str) -> list[Wire]:
    """Parts of an assistant's message. Foreign reasoning and unsigned thoughts are left out (wire.md 3.2)."""
    wires: list[Wire] = []
    held: Mapping[str, Any] = {}
    for part in message.parts:
        if isinstance(part, ReasoningPart):
            wires += _alone(held)
            held = {}
            own = part.opaque if part.provider == API and part.model == model else None
            if own and own.get("of") == "thought":
                wires.append({"text": part.text, "thought": True, **_signed(own)})
            elif own and "part" in own:
                wires.append({**own["part"], **_signed(own)})
            elif own:
                held = own
            continue
        wire = _model_part(part)
        if wire is not None:
            fits = held.get("of") == ("call" if isinstance(part, ToolCallPart) else "text")
            wires += [] if fits else _alone(held)
            wires.append({**wire, **(_signed(held) if fits else {})})
            held = {}
    return wires + _alone(held)


def _model_part(part: Part) -> Wire | None:
    match part:
        case TextPart():
            return {"text": part.text} if part.text else None
        case ToolCallPart():
            return {"function_call": {"id": part.id, "name": part.name, "args": arguments(part)}}
        case MediaPart():
            return media(part)
        case _:
            return None


def _signed(opaque: Mapping[str, Any]) -> Wire:
    return {"thought_signature": base64.b64decode(opaque["signature"])} if "signature" in opaque else {}


def _alone(opaque: Mapping[str, Any]) -> list[Wire]:
    """A signature whose part is not there (it had no text, or was edited away). That of a call dies with the call."""
    return [] if not opaque or opaque.get("of") == "call" else [{"text": "", **_signed(opaque)}]


def _user_parts(message: Message, names: Mapping[str, str]) -> list[Wire]:
    wires: list[Wire] = []
    for part in message.parts:
        match part:
            case TextPart() if part.text:
                wires.append({"text": _marked(part.text) if message.role == "system" else part.text})
            case MediaPart():
                wires.append(media(part))
            case ToolResultPart():
                wires.append(_result(part, part.name or names.get(part.call_id, "")))
                wires += [media(picture) for picture in part.media]
            case _:
                pass
    return wires


def _marked(text: str) -> str:
    """This API has no system role in mid-conversation (`types.Content.role`): the text says whose it is."""
    return f"<system>\n{text}\n</system>"


def _result(part: ToolResultPart, name: str) -> Wire:
    """`types.FunctionResponse.response` is an object, with `output` or `error` as the names the service knows."""
    key = "error" if part.is_error else "output"
    return {"function_response": {"id": part.call_id, "name": name, "response": {key: part.content}}}


def _sign(parts: list[Wire], sign_calls: bool) -> None:
    calls = [part for part in parts if "function_call" in part]
    if sign_calls and calls and "thought_signature" not in calls[0]:
        calls[0]["thought_signature"] = NO_SIGNATURE


def _in_order(parts: list[Wire], asked: list[Wire]) -> list[Wire]:
    """Results first, in the order of the calls they answer, each with the pictures behind it; then the rest."""
    order = {part["function_call"]["id"]: at for at, part in enumerate(asked) if "function_call" in part}
    groups: list[list[Wire]] = []
    rest: list[Wire] = []
    for part in parts:
        if "function_response" in part:
            groups.append([part])
        elif groups and not rest and "text" not in part:
            groups[-1].append(part)
        else:
            rest.append(part)
    groups.sort(key=lambda group: order.get(group[0]["function_response"]["id"], len(order)))
    return [part for group in groups for part in group] + rest
