import base64
import json

import pytest

from providers import catalog
from providers.anthropic_messages import content
from providers.anthropic_messages.encode import body, headers, keywords
from providers.anthropic_messages.facts import API, UNLISTED_MAX_TOKENS, Facts, facts
from providers.errors import FeatureMissing
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
    user,
)

PLAIN = Facts(max_tokens=1000)
SYSTEM_ROLE = Facts(system_role=True)
PNG = MediaPart(media_type="image/png", data="aGk=")
THINKING = {"type": "thinking", "thinking": "hm", "signature": "sig"}
REDACTED = {"type": "redacted_thinking", "data": "xyz"}
TOOL = ToolSpec(name="read", description="Read.", parameters={"type": "object"})


def text(words):
    return {"type": "text", "text": words}


def turn(role, *parts):
    return Message(role=role, parts=parts)


def said(words):
    return turn("assistant", TextPart(text=words))


def call(id, arguments="{}", **kind):
    return ToolCallPart(id=id, name="read", arguments=arguments, **kind)


def result(id, content="42", **more):
    return ToolResultPart(call_id=id, name="read", content=content, **more)


def reasoning(opaque, model="m", provider=API):
    return ReasoningPart(text="hm", opaque=opaque, provider=provider, model=model)


def wired(*messages, known=PLAIN, model="m"):
    return content.messages(ModelRequest(model=model, messages=messages), known)


def encoded(known=PLAIN, **fields):
    fields = {"model": "m", "messages": (user("hi"),), "cache": False, **fields}
    return body(ModelRequest(**fields), known)


@pytest.mark.parametrize(
    ("part", "blocks"),
    [
        (TextPart(text="hi"), [text("hi")]),
        (PNG, [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}]),
        (
            MediaPart(media_type="image/png", url="https://x/y.png"),
            [{"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}],
        ),
        (
            MediaPart(media_type="application/pdf", data="JVBE", name="a.pdf"),
            [
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"},
                    "title": "a.pdf",
                }
            ],
        ),
        (
            MediaPart(media_type="application/pdf", url="https://x/y.pdf"),
            [{"type": "document", "source": {"type": "url", "url": "https://x/y.pdf"}}],
        ),
        (
            MediaPart(media_type="text/csv", data=base64.b64encode("ü,1".encode()).decode()),
            [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "ü,1"}}],
        ),
        (result("c1"), [{"type": "tool_result", "tool_use_id": "c1", "content": "42"}]),
        (
            result("c1", "no", is_error=True),
            [{"type": "tool_result", "tool_use_id": "c1", "content": "no", "is_error": True}],
        ),
        (result("c1", ""), [{"type": "tool_result", "tool_use_id": "c1"}]),
        (
            result("c1", "", media=(PNG,)),
            [
                {
                    "type": "tool_result",
                    "tool_use_id": "c1",
                    "content": [
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
                    ],
                }
            ],
        ),
    ],
)
def test_what_a_user_sends(part, blocks):
    assert wired(turn("user", part)) == [{"role": "user", "content": blocks}]


@pytest.mark.parametrize(
    ("part", "blocks"),
    [
        (reasoning(THINKING), [THINKING]),
        (reasoning(REDACTED), [REDACTED]),
        (reasoning(None), []),
        (reasoning(THINKING, model="other"), []),
        (reasoning({"encrypted_content": "x"}, provider="openai_responses"), []),
        (PNG, []),
        (call("c1", '{"p": [1, "ü"]}'), [{"type": "tool_use", "id": "c1", "name": "read", "input": {"p": [1, "ü"]}}]),
        (call("c1", ""), [{"type": "tool_use", "id": "c1", "name": "read", "input": {}}]),
        (call("c1", '{"p": '), [{"type": "tool_use", "id": "c1", "name": "read", "input": {"INVALID_JSON": '{"p": '}}]),
        (call("c1", "[1]"), [{"type": "tool_use", "id": "c1", "name": "read", "input": {"INVALID_JSON": "[1]"}}]),
        (
            call("c1", "*** patch", freeform=True),
            [{"type": "tool_use", "id": "c1", "name": "read", "input": {"input": "*** patch"}}],
        ),
    ],
)
def test_what_a_model_said(part, blocks):
    assert wired(turn("assistant", TextPart(text="a"), part)) == [
        {"role": "assistant", "content": [text("a"), *blocks]}
    ]


