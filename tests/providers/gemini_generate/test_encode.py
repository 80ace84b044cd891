"""Requests to keywords: what is sent when, and what wins."""

import pytest

from providers.errors import FeatureMissing
from providers.gemini_generate import encode, thinking
from providers.types import ModelInfo, ModelRequest, NamedTool, OutputSchema, ToolSpec, user

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}
READ = ToolSpec(name="read", description="Read.", parameters=SCHEMA)
OFF = {"automatic_function_calling": {"disable": True}, "automatic_continuation": False}


def thinking_of(**told):
    return {"http_options": {"extra_body": {"generationConfig": {"thinkingConfig": told}}}}


def info(model="gemini-3.1-pro-preview", limit=65_536, efforts=()):
    return ModelInfo(id=model, context_tokens=None, max_output_tokens=limit, efforts=efforts)


def config(model="gemini-3.1-pro-preview", *, known=None, **fields):
    request = ModelRequest(model=model, messages=(user("hi"),), **fields)
    return encode.config(request, known or info(model))


def test_the_least_that_is_sent():
    assert config() == {**thinking_of(includeThoughts=True), **OFF}


def test_a_limit_that_was_not_asked_for_is_left_to_the_service():
    assert "max_output_tokens" not in config(known=info(limit=65_536))


def test_everything_that_is_asked_for():
    told = config(
        system="Be brief.",
        tools=(READ, ToolSpec(name="now", description="Time.")),
        max_output_tokens=99,
        temperature=0.5,
        seed=7,
        stop=("END",),
        output=OutputSchema(name="answer", schema=SCHEMA),
    )
    assert told == {
        "system_instruction": "Be brief.",
        "max_output_tokens": 99,
        "temperature": 0.5,
        "seed": 7,
        "stop_sequences": ["END"],
        "http_options": {
            "extra_body": {
                "tools": [
                    {
                        "functionDeclarations": [
                            {"name": "read", "description": "Read.", "parametersJsonSchema": SCHEMA},
                            {"name": "now", "description": "Time."},
                        ]
                    }
                ],
                "generationConfig": {"thinkingConfig": {"includeThoughts": True}},
            }
        },
        "response_mime_type": "application/json",
        "response_json_schema": SCHEMA,
        **OFF,
    }


STRICT = ToolSpec(name="read", description="Read.", parameters=SCHEMA, strict=True)


@pytest.mark.parametrize(
    ("choice", "tool", "told"),
    [
        ("auto", READ, None),
        ("auto", STRICT, {"mode": "VALIDATED"}),
        ("required", READ, {"mode": "ANY"}),
        ("none", READ, {"mode": "NONE"}),
        (NamedTool(name="read"), READ, {"mode": "ANY", "allowed_function_names": ["read"]}),
    ],
)
def test_tool_choice(choice, tool, told):
    sent = config(tools=(tool,), tool_choice=choice).get("tool_config")
    assert sent == (told and {"function_calling_config": told})


@pytest.mark.parametrize(
    ("model", "effort", "efforts", "told"),
    [
        ("gemini-3.1-pro-preview", "high", (), {"thinkingLevel": "HIGH"}),
        ("gemini-3.1-pro-preview", "none", (), {"thinkingLevel": "LOW"}),
        ("gemini-3.1-pro-preview", "max", (), {"thinkingLevel": "HIGH"}),
        ("gemini-3.8-flash", "none", ("minimal", "low", "high"), {"thinkingLevel": "MINIMAL"}),
        ("gemini-3.8-flash", "medium", ("minimal", "low", "high"), {"thinkingLevel": "LOW"}),
        ("gemini-4-argon", "max", ("low", "xhigh"), {"thinkingLevel": "XHIGH"}),
        ("gemini-2.5-flash", "none", (), {"thinkingBudget": 0}),
        ("gemini-2.5-pro", "none", (), {"thinkingBudget": 128}),
        ("gemini-2.5-pro", "medium", (), {"thinkingBudget": 8192}),
    ],
)
def test_effort_in_the_words_of_the_model(model, effort, efforts, told):
    sent = config(model, known=info(model, efforts=efforts), effort=effort)
    assert sent["http_options"] == thinking_of(includeThoughts=True, **told)["http_options"]


@pytest.mark.parametrize("model", ["gemini-2.0-flash", "gemma-3-27b-it", "gemini-1.5-pro"])
def test_models_that_do_not_think_are_not_told_to(model):
    assert "http_options" not in config(model, effort="high")
    assert not thinking.wants_signatures(model)


def test_options_win_in_either_spelling():
    told = config(temperature=1.0, options={"temperature": 0.2, "topK": 3, "safetySettings": []})
    assert (told["temperature"], told["top_k"], told["safety_settings"]) == (0.2, 3, [])
    assert config(options={"automatic_function_calling": {"disable": False}})["automatic_function_calling"] == {
        "disable": True
    }


def test_what_a_cache_holds_is_not_sent_beside_it():
    told = config(system="s", tools=(READ,), tool_choice="required", options={"cachedContent": "cachedContents/x"})
    assert told["cached_content"] == "cachedContents/x"
    assert not {"system_instruction", "tools", "tool_config"} & told.keys()
    assert "tools" not in told["http_options"]["extra_body"]


def test_fields_nobody_knows_go_into_the_body():
    told = config(options={"extra_body": {"newField": 1, "generationConfig": {"other": 2}}})["http_options"]
    assert told["extra_body"] == {
        "newField": 1,
        "generationConfig": {"thinkingConfig": {"includeThoughts": True}, "other": 2},
    }


def test_thinking_that_is_an_option_is_sent_as_it_is():
    told = config(effort="high", options={"thinkingConfig": {"thinking_budget": 1}})
    assert (told["thinking_config"], "http_options" in told) == ({"thinking_budget": 1}, False)


@pytest.mark.parametrize(
    ("fields", "feature"),
    [
        ({"grammar": 'root ::= "a"'}, "grammar"),
        ({"tools": (ToolSpec(name="patch", description="", freeform=True),)}, "freeform"),
    ],
)
def test_what_this_api_cannot_carry_is_refused(fields, feature):
    with pytest.raises(FeatureMissing) as caught:
        encode.keywords(ModelRequest(model="gemini-3.8-flash", messages=(user("hi"),), **fields), info())
    assert caught.value.feature == feature
