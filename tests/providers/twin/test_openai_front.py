"""The Responses front, pure: what our own client sends is read back as what was asked, and its answers are read."""

import json
from dataclasses import replace
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from openai.types.responses import ResponseStreamEvent
from openai.types.responses.response_includable import ResponseIncludable
from openai.types.responses.response_input_item_param import ResponseInputItemParam
from pydantic import TypeAdapter

from providers.openai_responses.decode import EventReader
from providers.openai_responses.encode import keywords
from providers.twin.front import Call, Failure, Rejected, Turn
from providers.twin.fronts import load, openai_items, openai_read
from providers.twin.fronts.openai_reasoning import seal
from providers.types import (
    Grammar,
    MediaPart,
    Message,
    ModelInfo,
    ModelRequest,
    NamedTool,
    OutputSchema,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
    Usage,
    user,
)

FRONT = load("openai")
API = "openai_responses"
INFO = ModelInfo(id="m", context_tokens=None, max_output_tokens=None)
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
TOOLS = (
    ToolSpec(name="read", description="Read.", parameters=SCHEMA, strict=True),
    ToolSpec(name="patch", description="", freeform=True, grammar=Grammar(syntax="lark", definition="start: A")),
)
USED = Usage(input=100, cache_read=40, cache_write=30, output=7, reasoning=3)


def thought(id="rs_0001_0", *, model="m", text="Let me see."):
    summary = [{"type": "summary_text", "text": text}]
    return {"id": id, "type": "reasoning", "summary": summary, "encrypted_content": seal(model, id, text)}


PNG = MediaPart(media_type="image/png", data="AAAA")
ASKED = ModelRequest(
    model="m",
    system="Be brief.",
    messages=(
        Message(role="user", parts=(TextPart(text="go"), PNG)),
        Message(
            role="assistant",
            parts=(
                ReasoningPart(text="Let me see.", opaque=thought(), provider=API, model="m"),
                ReasoningPart(opaque={"type": "message", "phase": "commentary"}, provider=API, model="m"),
                TextPart(text="I read."),
                ToolCallPart(id="c1", name="read", arguments="{}"),
                ToolCallPart(id="c2", name="patch", arguments="*** Begin", freeform=True),
            ),
        ),
        Message(role="tool", parts=(ToolResultPart(call_id="c1", name="", content="seen", media=(PNG,)),)),
        Message(role="tool", parts=(ToolResultPart(call_id="c2", name="", content="done"),)),
        Message(role="system", parts=(TextPart(text="Mind the time."),)),
        user("and?"),
    ),
    tools=TOOLS,
    effort="high",
    max_output_tokens=99,
    tool_choice=NamedTool(name="patch"),
    parallel_tool_calls=False,
    output=OutputSchema(name="answer", schema=SCHEMA),
    cache_key="talk-1",
)


def call(body, *, path="/v1/responses", method="POST", **headers):
    return Call(method=method, path=path, headers={"authorization": "Bearer k", **headers}, body=body, number=7)


def read(**body):
    return FRONT.read(call({"model": "m", "input": "hi", **body}))


def test_what_our_client_sends_is_read_back():
    asked = FRONT.read(call(keywords(ASKED, INFO)))
    assert asked.request == ASKED
    assert (asked.key, asked.streaming, asked.conversation) == ("k", True, "talk-1")
    assert [block.place for block in asked.blocks] == [
        "tools[0]",
        "tools[1]",
        "system",
        "input[0].content[0]",
        "input[0].content[1]",
        "input[1]",
        "input[2].content[0]",
        "input[3]",
        "input[4]",
        "input[5]",
        "input[6]",
        "input[7].content[0]",
        "input[8].content[0]",
    ]


def test_a_string_and_its_one_part_form_are_the_same_prompt():
    listed = [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}]
    assert read().blocks == read(input=listed).blocks


def test_ids_and_status_are_no_part_of_the_prompt():
    asks = {"type": "custom_tool_call", "call_id": "c", "name": "exec", "input": "x"}
    answers = {"type": "custom_tool_call_output", "call_id": "c", "output": "y"}
    bare = read(input=[asks, answers])
    assert (
        read(input=[{**asks, "id": "ctc_1", "status": "completed"}, {**answers, "id": "ctco_1"}]).blocks == bare.blocks
    )