def test_foreign_ids_are_made_fit_and_stay_apart():
    made = [content.call_id(id) for id in ("fc_1|a.b", "fc_1|a:b", "", "toolu_01")]
    assert made[3] == "toolu_01"
    assert len(set(made)) == 4
    assert all(content._ID.fullmatch(id) for id in made)
    [assistant, answer] = wired(turn("assistant", call("a|b")), turn("tool", result("a|b")))
    assert assistant["content"][0]["id"] == answer["content"][0]["tool_use_id"] == content.call_id("a|b")


def test_neither_empty_text_nor_an_empty_message_is_sent():
    talk = (user("a"), turn("assistant", TextPart(text=" \n"), reasoning(THINKING, model="other")), user(""), user("b"))
    assert wired(*talk) == [{"role": "user", "content": [text("a"), text("b")]}]


def test_results_of_parallel_calls_are_one_message_in_call_order():
    talk = (
        turn("assistant", call("c1"), call("c2"), call("c3")),
        turn("tool", result("c3")),
        user("and now?"),
        turn("tool", result("c1"), result("c2")),
    )
    sent = wired(*talk)
    assert [message["role"] for message in sent] == ["assistant", "user"]
    assert [block.get("tool_use_id") for block in sent[1]["content"]] == ["c1", "c2", "c3", None]


def test_a_system_message_stands_behind_the_user_where_the_model_has_the_role():
    talk = (turn("system", TextPart(text="s1")), user("a"), said("b"), user("c"), turn("system", TextPart(text="s2")))
    assert [(m["role"], [b["text"] for b in m["content"]]) for m in wired(*talk, known=SYSTEM_ROLE)] == [
        ("user", ["a"]),
        ("system", ["s1"]),
        ("assistant", ["b"]),
        ("user", ["c"]),
        ("system", ["s2"]),
    ]


@pytest.mark.parametrize(
    ("known", "talk"),
    [
        (PLAIN, (user("a"), said("b"), user("c"), turn("system", TextPart(text="s")))),
        (SYSTEM_ROLE, (user("a"), said("b"), turn("system", TextPart(text="s")))),
    ],
    ids=["no such role", "no user in front"],
)
def test_a_system_message_is_marked_text_elsewhere(known, talk):
    sent = wired(*talk, known=known)
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert sent[-1]["content"][-1] == text("<system-message>\ns\n</system-message>")


def test_a_body_says_only_what_was_asked():
    assert encoded() == {"model": "m", "max_tokens": 1000, "messages": [{"role": "user", "content": [text("hi")]}]}


def test_a_whole_body():
    schema = {"type": "object", "properties": {}}
    sent = encoded(
        system="Be brief.",
        tools=(TOOL, ToolSpec(name="now", description="", strict=True)),
        max_output_tokens=9,
        stop=("END", " "),
        effort="high",
        parallel_tool_calls=False,
        output=OutputSchema(name="n", schema=schema),
        temperature=0.5,
        seed=1,
        cache_key="k",
    )
    assert sent == {
        "model": "m",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": [text("hi")]}],
        "system": [text("Be brief.")],
        "tools": [
            {"name": "read", "description": "Read.", "input_schema": {"type": "object"}},
            {"name": "now", "input_schema": schema, "strict": True},
        ],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        "stop_sequences": ["END"],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": schema}},
    }


@pytest.mark.parametrize(
    ("choice", "parallel", "wire"),
    [
        ("auto", None, None),
        ("auto", True, None),
        ("none", False, {"type": "none"}),
        ("required", None, {"type": "any"}),
        (NamedTool(name="read"), False, {"type": "tool", "name": "read", "disable_parallel_tool_use": True}),
    ],
)
def test_tool_choice(choice, parallel, wire):
    sent = encoded(tools=(TOOL,), tool_choice=choice, parallel_tool_calls=parallel)
    assert sent.get("tool_choice") == wire
    assert "tool_choice" not in encoded(tool_choice=choice, parallel_tool_calls=parallel)


BUDGET = Facts(thinking="budget", efforts=(), max_tokens=64_000, sampling=True)


