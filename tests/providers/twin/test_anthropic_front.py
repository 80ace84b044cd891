"""The Messages front, pure: what our client sends is read back, what is wrong is refused, what goes out is in order."""

import json
import re

import pytest
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from providers import catalog
from providers.anthropic_messages import encode
from providers.anthropic_messages.decode import EventReader
from providers.anthropic_messages.facts import API, Facts, facts
from providers.twin.front import STATUS, Call, Failure, Rejected, Turn
from providers.twin.fronts import load
from providers.types import (
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

FRONT = load("anthropic")
OPUS, SONNET45 = "claude-opus-5-5", "claude-sonnet-4-5"
HEADERS = {"authorization": "Bearer k", "anthropic-version": "2026-10-21"}
SCHEMA = {"type": "object", "properties": {}}
TOOLS = (ToolSpec(name="read", description="Read.", parameters=SCHEMA, strict=True),)
CALL_READ = ToolCallPart(id="c1", name="read", arguments='{"p": "ü"}')
USED = Usage(input=100, cache_read=40, cache_write=3, cache_write_1h=2, output=9, reasoning=5)
PARTS = (
    ReasoningPart(text="think about it"),
    ReasoningPart(text="secret", opaque={"redacted": True}),
    TextPart(text="I read two files."),
    CALL_READ,
    ToolCallPart(id="c2", name="read", arguments=""),
)


def call(body, path="/v1/messages", method="POST", headers=HEADERS, **more):
    return Call(method=method, path=path, headers=headers, body=body, **more)


def facts_of(model):
    return facts(catalog.load().info(API, model))


def asked(**body):
    body = {"model": OPUS, "max_tokens": 99, "messages": [{"role": "user", "content": "hi"}], **body}
    return FRONT.read(call(body))


def answered(turn, model=OPUS):
    """Our client's view of what the front sends."""
    reader = EventReader(model=model)
    frames = list(FRONT.frames(turn, asked(model=model), USED))
    for frame in frames:
        reader.feed(json.loads(frame.data.decode().partition("data: ")[2]))
    return frames, reader.response(request_id="r", price=None)


def thought(model=OPUS):
    return answered(Turn(parts=PARTS), model)[1].message


def conversation(model=OPUS):
    return (
        user("go"),
        Message(role="system", parts=(TextPart(text="be quick"),)),
        thought(model),
        Message(
            role="tool",
            parts=(
                ToolResultPart(call_id="c1", name="read", content="42"),
                ToolResultPart(
                    call_id="c2",
                    name="read",
                    content="a picture",
                    is_error=True,
                    media=(MediaPart(media_type="image/png", data="aGk="),),
                ),
            ),
        ),
        Message(
            role="user",
            parts=(TextPart(text="and?"), MediaPart(media_type="application/pdf", data="JVBE", name="a.pdf")),
        ),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"effort": "high"},
        {"effort": "none"},
        {"effort": "max", "parallel_tool_calls": False, "stop": ("END",)},
        {"tool_choice": "none"},
        {"output": OutputSchema(name="output", schema={"type": "object"})},
        {"cache": False},
    ],
)
def test_what_our_client_sends_is_read_back(fields):
    request = ModelRequest(
        **{"model": OPUS, "system": "Be brief.", "messages": conversation(), "tools": TOOLS, "max_output_tokens": 99}
        | fields
    )
    known = Facts(max_tokens=128_000, system_role=True)
    found = FRONT.read(call({**encode.body(request, known), "stream": True}))
    assert found.request == request
    assert (found.key, found.streaming, found.explicit_cache) == ("k", True, True)


@pytest.mark.parametrize("choice", ["required", NamedTool(name="read")])
def test_a_demanded_call_is_read_back(choice):
    request = ModelRequest(
        model=SONNET45, messages=(user("hi"),), tools=TOOLS, tool_choice=choice, max_output_tokens=9, temperature=0.5
    )
    assert FRONT.read(call(encode.body(request, facts_of(SONNET45)))).request == request