def test_tools_and_calls_in_namespaces_have_one_name():
    """As the vendor's CLI sends them: wire.md 2.3 and 2.4."""
    tools = [
        {"type": "namespace", "name": "functions", "tools": [{"type": "custom", "name": "exec"}]},
        {"type": "namespace", "name": "clock", "tools": [{"type": "function", "name": "sleep", "parameters": {}}]},
        {"type": "web_search", "external_web_access": True},
    ]
    asked = read(
        client_metadata={"thread_id": "t"},
        input=[
            {"type": "additional_tools", "role": "developer", "tools": tools, "id": "at_1"},
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be good."}]},
            {"role": "user", "content": "hi"},
            {"type": "function_call", "namespace": "clock", "name": "sleep", "call_id": "c", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "slept"},
            {"type": "configuration_update", "reasoning": {"effort": "low"}},
        ],
    )
    assert [tool.name for tool in asked.request.tools] == ["exec", "clock.sleep"]
    assert asked.request.system == "Be good."
    assert asked.request.messages[1].tool_calls[0].name == "clock.sleep"
    assert [block.place for block in asked.blocks[:4]] == ["tools[0]", "tools[1]", "tools[2]", "system[0].content[0]"]
    turn = Turn(parts=(ToolCallPart(id="c2", name="clock.sleep", arguments="{}"),))
    item = FRONT.whole(turn, asked, USED)["output"][0]
    assert (item["namespace"], item["name"]) == ("clock", "sleep")


CALL = {"type": "function_call", "call_id": "c", "name": "read", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "x"}
CUSTOM = {"type": "custom_tool_call", "call_id": "c", "name": "patch", "input": "x"}
HELLO = {"role": "user", "content": "hi"}
FUNCTION = {"type": "function", "name": "read", "parameters": SCHEMA, "strict": True}
LOOSE = {"type": "object", "properties": {"a": {"type": "string"}}}


def content(*parts, role="user"):
    return [{"role": role, "content": list(parts)}]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"model": None}, "Missing required parameter: 'model'"),
        ({"input": None}, "Missing required parameter: 'input'"),
        ({"input": []}, "empty array"),
        ({"input": [7]}, "expected an object"),
        ({"input": [{"role": "robot", "content": "x"}]}, "'robot'"),
        ({"input": [{"type": "thing"}]}, "'thing'"),
        ({"input": [{"role": "user"}]}, r"'input\[0\].content'"),
        ({"input": content({"type": "output_text", "text": "x"})}, "'output_text'"),
        ({"input": content({"type": "input_text", "text": "x"}, role="assistant")}, "'input_text'"),
        ({"input": content({"type": "input_image", "image_url": "pic.png"})}, "valid URL"),
        ({"input": content({"type": "input_image", "image_url": "data:image/png;base64,???"})}, "base64"),
        ({"input": content({"type": "input_image", "image_url": "data:text/plain;base64,AAAA"})}, "not an image"),
        ({"input": content({"type": "input_file", "filename": "a.pdf", "file_data": "AAAA"})}, "data URL"),
        ({"input": content({"type": "input_file", "file_data": "data:application/pdf;base64,AAAA"})}, "filename"),
        ({"input": [CALL]}, "No tool output found for function call c"),
        ({"input": [CUSTOM]}, "No tool output found for custom tool call c"),
        ({"input": [OUTPUT]}, "No tool call found for function call output with call_id c"),
        ({"input": [OUTPUT, CALL]}, "No tool call found"),
        ({"input": [CUSTOM, OUTPUT]}, "No tool call found"),
        ({"input": [CALL, CALL, OUTPUT]}, "Duplicate call_id"),
        ({"input": [CALL, OUTPUT, OUTPUT]}, "Duplicate function call output"),
        ({"input": [{**CALL, "call_id": "x" * 65}]}, "string too long"),
        ({"input": [{**CALL, "arguments": None}]}, "arguments"),
        ({"input": [CALL, {**OUTPUT, "output": None}]}, "output"),
        ({"input": [thought(), HELLO]}, "without its required following item"),
        ({"input": [HELLO, thought()]}, "without its required following item"),
        ({"input": [{**thought(), "encrypted_content": "AAAA"}, CALL, OUTPUT]}, "could not be verified"),
        ({"input": [{**thought(), "id": "rs_0002_0"}, CALL, OUTPUT]}, "could not be verified"),
        ({"input": [{**thought(), "encrypted_content": None}, CALL, OUTPUT]}, "not found"),
        ({"input": [{**CALL, "id": "fc_0001_1_r0"}, OUTPUT]}, "without its required 'reasoning' item: 'rs_0001_0'"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "not found"),
        ({"previous_response_id": "resp_1"}, "not found"),
        ({"conversation": "conv_1"}, "'conversation'"),
        ({"tools": [{"name": "x"}]}, "'tools\\[0\\].type'"),
        ({"tools": [{**FUNCTION, "name": "a b"}]}, "pattern"),
        ({"tools": [FUNCTION, FUNCTION]}, "two tools are named read"),
        ({"tools": [{**FUNCTION, "parameters": LOOSE}]}, "Invalid schema for function 'read'"),
        ({"tools": [{"type": "custom", "name": "p", "format": {"type": "grammar", "syntax": "ebnf"}}]}, "definition"),
        (
            {
                "tools": [
                    {"type": "custom", "name": "p", "format": {"type": "grammar", "syntax": "x", "definition": "y"}}
                ]
            },
            "syntax",
        ),
        ({"tool_choice": "perhaps"}, "'perhaps'"),
        ({"tools": [FUNCTION], "tool_choice": {"type": "custom", "name": "read"}}, "not found in 'tools'"),
        ({"reasoning": {"effort": "extreme"}}, "'extreme'"),
        ({"reasoning": {"summary": "long"}}, "'long'"),
        ({"max_output_tokens": 3}, "max_output_tokens"),
        ({"include": ["everything"]}, "'everything'"),
        ({"text": {"format": {"type": "json_schema", "name": "a b", "schema": SCHEMA}}}, "name"),
        (
            {"text": {"format": {"type": "json_schema", "name": "a", "schema": LOOSE, "strict": True}}},
            "response_format",
        ),
    ],
)
def test_what_is_wrong_is_rejected_with_its_rule(body, told):
    with pytest.raises(Rejected, match=told) as caught:
        read(**body)
    assert caught.value.failure.name in ("bad_request", "not_found")
    assert any(source in caught.value.failure.rule for source in ("SDK type", "assumed", "stores nothing", ROOM))