@pytest.mark.parametrize(
    ("known", "effort", "plan", "config"),
    [
        (PLAIN, None, None, None),
        (PLAIN, "none", {"type": "disabled"}, None),
        (PLAIN, "minimal", {"type": "adaptive", "display": "summarized"}, {"effort": "low"}),
        (
            Facts(efforts=("low", "high", "max")),
            "xhigh",
            {"type": "adaptive", "display": "summarized"},
            {"effort": "high"},
        ),
        (BUDGET, "high", {"type": "enabled", "budget_tokens": 31_999}, None),
        (BUDGET, "none", {"type": "disabled"}, None),
        (
            Facts(thinking="budget", efforts=(), max_tokens=2000),
            "max",
            {"type": "enabled", "budget_tokens": 1999},
            None,
        ),
        (Facts(thinking="budget", efforts=(), max_tokens=1024), "max", None, None),
        (Facts(thinking="none", efforts=()), "high", None, None),
    ],
)
def test_effort(known, effort, plan, config):
    sent = encoded(known, effort=effort)
    assert (sent.get("thinking"), sent.get("output_config")) == (plan, config)


def test_a_demanded_call_goes_without_thinking():
    sent = encoded(effort="high", tools=(TOOL,), tool_choice="required")
    assert ("thinking" in sent, sent["output_config"]) == (False, {"effort": "high"})


@pytest.mark.parametrize(("opaque", "model", "thinks"), [(THINKING, "m", True), (THINKING, "other", False)])
def test_a_budget_waits_until_the_open_turn_is_its_own(opaque, model, thinks):
    open_turn = (user("a"), turn("assistant", reasoning(opaque, model=model), call("c1")), turn("tool", result("c1")))
    assert ("thinking" in encoded(BUDGET, effort="high", messages=open_turn)) == thinks
    closed = (*open_turn, said("done"), user("next"))
    assert "thinking" in encoded(BUDGET, effort="high", messages=closed)


@pytest.mark.parametrize(
    ("known", "effort", "sent"), [(BUDGET, None, 0.5), (BUDGET, "high", None), (PLAIN, None, None)]
)
def test_temperature_is_a_wish(known, effort, sent):
    asked = keywords(ModelRequest(model="m", messages=(user("hi"),), temperature=0.5, effort=effort), known, {})
    assert "temperature" not in asked
    assert asked["extra_body"].get("temperature") == sent


@pytest.mark.parametrize(
    "fields",
    [
        {"grammar": "root ::= x"},
        {"tools": (ToolSpec(name="p", description="", freeform=True),)},
        {"tools": (TOOL,), "tool_choice": "required"},
        {"messages": (turn("user", MediaPart(media_type="audio/wav", data="x")),)},
    ],
)
def test_what_it_cannot_carry_is_said_before_anything_is_sent(fields):
    request = ModelRequest(**{"model": "m", "messages": (user("hi"),), **fields})
    with pytest.raises(FeatureMissing):
        keywords(request, Facts(forced_tools=False), {})


def test_options_win_and_headers_are_joined():
    options = {"max_tokens": 7, "speed": "fast", "betas": ["b1", "b2"], "extra_headers": {"x-a": "1"}}
    request = ModelRequest(model="m", messages=(user("hi"),), options=options, temperature=1.0)
    asked = keywords(request, BUDGET, {"Anthropic-Beta": "b0, b1"})
    assert asked["extra_body"] == {"temperature": 1.0, "max_tokens": 7, "speed": "fast"}
    assert asked["extra_headers"] == {"x-a": "1", "anthropic-beta": "b0,b1,b2"}
    assert headers({}, {"x-other": "1"}) == {}


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (
            "claude-opus-5-5",
            {
                "max_tokens": 128_000,
                "thinking": "adaptive",
                "system_role": True,
                "sampling": False,
                "forced_tools": False,
            },
        ),
        (
            "claude-sonnet-4-5",
            {"max_tokens": 64_000, "thinking": "budget", "system_role": False, "sampling": True, "forced_tools": True},
        ),
        ("claude-of-tomorrow", {"max_tokens": UNLISTED_MAX_TOKENS, "thinking": "adaptive", "system_role": False}),
    ],
)
def test_facts_come_from_the_catalogue(model, fields):
    found = facts(catalog.load().info(API, model))
    assert {name: getattr(found, name) for name in fields} == fields


def test_models_that_take_no_effort_word_get_none():
    assert facts(catalog.load().info(API, "claude-haiku-4-5")).efforts == ()
    assert facts(catalog.load().info(API, "claude-opus-4-5")).efforts[:3] == ("low", "medium", "high")
    assert facts(ModelInfo(id="m", context_tokens=None, max_output_tokens=9)).max_tokens == 9


def test_a_request_is_json():
    request = ModelRequest(model="m", messages=(turn("assistant", reasoning(THINKING)), user("x")), tools=(TOOL,))
    assert json.loads(json.dumps(keywords(request, PLAIN, {})))["stream"] is True