def test_blocks_stand_in_the_order_in_which_they_are_cached():
    request = ModelRequest(model=OPUS, system="Be brief.", messages=conversation(), tools=TOOLS)
    found = FRONT.read(call(encode.body(request, facts_of(OPUS))))
    assert [block.place for block in found.blocks] == [
        "tools[0]",
        "system[0]",
        "messages[0].content[0]",
        "messages[1].content[0]",
        *(f"messages[2].content[{at}]" for at in range(5)),
        *(f"messages[3].content[{at}]" for at in range(4)),
    ]
    assert [block.place for block in found.blocks if block.mark] == [
        "system[0]",
        "messages[1].content[0]",
        "messages[3].content[3]",
    ]
    assert all("cache_control" not in block.text for block in found.blocks)


def test_a_string_and_its_one_block_form_are_the_same_prompt():
    plain, block = "hi", [{"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}]
    [one], [other] = (asked(messages=[{"role": "user", "content": content}]).blocks for content in (plain, block))
    assert (one.text, one.mark, other.text, other.mark) == (other.text, "", one.text, "5m")


def test_a_deferred_tool_stands_where_it_is_loaded():
    tools = [{"name": name, "input_schema": SCHEMA, "defer_loading": name != "find"} for name in ("a", "b", "find")]
    results = [
        {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "tool_reference", "tool_name": "b"}]},
        {"type": "text", "text": "Tool loaded."},
    ]
    talk = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "find", "input": {}}]},
        {"role": "user", "content": results},
    ]
    blocks = asked(tools=tools, messages=talk).blocks
    assert [(block.place, block.on_demand) for block in blocks] == [
        ("tools[2]", False),
        ("messages[0].content[0]", False),
        ("messages[1].content[0]", False),
        ("tools[1]", True),
        ("messages[2].content[0]", False),
        ("messages[2].content[1]", False),
    ]


def test_a_stream_is_in_the_vendors_order_and_of_the_sdks_types():
    frames, response = answered(Turn(parts=PARTS, piece=4))
    names = [re.match(rb"event: (\w+)\n", frame.data)[1].decode() for frame in frames]
    assert names[:2] == ["message_start", "ping"]
    assert names[-2:] == ["message_delta", "message_stop"]
    assert names[2:-2] == [name for name in names if name.startswith("content_block")]
    assert names.count("content_block_start") == names.count("content_block_stop") == 5
    assert {name for name, frame in zip(names, frames, strict=True) if frame.content} == {"content_block_delta"}
    sdk = TypeAdapter(RawMessageStreamEvent)
    for name, frame in zip(names, frames, strict=True):
        told = json.loads(frame.data.decode().partition("data: ")[2])
        assert told["type"] == name
        if name != "ping":
            sdk.validate_python(told)
    reasoning, redacted, *rest = response.message.parts
    assert (reasoning.text, reasoning.opaque["type"], redacted.text) == ("think about it", "thinking", "")
    assert rest == [PARTS[2], CALL_READ, ToolCallPart(id="c2", name="read", arguments="{}")]
    assert (response.usage, response.stop) == (USED, "tool_calls")


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ({"type": "adaptive"}, ["think about it", None]),
        ({"type": "adaptive", "display": "omitted"}, ["", None]),
        ({"type": "disabled"}, []),
    ],
)
def test_thinking_is_shown_as_the_request_says(plan, told):
    content = FRONT.whole(Turn(parts=PARTS), asked(thinking=plan), USED)["content"]
    thoughts = [block for block in content if "thinking" in block["type"]]
    assert [block.get("thinking") for block in thoughts] == told
    asked(messages=turns("a", [*thoughts, text("b")], "c"))