ROOM = openai_read.ROOM


def test_a_key_is_wanted():
    with pytest.raises(Rejected) as caught:
        FRONT.read(replace(call({"model": "m", "input": "hi"}), headers={}))
    assert caught.value.failure.name == "auth"


def test_a_custom_tool_may_answer_twice():
    output = {"type": "custom_tool_call_output", "call_id": "c", "output": "x"}
    assert len(read(input=[CUSTOM, output, output]).request.messages) == 3


def test_reasoning_of_another_model_is_taken_out_and_that_is_told():
    asked = read(input=[HELLO, thought(model="other"), CALL, OUTPUT])
    assert asked.request.messages[1].parts == (ToolCallPart(id="c", name="read", arguments="{}"),)
    told = FRONT.whole(Turn(parts=(TextPart(text="x"),)), asked, USED)["input_transformations"]
    assert told == [{"type": "reasoning", "id": "rs_0001_0", "action": "removed", "reason": "model_mismatch"}]


def events(turn, asked):
    return [json.loads(frame.data.split(b"data: ", 1)[1]) for frame in FRONT.frames(turn, asked, USED)]


CALLS = (
    ToolCallPart(id="c1", name="read", arguments='{"a": "x"}'),
    ToolCallPart(id="c2", name="patch", arguments="*** Begin Patch", freeform=True),
)
TURN = Turn(parts=(ReasoningPart(text="Let me see."), TextPart(text="I look at both."), *CALLS))


def test_the_stream_says_the_turn():
    reader = EventReader(provider=API, model="m")
    for event in events(TURN, FRONT.read(call(keywords(ASKED, INFO)))):
        reader.feed(event)
    answer = reader.response(cost_usd=None)
    opaque = thought("rs_0007_0")
    assert answer.message.parts == (
        ReasoningPart(text="Let me see.", opaque=opaque, provider=API, model="m"),
        *TURN.parts[1:],
    )
    assert (answer.stop, answer.usage, answer.model) == ("tool_calls", USED, "m")


