import pytest

from providers.errors import FeatureMissing
from providers.openai_responses import encode
from providers.openai_responses.items import call_id, conversation
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
    user,
)

API = "openai_responses"
UNLISTED = ModelInfo(id="m", context_tokens=None, max_output_tokens=None)
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA", "status": None}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


def asked(*messages, info=UNLISTED, **fields):
    return encode.keywords(ModelRequest(model="m", messages=messages or (user("hi"),), **fields), info)


def said(*parts):
    return Message(role="assistant", parts=parts)


def thought(opaque=THOUGHT, *, provider=API, model="m"):
    return ReasoningPart(opaque=opaque, provider=provider, model=model)


def call(id="c1", *, freeform=False):
    return ToolCallPart(id=id, name="t", arguments="x", freeform=freeform)


def result(id="c1", **fields):
    return Message(role="tool", parts=(ToolResultPart(call_id=id, name="t", **{"content": "42", **fields}),))


def test_the_smallest_request_is_stateless_streamed_and_unlimited():
    assert asked() == {
        "model": "m",
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
        "store": False,
        "stream": True,
        "reasoning": {"summary": "auto"},
        "include": ["reasoning.encrypted_content"],
    }


def test_what_a_model_is_known_not_to_have_is_not_asked_of_it():
    plain = ModelInfo(id="m", context_tokens=128_000, max_output_tokens=1, features=frozenset({"tools"}))
    assert not {"reasoning", "include", "temperature"} & set(asked(info=plain, effort="high", temperature=0.0))


@pytest.mark.parametrize(
    ("wanted", "has", "sent"),
    [
        ("high", (), "high"),
        ("minimal", ("low", "medium", "high"), "low"),
        ("max", ("low", "medium", "high"), "high"),
        ("medium", ("low", "high"), "low"),
        ("none", ("none", "low"), "none"),
    ],
)
def test_effort_is_the_nearest_step_that_the_model_has(wanted, has, sent):
    info = ModelInfo(id="m", context_tokens=1, max_output_tokens=1, features=frozenset({"reasoning"}), efforts=has)
    assert asked(info=info, effort=wanted)["reasoning"] == {"effort": sent, "summary": "auto"}


def test_words_of_the_request_have_their_places():
    words = asked(
        system="Be brief.",
        max_output_tokens=9,
        temperature=0.5,
        cache_key="talk-1",
        output=OutputSchema(name="answer", schema=SCHEMA),
        options={"service_tier": "flex", "store": True},
    )
    assert {name: words[name] for name in ("instructions", "max_output_tokens", "temperature", "prompt_cache_key")} == {
        "instructions": "Be brief.",
        "max_output_tokens": 9,
        "temperature": 0.5,
        "prompt_cache_key": "talk-1",
    }
    assert words["text"] == {
        "format": {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True},
    }
    assert words["extra_body"] == {"service_tier": "flex", "store": True}  # the SDK lets it win over the rest
    assert "prompt_cache_key" not in asked(cache_key="talk-1", cache=False)


@pytest.mark.parametrize(("fields", "feature"), [({"grammar": "root ::= x"}, "grammar"), ({"stop": ("x",)}, "stop")])
def test_what_the_api_has_no_word_for_is_refused(fields, feature):
    with pytest.raises(FeatureMissing) as caught:
        asked(**fields)
    assert caught.value.feature == feature


def test_a_seed_is_a_wish_that_this_api_cannot_hear():
    assert asked(seed=0) == asked()


@pytest.mark.parametrize(
    ("spec", "wire"),
    [
        (
            ToolSpec(name="t", description="d", parameters=SCHEMA, strict=True),
            {"type": "function", "name": "t", "description": "d", "parameters": SCHEMA, "strict": True},
        ),
        (
            ToolSpec(name="t", description="d", parameters={"type": "object"}, strict=True),
            {"type": "function", "name": "t", "description": "d", "parameters": {"type": "object"}, "strict": False},
        ),
        (
            ToolSpec(name="t", description="d", freeform=True),
            {"type": "custom", "name": "t", "description": "d", "format": {"type": "text"}},
        ),
        (
            ToolSpec(name="t", description="d", freeform=True, grammar=Grammar(syntax="lark", definition="start: A")),
            {
                "type": "custom",
                "name": "t",
                "description": "d",
                "format": {"type": "grammar", "syntax": "lark", "definition": "start: A"},
            },
        ),
        (
            ToolSpec(name="t", description="d", freeform=True, grammar=Grammar(syntax="regex", definition="a+")),
            {
                "type": "custom",
                "name": "t",
                "description": "d",
                "format": {"type": "grammar", "syntax": "regex", "definition": "a+"},
            },
        ),
    ],
)
def test_tools(spec, wire):
    assert asked(tools=(spec,))["tools"] == [wire]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        (NamedTool(name="json"), {"type": "function", "name": "json"}),
        (NamedTool(name="free"), {"type": "custom", "name": "free"}),
    ],
)
def test_choice_of_tools(choice, wire):
    tools = (
        ToolSpec(name="json", description="", parameters=SCHEMA),
        ToolSpec(name="free", description="", freeform=True),
    )
    assert asked(tools=tools, tool_choice=choice)["tool_choice"] == wire
    assert "tool_choice" not in asked(tool_choice=choice)
    assert asked(tools=tools, parallel_tool_calls=False)["parallel_tool_calls"] is False


PNG = MediaPart(media_type="image/png", data="AAAA")
PDF = MediaPart(media_type="application/pdf", data="JVBE", name="spec.pdf")
PNG_WIRE = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"}
PDF_WIRE = {"type": "input_file", "filename": "spec.pdf", "file_data": "data:application/pdf;base64,JVBE"}