def test_a_whole_answer_says_the_same():
    whole = FRONT.whole(Turn(parts=PARTS), asked(), USED)
    assert [block["type"] for block in whole["content"]] == [
        "thinking",
        "redacted_thinking",
        "text",
        "tool_use",
        "tool_use",
    ]
    assert (whole["stop_reason"], whole["usage"]["cache_creation_input_tokens"]) == ("tool_use", 5)


@pytest.mark.parametrize(
    ("stop", "raw"),
    [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("pause", "pause_turn"),
        ("refusal", "refusal"),
        ("content_filter", "refusal"),
        ("context", "model_context_window_exceeded"),
        ("other", "end_turn"),
    ],
)
def test_stop_reasons(stop, raw):
    assert FRONT.whole(Turn(parts=(TextPart(text="x"),), stop=stop), asked(), USED)["stop_reason"] == raw


def turns(*contents):
    roles = ("user", "assistant")
    return [{"role": roles[at % 2], "content": content} for at, content in enumerate(contents)]


def use(id="c1"):
    return {"type": "tool_use", "id": id, "name": "read", "input": {}}


def gave(id="c1", **more):
    return {"type": "tool_result", "tool_use_id": id, "content": "42", **more}


def text(words, mark=None):
    return {"type": "text", "text": words, **({"cache_control": mark} if mark else {})}


