"""Requests of the Responses wire, checked and put into our words. SDK types are those of `openai.types.responses`.

Fields that no SDK type names are let through: the vendor's own CLI sends some (wire.md 2.2).
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast, get_args

from providers.openai_responses import schema
from providers.twin.check import need
from providers.twin.front import Asked, Block, Call, Wire
from providers.twin.fronts import openai_order, openai_tools
from providers.twin.fronts.checks import array, mapping, one_of, text
from providers.twin.fronts.openai_items import kind, messages
from providers.twin.wire import canonical
from providers.types import Effort, Message, ModelRequest, OutputSchema

MEDIA_TOKENS = 800
"""Of a picture or a file, assumed."""
EFFORTS: Mapping[str, Effort] = {step: step for step in get_args(Effort)}
SUMMARIES = frozenset({"auto", "concise", "detailed"})
INCLUDES = frozenset(
    {
        "file_search_call.results",
        "web_search_call.results",
        "web_search_call.action.sources",
        "message.input_image.image_url",
        "computer_call_output.output.image_url",
        "code_interpreter_call.outputs",
        "reasoning.encrypted_content",
        "message.output_text.logprobs",
    }
)
"""SDK type ResponseIncludable."""
FEWEST_TOKENS = 16
ROOM = "SDK type ResponseCreateParamsBase"


def read(call: Call) -> Asked:
    """A checked request. Raises Rejected with the rule that is broken."""
    key = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
    need(bool(key), "You didn't provide an API key in an Authorization header.", "assumed", name="auth")
    body = mapping(call.body, "body", ROOM)
    model = text(body.get("model"), "model", f"{ROOM}.model")
    _nothing_is_stored(body)
    items = input_items(body)
    told = list(messages(items, model))
    openai_order.check(items)
    leading = next((at for at, message in enumerate(told) if message.role != "system"), len(told))
    tools = openai_tools.tools(listed_tools(body, items), "tools")
    request = ModelRequest(
        model=model,
        system="\n\n".join(piece for piece in (_instructions(body), *(one.text for one in told[:leading])) if piece),
        messages=tuple(told[leading:]),
        tools=tools,
        max_output_tokens=_limit(body),
        temperature=body.get("temperature"),
        effort=_effort(body),
        tool_choice=openai_tools.choice(body.get("tool_choice"), tools),
        parallel_tool_calls=body.get("parallel_tool_calls"),
        output=_output(body),
        cache_key=str(body.get("prompt_cache_key") or ""),
    )
    for at, word in enumerate(array(body.get("include") or [], "include", f"{ROOM}.include")):
        one_of(word, INCLUDES, f"include[{at}]", "SDK type ResponseIncludable")
    return Asked(
        call=call,
        request=request,
        blocks=tuple(blocks(body, items, told[:leading])),
        streaming=body.get("stream") is True,
        key=key,
        conversation=request.cache_key,
    )


def input_items(body: Wire) -> list[Any]:
    """`input` as items: text is one message of the user."""
    given = body.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": given}]
    items = array(given, "input", f"{ROOM}.input")
    need(bool(items), "Invalid 'input': empty array.", "assumed")
    return [mapping(item, f"input[{at}]", "SDK type ResponseInputItemParam") for at, item in enumerate(items)]


def listed_tools(body: Wire, items: list[Any]) -> list[Any]:
    """Tools of the request and of its items (SDK type AdditionalTools; wire.md 2.3)."""
    found = list(array(body.get("tools") or [], "tools", f"{ROOM}.tools"))
    for at, item in enumerate(items):
        if kind(item) == "additional_tools":
            found += array(item.get("tools"), f"input[{at}].tools", "SDK type AdditionalTools")
    return found


def _nothing_is_stored(body: Wire) -> None:
    """The twin serves what a client may do with `store=false` and refuses what needs a store."""
    previous = body.get("previous_response_id")
    need(
        not previous, f"Previous response with id '{previous}' not found.", "the twin stores nothing", name="not_found"
    )
    for word in ("conversation", "background", "prompt"):
        need(not body.get(word), f"Unsupported parameter: '{word}'.", "the twin stores nothing")


def _instructions(body: Wire) -> str:
    given = body.get("instructions")
    return "" if given is None else text(given, "instructions", f"{ROOM}.instructions", empty=True)


def _limit(body: Wire) -> int | None:
    limit = body.get("max_output_tokens")
    rule = f"{ROOM}.max_output_tokens; its least value is assumed"
    good = limit is None or (isinstance(limit, int) and limit >= FEWEST_TOKENS)
    need(good, f"Invalid 'max_output_tokens': expected an integer >= {FEWEST_TOKENS}, got {limit!r}.", rule)
    return limit


def _effort(body: Wire) -> Effort | None:
    wired = mapping(body.get("reasoning") or {}, "reasoning", "SDK type Reasoning")
    if wired.get("summary") is not None:
        one_of(wired["summary"], SUMMARIES, "reasoning.summary", "SDK type Reasoning.summary")
    if wired.get("effort") is None:
        return None
    return EFFORTS[one_of(wired["effort"], frozenset(EFFORTS), "reasoning.effort", "SDK type ReasoningEffort")]


def _output(body: Wire) -> OutputSchema | None:
    """SDK type ResponseFormatTextJSONSchemaConfigParam."""
    rule = "SDK type ResponseFormatTextJSONSchemaConfigParam"
    inner: object = mapping(body.get("text") or {}, "text", "SDK type ResponseTextConfigParam").get("format")
    wired = mapping(inner or {}, "text.format", rule)
    if wired.get("type") != "json_schema":
        return None
    name = text(wired.get("name"), "text.format.name", rule)
    need(openai_tools.NAME.fullmatch(name) is not None, "Invalid 'text.format.name': a-z, A-Z, 0-9, _ and -.", rule)
    shape = mapping(wired.get("schema"), "text.format.schema", rule)
    if wired.get("strict") is True:
        fault = schema.fault(shape)
        need(not fault, f"Invalid schema for response_format '{name}': {fault}", rule)
    return OutputSchema(name=name, schema=shape)


def blocks(body: Wire, items: list[Any], leading: list[Message]) -> Iterator[Block]:
    """Tools, instructions, items. Ids and status are no part of the prompt; a string is its one-part form."""
    tools = cast("list[Any]", body.get("tools") or [])
    yield from openai_tools.blocks(tools)
    count, system = len(tools), 0
    if _instructions(body):
        yield Block(place="system", text=canonical(["instructions", _instructions(body)]))
    for at, item in enumerate(items):
        if kind(item) == "additional_tools":
            later = any(kind(one) != "additional_tools" for one in items[:at])
            yield from openai_tools.blocks(item["tools"], on_demand=later, first=count)
            count += len(item["tools"])
        elif kind(item) == "message":
            ahead = system < len(leading) and item["role"] in ("system", "developer")
            yield from _message(item, f"system[{system}]" if ahead else f"input[{at}]")
            system += ahead
        else:
            yield Block(place=f"input[{at}]", text=canonical(_bare(item)), tokens=_media(item.get("output")))


def _message(item: Wire, place: str) -> Iterator[Block]:
    content: Any = item["content"]
    if isinstance(content, str):
        content = [{"type": "output_text" if item["role"] == "assistant" else "input_text", "text": content}]
    for at, part in enumerate(cast("list[Wire]", content)):
        told = {name: part.get(name) for name in ("type", "text", "refusal", "image_url", "file_data", "file_url")}
        yield Block(place=f"{place}.content[{at}]", text=canonical([item["role"], told]), tokens=_media([part]))


def _media(parts: object) -> int | None:
    """Tokens of a list of content that has a picture or a file in it."""
    if not isinstance(parts, list):
        return None
    found = [part for part in cast("list[Wire]", parts) if part.get("type") in ("input_image", "input_file")]
    return MEDIA_TOKENS * len(found) if found else None


def _bare(item: Wire) -> Wire:
    return {name: value for name, value in item.items() if name not in ("id", "status")}