def test_the_stream_is_made_of_the_events_the_sdk_knows_in_their_order():
    told = events(TURN, FRONT.read(call(keywords(ASKED, INFO))))
    adapter = TypeAdapter(ResponseStreamEvent)
    for event in told:
        adapter.validate_python(event)
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    kinds = list(dict.fromkeys(event["type"].removeprefix("response.") for event in told))
    assert kinds == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "custom_tool_call_input.delta",
        "custom_tool_call_input.done",
        "completed",
    ]


@pytest.mark.parametrize(
    ("stop", "back"),
    [
        (None, "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("refusal", "refusal"),
        ("pause", "pause"),
        ("other", "other"),
    ],
)
def test_stops_come_back_as_they_were(stop, back):
    reader = EventReader(provider=API, model="m")
    for event in events(Turn(parts=(TextPart(text="x"),), stop=stop), read()):
        reader.feed(event)
    assert reader.response(cost_usd=None).stop == back


def test_an_answer_goes_back_as_the_conversation_wants_it():
    first = FRONT.read(call(keywords(ASKED, INFO)))
    output = FRONT.whole(TURN, first, USED)["output"]
    answers = [{"type": "function_call_output", "call_id": "c1", "output": "a"}]
    answers += [{"type": "custom_tool_call_output", "call_id": "c2", "output": "b"}]
    again = read(input=[HELLO, *output, *answers])
    assert again.request.messages[1].parts[0].opaque == output[0]
    with pytest.raises(Rejected, match="required 'reasoning' item"):
        read(input=[HELLO, *output[1:], *answers])


def test_no_summary_is_told_unless_one_was_asked_for():
    whole = FRONT.whole(TURN, read(), USED)
    assert whole["output"][0]["summary"] == []
    redacted = Turn(parts=(ReasoningPart(text="hidden", opaque={"redacted": True}), TextPart(text="x")))
    assert FRONT.whole(redacted, read(reasoning={"summary": "auto"}), USED)["output"][0]["summary"] == []


def test_failures_are_told_as_openai_does():
    answer = FRONT.failure(Failure(name="quota", message="pay", retry_after=7))
    assert (answer.status, answer.headers) == (429, {"retry-after": "7"})
    assert answer.body["error"]["code"] == "insufficient_quota"
    frame = FRONT.interruption(Failure(name="overloaded", message="busy"), read())
    assert frame.data.startswith(b"event: error\ndata: ")
    TypeAdapter(ResponseStreamEvent).validate_json(frame.data.split(b"data: ", 1)[1])


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("POST", "/v1/responses", "generate"),
        ("POST", "/responses", "generate"),
        ("GET", "/v1/responses", "side"),
        ("POST", "/v1/responses/input_tokens", "side"),
        ("GET", "/v1/models", "side"),
        ("GET", "/models/m", "side"),
        ("POST", "/v1/chat/completions", ""),
        ("POST", "/v1/messages", ""),
    ],
)
def test_paths(method, path, what):
    assert FRONT.serves(call(None, method=method, path=path)) == what


def test_beside_the_models():
    models = (ModelInfo(id="m", context_tokens=9, max_output_tokens=None),)
    assert [one["id"] for one in FRONT.side(call(None, method="GET", path="/models"), models).body["data"]] == ["m"]
    counted = FRONT.side(call({"model": "m", "input": "x" * 400}, path="/v1/responses/input_tokens"), ())
    assert counted.body["input_tokens"] > 100
    refused = FRONT.side(call(None, method="GET", upgrade="websocket"), ())
    assert refused.status == 426
    with pytest.raises(Rejected):
        FRONT.side(call(None, method="GET", path="/v1/responses/resp_1"), ())


def words(annotation):
    """Every string that a type lets through."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return {word for inner in get_args(annotation) for word in words(inner)}


def test_every_item_that_the_sdk_types_is_known():
    named = {"message", "reasoning", "item_reference", *openai_items.CALLS, *openai_items.OUTPUTS}
    typed = {word for item in get_args(ResponseInputItemParam) for word in words(get_type_hints(item)["type"])}
    assert {"function_call", "web_search_call"} < typed
    assert typed <= named | openai_items.OTHERS
    assert set(get_args(ResponseIncludable)) <= openai_read.INCLUDES