FIVE = {"type": "ephemeral"}
HOUR = {"type": "ephemeral", "ttl": "1h"}
THINKING = {"type": "thinking", "thinking": "think about it", "signature": "0" * 64}
READ = {"name": "read", "input_schema": SCHEMA}
SYSTEM = {"role": "system", "content": "s"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"messages": turns("a", "b")}, "does not support assistant message prefill"),
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"max_tokens": 128_001}, "max_tokens: 128001 > 128000"),
        ({"messages": []}, "at least one message"),
        ({"messages": "hi"}, "must be an array"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "role: 'tool'"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message must use the user role"),
        ({"messages": [{"role": "user"}]}, "content: Field required"),
        ({"messages": turns("")}, "must have non-empty content"),
        ({"messages": turns([text("")])}, "must be a string that is not empty"),
        ({"messages": turns([text(" \n")])}, "non-whitespace"),
        ({"messages": turns([{"type": "of_tomorrow"}])}, "unexpected type 'of_tomorrow'"),
        ({"messages": turns("a", [use()])}, "without `tool_result` blocks at the end"),
        ({"messages": turns("a", [use()], "b")}, "without `tool_result` blocks immediately after"),
        ({"messages": turns("a", [use(), use("c2")], [gave()])}, "immediately after: ['c2']"),
        ({"messages": turns("a", [use(), use()], [gave()])}, "ids must be unique"),
        ({"messages": turns("a", "b", [gave()])}, "unexpected `tool_use_id`"),
        ({"messages": turns("a", [use()], [gave(), gave()])}, "unexpected `tool_use_id`"),
        ({"messages": turns("a", [use()], [text("x"), gave()])}, "must come first"),
        ({"messages": turns("a", [use("c|1")], [gave("c|1")])}, "should match pattern"),
        ({"messages": turns("a", [gave()])}, "can only be in user messages"),
        ({"messages": turns([use()])}, "can only be in assistant messages"),
        ({"messages": turns("a", [{**use(), "input": "{}"}], [gave()])}, "input must be an object"),
        ({"messages": turns("a", [THINKING, text("b")], "c")}, "Invalid `signature`"),
        ({"messages": turns("a", [{"type": "redacted_thinking", "data": "x"}], "c")}, "Invalid `signature`"),
        ({"messages": [SYSTEM, *turns("a")]}, "first message"),
        ({"messages": [*turns("a", "b"), SYSTEM]}, "must follow a 'user' message"),
        ({"messages": [*turns("a"), SYSTEM, *turns("b")]}, "must precede an 'assistant' message"),
        ({"model": SONNET45, "messages": [*turns("a"), SYSTEM]}, "role 'system' is not supported"),
        ({"messages": turns([text(str(at), FIVE) for at in range(5)])}, "A maximum of 4 blocks"),
        ({"messages": turns([text("a", FIVE), text("b", HOUR)])}, "must not come after"),
        ({"messages": turns([text("a", {"type": "for ever"})])}, "must be ephemeral"),
        ({"messages": turns([text("a", {**FIVE, "ttl": "2h"})])}, "must be 5m or 1h"),
        (
            {
                "messages": turns(
                    [{"type": "image", "source": {"type": "base64", "media_type": "image/bmp", "data": "x"}}]
                )
            },
            "media_type",
        ),
        ({"messages": turns([{"type": "image", "source": {"type": "path"}}])}, "is no source"),
        ({"temperature": 0.5}, "temperature: not supported"),
        ({"top_p": 0.5}, "top_p: not supported"),
        (
            {
                "model": SONNET45,
                "temperature": 0.5,
                "max_tokens": 9000,
                "thinking": {"type": "enabled", "budget_tokens": 2000},
            },
            "only be set to 1",
        ),
        ({"thinking": {"type": "much"}}, "thinking.type"),
        ({"model": SONNET45, "thinking": {"type": "adaptive"}}, "adaptive thinking is not supported"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1000}}, "at least 1024"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, "less than max_tokens"),
        ({"output_config": {"effort": "minimal"}}, "is no effort"),
        ({"model": SONNET45, "output_config": {"effort": "low"}}, "effort is not supported"),
        ({"output_config": {"format": {"type": "json"}}}, "must be json_schema"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "schema must be an object"),
        ({"tools": [{"name": "no spaces please", "input_schema": SCHEMA}]}, "should match pattern"),
        ({"tools": [READ, READ]}, "must be unique"),
        ({"tools": [{"name": "read"}]}, "input_schema must be an object"),
        ({"tools": [{"name": "read", "input_schema": {"type": "string"}}]}, "must be 'object'"),
        ({"tool_choice": {"type": "auto"}}, "while providing tools"),
        ({"tools": [READ], "tool_choice": {"type": "any"}}, "not supported on this model"),
        (
            {"model": SONNET45, "tools": [READ], "tool_choice": {"type": "tool", "name": "x"}},
            "not found in provided tools",
        ),
        ({"tools": [READ], "tool_choice": {"type": "must"}}, "is no choice"),
        ({"stop_sequences": [" "]}, "non-whitespace"),
        ({"context_management": {}}, "Extra inputs are not permitted"),
        ({"messages": turns("x" * 5_000_000)}, "prompt is too long: 1250009 tokens > 1000000 maximum"),
    ],
)
def test_what_is_refused(body, says):
    with pytest.raises(Rejected) as refused:
        asked(**body)
    failure = refused.value.failure
    assert says in failure.message
    assert failure.status == 400
    assert re.search(r"SDK type|wire\.md|catalogue|assumed|has no such field", failure.rule), failure.rule


def test_a_changed_signature_is_refused_and_a_true_one_is_not():
    good = thought().parts[0].opaque
    asked(messages=turns("a", [good, text("b")], "c"))
    for changed in ({**good, "thinking": "else"}, {**good, "signature": good["signature"][::-1]}):
        with pytest.raises(Rejected):
            asked(messages=turns("a", [changed, text("b")], "c"))


@pytest.mark.parametrize(
    ("headers", "name"),
    [({"anthropic-version": "x"}, "auth"), ({"x-api-key": "k"}, "bad_request"), ({"authorization": "Basic x"}, "auth")],
)
def test_who_may_not_ask(headers, name):
    with pytest.raises(Rejected) as refused:
        FRONT.read(call({}, headers=headers))
    assert refused.value.failure.name == name