@pytest.mark.parametrize(
    ("part", "wire"),
    [
        (TextPart(text="hi"), {"type": "input_text", "text": "hi"}),
        (PNG, PNG_WIRE),
        (
            MediaPart(media_type="image/png", url="https://example.org/a.png"),
            {"type": "input_image", "image_url": "https://example.org/a.png", "detail": "auto"},
        ),
        (PDF, PDF_WIRE),
        (
            MediaPart(media_type="application/pdf", data="JVBE"),
            {"type": "input_file", "filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBE"},
        ),
        (
            MediaPart(media_type="application/pdf", url="https://example.org/a.pdf"),
            {"type": "input_file", "file_url": "https://example.org/a.pdf"},
        ),
    ],
)
def test_content(part, wire):
    message = Message(role="user", parts=(part,))
    assert conversation([message], model="m") == [{"type": "message", "role": "user", "content": [wire]}]


def test_sound_is_refused():
    with pytest.raises(FeatureMissing):
        conversation([Message(role="user", parts=(MediaPart(media_type="audio/wav", data="AA"),))], model="m")


def test_results_answer_the_kind_of_their_call_and_carry_pictures():
    talk = [
        said(call("c1"), call("c2", freeform=True), call("c3")),
        result("c1"),
        result("c2"),
        result("c3", content="seen", media=(PNG, PDF)),
    ]
    assert conversation(talk, model="m") == [
        {"type": "function_call", "call_id": "c1", "name": "t", "arguments": "x"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "t", "input": "x"},
        {"type": "function_call", "call_id": "c3", "name": "t", "arguments": "x"},
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
        {"type": "custom_tool_call_output", "call_id": "c2", "output": "42"},
        {
            "type": "function_call_output",
            "call_id": "c3",
            "output": [{"type": "input_text", "text": "seen"}, PNG_WIRE, PDF_WIRE],
        },
    ]


def test_a_system_message_in_mid_conversation_is_the_developers():
    assert conversation([user("a"), Message(role="system", parts=(TextPart(text="b"),))], model="m")[1] == {
        "type": "message",
        "role": "developer",
        "content": [{"type": "input_text", "text": "b"}],
    }


def test_reasoning_goes_back_verbatim_where_it_stood():
    talk = [said(thought(), TextPart(text="so"), call())]
    assert conversation(talk, model="m") == [
        THOUGHT,
        {"type": "message", "role": "assistant", "content": "so"},
        {"type": "function_call", "call_id": "c1", "name": "t", "arguments": "x"},
    ]


@pytest.mark.parametrize(
    "part",
    [
        thought(model="other"),
        thought(provider="anthropic_messages"),
        thought(opaque=None),
        thought(opaque={"type": "reasoning", "id": "rs_1", "summary": []}),
        ReasoningPart(text="aloud", provider=API, model="m"),
    ],
    ids=["other model", "other provider", "no item", "nothing encrypted", "text only"],
)
def test_reasoning_that_the_model_cannot_read_is_left_out(part):
    assert conversation([said(part, call()), result()], model="m") == [
        {"type": "function_call", "call_id": "c1", "name": "t", "arguments": "x"},
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
    ]


def test_reasoning_that_nothing_followed_is_left_out():
    assert conversation([said(TextPart(text="a"), thought(), thought())], model="m") == [
        {"type": "message", "role": "assistant", "content": "a"}
    ]
    assert conversation([said(thought()), user("go on")], model="m")[0]["role"] == "user"


def test_the_phase_of_a_message_goes_back_with_it():
    mark = thought(opaque={"type": "message", "phase": "commentary"})
    assert conversation([said(mark, TextPart(text="a"))], model="m") == [
        {"type": "message", "role": "assistant", "content": "a", "phase": "commentary"}
    ]


def test_long_foreign_ids_are_shortened_on_both_sides():
    long = "x" * 65
    asks, answers = conversation([said(call(long)), result(long)], model="m")
    assert asks["call_id"] == answers["call_id"] == call_id(long)
    assert len(call_id(long)) <= 64
    assert call_id("x" * 64) == "x" * 64


def test_a_longer_conversation_begins_with_the_shorter_one():
    talk = (
        user("a"),
        said(thought(), TextPart(text="b"), call(freeform=True)),
        result(),
        said(thought()),
        Message(role="system", parts=(TextPart(text="mind the time"),)),
        user("c"),
        said(TextPart(text="d")),
    )
    whole = conversation(talk, model="m")
    for upto in range(len(talk) + 1):
        part = conversation(talk[:upto], model="m")
        assert whole[: len(part)] == part


def test_options_for_text_and_reasoning_join_what_the_request_says_there():
    words = asked(
        effort="high",
        output=OutputSchema(name="answer", schema=SCHEMA),
        options={"text": {"verbosity": "low"}, "reasoning": {"context": "all_turns"}, "store": True},
    )
    assert words["text"] == {
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True},
    }
    assert words["reasoning"] == {"effort": "high", "context": "all_turns"}
    assert words["extra_body"] == {"store": True}
    assert "reasoning" not in asked(options={"reasoning": {}})
    assert "extra_body" not in asked(options={"text": {"verbosity": "low"}})


def test_a_picture_says_how_closely_it_is_looked_at():
    picture = MediaPart(media_type="image/png", data="QQ==", detail="original")
    (item,) = conversation([Message(role="user", parts=(picture,))], model="m")
    assert item["content"][0]["detail"] == "original"