def test_either_header_carries_the_key():
    body = {"model": OPUS, "max_tokens": 1, "messages": turns("a")}
    for headers in ({"x-api-key": "k"}, {"authorization": "Bearer k"}):
        assert FRONT.read(call(body, headers={**headers, "anthropic-version": "2023-06-01"})).key == "k"


def test_a_model_that_nobody_lists_is_served_with_everything():
    request = asked(model="claude-of-tomorrow", temperature=0.5, max_tokens=999_999).request
    assert (request.model, request.temperature, request.max_output_tokens) == ("claude-of-tomorrow", 0.5, 999_999)


def test_claude_codes_own_words_are_accepted():
    body = {
        "model": OPUS,
        "messages": [
            {"role": "user", "content": [text("<system-reminder>x</system-reminder>"), text("go")]},
            {"role": "system", "content": [text("# Environment", FIVE)], "output_config": {"effort": "medium"}},
        ],
        "system": [text("header"), text("who", {**FIVE, "scope": "global"}), text("how", FIVE)],
        "tools": [{**READ, "defer_loading": True}, {"name": "find", "input_schema": {"$schema": "x", **SCHEMA}}],
        "metadata": {"user_id": json.dumps({"device_id": "d", "account_uuid": "", "session_id": "s1"})},
        "max_tokens": 128000,
        "thinking": {"type": "adaptive", "display": "updates"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "medium"},
        "diagnostics": {"previous_message_id": None},
        "stream": True,
    }
    headers = {**HEADERS, "anthropic-beta": "claude-code-20250219,context-management-2025-06-27"}
    found = FRONT.read(call(body, headers=headers, query={"beta": "true"}))
    assert (found.conversation, found.request.effort, found.streaming) == ("s1", "medium", True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bad_request", "invalid_request_error"),
        ("auth", "authentication_error"),
        ("model_not_found", "not_found_error"),
        ("rate_limit", "rate_limit_error"),
        ("quota", "rate_limit_error"),
        ("overloaded", "overloaded_error"),
    ],
)
def test_errors_are_in_the_vendors_words(name, kind):
    answer = FRONT.failure(Failure(name=name, message="no", retry_after=7))
    assert (answer.status, answer.headers) == (STATUS[name], {"retry-after": "7"})
    assert answer.body["type"] == "error"
    assert (answer.body["error"]["type"], answer.body["error"]["message"]) == (kind, "no")


def test_tokens_are_counted():
    body = {"model": OPUS, "messages": turns("x" * 400), "system": "y" * 400}
    few = FRONT.side(call(body, path="/v1/messages/count_tokens"), ()).body["input_tokens"]
    more = FRONT.side(call({**body, "tools": [READ]}, path="/v1/messages/count_tokens"), ()).body["input_tokens"]
    assert 200 < few < more


def test_models_are_listed_by_page():
    models = [ModelInfo(id=f"m{at}", context_tokens=9, max_output_tokens=4) for at in range(3)]

    def listed(path="/v1/models", **query):
        return FRONT.side(call(None, path=path, method="GET", query=query), models).body

    assert [model["id"] for model in listed()["data"]] == ["m0", "m1", "m2"]
    first = listed(limit="2")
    assert (first["has_more"], first["last_id"]) == (True, "m1")
    rest = listed(limit="2", after_id="m1")
    assert ([model["id"] for model in rest["data"]], rest["has_more"]) == (["m2"], False)
    assert listed("/v1/models/m1")["max_tokens"] == 4
    with pytest.raises(Rejected):
        listed("/v1/models/other")


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("POST", "/v1/messages", "generate"),
        ("POST", "/v1/messages/count_tokens", "side"),
        ("GET", "/v1/models", "side"),
        ("GET", "/v1/messages", ""),
        ("POST", "/v1/complete", ""),
    ],
)
def test_paths(method, path, kind):
    assert FRONT.serves(call(None, path=path, method=method)) == kind
    assert FRONT.serves(call(None, path="/v1/models", method="GET", headers={"authorization": "Bearer k"})) == ""
