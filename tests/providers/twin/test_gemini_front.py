"""The Gemini front, pure: what it takes, what it refuses and why, and how it says a turn."""

import base64
import json

import pytest
from google.genai import types

from providers.gemini_generate.decode import ChunkReader
from providers.twin.front import Call, Failure, Rejected, Turn
from providers.twin.fronts import gemini_fields, load
from providers.twin.fronts.gemini_rules import signature
from providers.types import ModelInfo, ReasoningPart, TextPart, ToolCallPart, Usage

FRONT = load("gemini")
MODEL = "gemini-3.1-pro-preview"
SCHEMA = {"type": "object", "properties": {}}
HELLO = {"role": "user", "parts": [{"text": "hi"}]}
KEY = {"x-goog-api-key": "k"}


def call(body, model=MODEL, method="streamGenerateContent", **more):
    path = f"/v1beta/models/{model}:{method}"
    fields = {"method": "POST", "path": path, "query": {"alt": "sse"}, "headers": KEY, "body": body}
    return Call(**{**fields, **more})


def test_both_spellings_are_one_prompt():
    one = {"contents": [HELLO], "systemInstruction": HELLO, "generationConfig": {"maxOutputTokens": 9}}
    other = {"contents": [HELLO], "system_instruction": HELLO, "generation_config": {"max_output_tokens": 9}}
    assert FRONT.read(call(one)).blocks == FRONT.read(call(other)).blocks
    assert FRONT.read(call(other)).request.max_output_tokens == 9


OF_SDK = {"Request": None, "GenerationConfig": types.GenerationConfig} | {
    name: getattr(types, name) for name in gemini_fields.TYPES if name not in ("Request", "GenerationConfig")
}
NOT_OF_THIS_API = {
    "GenerationConfig": {"routingConfig", "modelSelectionConfig", "audioTimestamp", "enableAffectiveDialog"},
    "FunctionCall": {"partialArgs", "willContinue"},
    "FunctionCallingConfig": {"streamFunctionCallArguments"},
    "SafetySetting": {"method"},
    "Tool": {"enterpriseWebSearch", "parallelAiSearch", "exaAiSearch"},
}
"""Fields that the SDK has for the other platform only: its converters to this API raise for them."""


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kind in OF_SDK.items() if kind])
def test_the_names_are_those_of_the_sdk(name, kind):
    theirs = {gemini_fields.camel(field) for field in kind.model_fields} - NOT_OF_THIS_API.get(name, set())
    assert theirs == gemini_fields.TYPES[name].keys() - {"imageConfig"}


CALLS = {"role": "model", "parts": [{"functionCall": {"id": "c", "name": "f"}, "thoughtSignature": "U0lH"}]}
SIGNED = {"functionCall": {"id": "c", "name": "f"}}
SIGNED = {"role": "model", "parts": [{**SIGNED, "thoughtSignature": signature(SIGNED)}]}
UNSIGNED = {"role": "model", "parts": [{"functionCall": {"id": "c", "name": "f"}}]}
RESULT = {"role": "user", "parts": [{"functionResponse": {"id": "c", "name": "f", "response": {"output": "x"}}}]}
OTHER = {"role": "user", "parts": [{"functionResponse": {"id": "z", "name": "f", "response": {}}}]}
TWO_CALLS = {"role": "model", "parts": [*SIGNED["parts"], {"functionCall": {"id": "d", "name": "f"}}]}
TWICE = {"role": "user", "parts": [*RESULT["parts"], *RESULT["parts"]]}
NO_OBJECT = {"functionDeclarations": [{"name": "f", "parametersJsonSchema": {"type": "array"}}]}
TOOL = {"functionDeclarations": [{"name": "f", "parametersJsonSchema": SCHEMA}]}


def contents(*turns, **more):
    return {"contents": list(turns), **more}


def generation(**config):
    return contents(HELLO, generationConfig=config)


def part(**fields):
    return contents({"role": "user", "parts": [fields]})


def choice(**config):
    return contents(HELLO, tools=[TOOL], toolConfig={"functionCallingConfig": config})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([], "Invalid value"),
        ({}, "contents is not specified"),
        (contents(HELLO, stream=True), r'Unknown name "stream": Cannot find field'),
        (part(txt="a"), r"Unknown name \"txt\" at 'contents\[0\].parts\[0\]'"),
        (contents({"role": "assistant", "parts": [{"text": "a"}]}), "valid role: user, model"),
        (contents({"role": "user", "parts": []}), "parts must not be empty"),
        (part(thought=True), "must have one initialized field"),
        (part(text="a", inlineData={"mimeType": "image/png", "data": ""}), "already set"),
        (part(inlineData={"mimeType": "image/png", "data": "*"}), "Base64 decoding failed"),
        (part(inlineData={"data": "QQ=="}), "mimeType is missing"),
        (part(functionCall={"name": "f"}), "a function call of the user"),
        (part(functionResponse={"response": {}}), "REQUIRED_FIELD_MISSING"),
        (contents(HELLO, SIGNED), "end with function calls"),
        (contents(HELLO, SIGNED, HELLO), "number of function response parts"),
        (contents(HELLO, RESULT), "number of function response parts"),
        (contents(HELLO, SIGNED, OTHER), "matches no function call"),
        (contents(HELLO, TWO_CALLS, TWICE), "answered twice"),
        (contents(SIGNED, RESULT), "right after a user turn"),
        (contents(HELLO, UNSIGNED, RESULT), "missing a thought_signature .* `f`, position 1"),
        (contents(HELLO, CALLS, RESULT), "Thought signature is not valid"),
        (contents(HELLO, tools=[{"functionDeclarations": [{"name": "a b"}]}]), "Invalid function name"),
        (contents(HELLO, tools=[TOOL, TOOL]), "Duplicate function declaration"),
        (contents(HELLO, tools=[NO_OBJECT]), "no object"),
        (choice(mode="SOMETIMES"), "function_calling_config.mode"),
        (choice(mode="AUTO", allowedFunctionNames=["f"]), "for the modes ANY and VALIDATED"),
        (choice(mode="ANY", allowedFunctionNames=["g"]), "not declared"),
        (generation(temperature=3), "temperature must be from 0 to 2"),
        (generation(maxOutputTokens=0), "must be positive"),
        (generation(responseJsonSchema=SCHEMA), "needs response_mime_type"),
        (generation(thinkingConfig={"thinkingLevel": "LOUD"}), "thinking_level"),
        (generation(thinkingConfig={"thinkingLevel": "LOW", "thinkingBudget": 1}), "only one of"),
        (contents(HELLO, tools=[TOOL], cachedContent="cachedContents/x"), "CachedContent can not be used"),
    ],
)
def test_what_is_wrong_is_refused_with_its_rule(body, told):
    with pytest.raises(Rejected, match=told) as caught:
        FRONT.read(call(body))
    assert caught.value.failure.name == "bad_request"
    assert any(source in caught.value.failure.rule for source in ("types", "assumed", "public issues", "Google's page"))


@pytest.mark.parametrize("dummy", ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"])
@pytest.mark.parametrize("wired", [str, lambda text: base64.b64encode(text.encode()).decode()])
def test_the_documented_substitutes_for_a_signature_are_taken(dummy, wired):
    call_part = {"functionCall": {"id": "c", "name": "f"}, "thoughtSignature": wired(dummy)}
    assert FRONT.read(call(contents(HELLO, {"role": "model", "parts": [call_part]}, RESULT)))


def test_signatures_are_asked_for_since_the_user_last_spoke_and_by_new_models_only():
    assert FRONT.read(call(contents(HELLO, UNSIGNED, RESULT, HELLO)))
    assert FRONT.read(call(contents(HELLO, UNSIGNED, RESULT), model="gemini-2.5-pro"))
    with pytest.raises(Rejected):
        FRONT.read(call(contents(HELLO, UNSIGNED, RESULT)))


@pytest.mark.parametrize(
    ("model", "config", "told"),
    [
        ("gemini-2.5-pro", {"thinkingBudget": 0}, "only works in thinking mode"),
        ("gemini-2.5-flash", {"thinkingLevel": "LOW"}, "not supported"),
        ("gemini-2.0-flash", {"includeThoughts": True}, "not enabled"),
    ],
)
def test_thinking_is_asked_for_as_the_model_knows_it(model, config, told):
    with pytest.raises(Rejected, match=told):
        FRONT.read(call(generation(thinkingConfig=config), model=model))


def test_the_answers_of_parallel_calls_may_come_in_any_order_with_their_ids():
    def both(kind, name, *ids):
        return [{kind: {"id": one, "name": "f", **({"response": {}} if name else {})}} for one in ids]

    calls = both("functionCall", False, "a", "b")
    calls[0]["thoughtSignature"] = signature(calls[0])
    turns = ({"role": "model", "parts": calls}, {"role": "user", "parts": both("functionResponse", True, "b", "a")})
    assert FRONT.read(call(contents(HELLO, *turns)))


def said(turn, usage, *, thoughts=True):
    config = {"thinkingConfig": {"includeThoughts": True}} if thoughts else {}
    asked = FRONT.read(call(contents(HELLO, generationConfig=config)))
    reader = ChunkReader(model=MODEL, salt="s")
    for frame in FRONT.frames(turn, asked, usage):
        wire = json.loads(frame.data.removeprefix(b"data: "))
        assert types.GenerateContentResponse.model_validate(wire)
        reader.feed(wire)
    return reader.response(cost_usd=None), FRONT.whole(turn, asked, usage)


USAGE = Usage(input=100, cache_read=40, output=17, reasoning=3)


def test_the_stream_and_the_whole_body_say_the_turn():
    calls = (ToolCallPart(id="c1", name="a", arguments='{"x": 1}'), ToolCallPart(id="c2", name="b", arguments="{}"))
    turn = Turn(parts=(ReasoningPart(text="Let me see now."), TextPart(text="I look at both."), *calls))
    response, whole = said(turn, USAGE)
    assert response.message.text == "I look at both."
    assert response.message.tool_calls == calls
    assert response.message.parts[0].text == "Let me see now."
    assert (response.stop, response.usage) == ("tool_calls", USAGE)
    [candidate] = whole["candidates"]
    assert [sorted(part) for part in candidate["content"]["parts"]] == [
        ["text", "thought"],
        ["text"],
        ["functionCall", "thoughtSignature"],
        ["functionCall"],
    ]
    assert candidate["finishReason"] == "STOP"
    assert whole["usageMetadata"]["totalTokenCount"] == 157


def test_thoughts_are_told_only_when_asked_for():
    response, _ = said(Turn(parts=(ReasoningPart(text="hm"), TextPart(text="ok"))), USAGE, thoughts=False)
    assert [part.text for part in response.message.parts] == ["ok", ""]


@pytest.mark.parametrize(
    ("stop", "raw"), [("length", "MAX_TOKENS"), ("content_filter", "SAFETY"), ("stop", "STOP"), ("other", "OTHER")]
)
def test_why_it_stopped(stop, raw):
    response, _ = said(Turn(parts=(TextPart(text="a"),), stop=stop), USAGE)
    assert (response.stop, response.raw_stop) == (stop, raw)


@pytest.mark.parametrize(
    ("name", "status", "code", "detail"),
    [
        ("auth", 400, "INVALID_ARGUMENT", "ErrorInfo"),
        ("quota", 429, "RESOURCE_EXHAUSTED", "QuotaFailure"),
        ("rate_limit", 429, "RESOURCE_EXHAUSTED", "QuotaFailure"),
        ("overloaded", 503, "UNAVAILABLE", ""),
        ("permission", 403, "PERMISSION_DENIED", ""),
    ],
)
def test_failures_in_the_words_of_the_service(name, status, code, detail):
    answer = FRONT.failure(Failure(name=name, message="m", retry_after=3.0))
    error = answer.body["error"]
    assert (answer.status, error["code"], error["status"]) == (status, status, code)
    assert detail in str(error.get("details", ""))
    assert ("3s" in str(error.get("details"))) == (code == "RESOURCE_EXHAUSTED")


def test_a_name_nobody_knows_is_told_with_its_place():
    with pytest.raises(Rejected) as caught:
        FRONT.read(call(part(txt="a")))
    [detail] = FRONT.failure(caught.value.failure).body["error"]["details"]
    assert detail["fieldViolations"][0]["field"] == "contents[0].parts[0]"


def test_a_value_of_the_wrong_kind_is_told_with_its_place():
    with pytest.raises(Rejected) as caught:
        FRONT.read(call(generation(stopSequences="END")))
    [detail] = FRONT.failure(caught.value.failure).body["error"]["details"]
    assert detail["fieldViolations"][0]["field"] == "generationConfig.stopSequences"


def test_without_a_key_nothing_is_answered():
    with pytest.raises(Rejected) as caught:
        FRONT.read(call(contents(HELLO), headers={}))
    assert caught.value.failure.name == "permission"
    assert FRONT.read(call(contents(HELLO), headers={}, query={"alt": "sse", "key": "q"})).key == "q"


def listed(path, headers=KEY):
    return Call(method="GET", path=path, headers=headers)


def test_which_paths_are_its():
    assert FRONT.serves(call({})) == "generate"
    assert FRONT.serves(call({}, method="generateContent")) == "generate"
    assert FRONT.serves(call({}, method="countTokens")) == "side"
    assert FRONT.serves(call({}, method="embedContent")) == ""
    assert FRONT.serves(listed("/v1beta/models")) == FRONT.serves(listed("/v1/models")) == "side"
    assert FRONT.serves(listed("/v1/models", {"authorization": "Bearer k"})) == ""


def test_models_are_listed():
    models = [ModelInfo(id="gemini-x", context_tokens=9, max_output_tokens=3)]
    [one] = FRONT.side(listed("/v1beta/models"), models).body["models"]
    assert (one["name"], one["inputTokenLimit"], one["outputTokenLimit"]) == ("models/gemini-x", 9, 3)
    assert FRONT.side(listed("/v1beta/models/gemini-x"), models).body == one
    with pytest.raises(Rejected):
        FRONT.side(listed("/v1beta/models/gemini-y"), models)


def test_tokens_are_counted_as_blocks_of_a_prompt():
    picture = {"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "QQ=="}}]}
    body = contents(HELLO, picture)
    total = FRONT.side(call(body, method="countTokens"), []).body["totalTokens"]
    whole = {"generateContentRequest": {"model": f"models/{MODEL}", **body}}
    assert total > 258
    assert FRONT.side(call(whole, method="countTokens"), []).body["totalTokens"] == total
    assert FRONT.side(call(contents(RESULT), method="countTokens"), []).body["totalTokens"] > 0


def test_a_stream_of_another_kind_is_not_played():
    with pytest.raises(Rejected, match="alt=sse"):
        FRONT.read(call(contents(HELLO), query={}))


WHOLE = contents(
    HELLO,
    SIGNED,
    RESULT,
    {
        "role": "user",
        "parts": [{"inlineData": {"mimeType": "image/png", "data": "QQ=="}}, {"fileData": {"fileUri": "u"}}],
    },
    {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": "a", "thoughtSignature": signature({})}]},
    systemInstruction=HELLO,
    tools=[TOOL],
    toolConfig={"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
    safetySettings=[{"category": "c", "threshold": "t"}],
    generationConfig={
        "temperature": 1,
        "maxOutputTokens": 9,
        "stopSequences": ["x"],
        "responseMimeType": "application/json",
        "responseJsonSchema": SCHEMA,
        "thinkingConfig": {"includeThoughts": True, "thinkingLevel": "LOW"},
    },
)
JUNK = (None, True, 3, "x", [], [3], ["x"], {}, {"x": 3}, [[]])


def places(value, place=()):
    yield place
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*place, name))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from places(inner, (*place, at))


def put(value, place, junk):
    if not place:
        return junk
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = put(value[place[0]], place[1:], junk)
    return copy


def test_a_body_of_any_shape_is_read_or_refused():
    """Junk in every place of a request that has everything: an answer of the wire or a Rejected, nothing else."""
    FRONT.read(call(WHOLE))
    turn = Turn(parts=(ReasoningPart(text="hm"), TextPart(text="ok")))
    refused = 0
    for place in places(WHOLE):
        for junk in JUNK:
            try:
                asked = FRONT.read(call(put(WHOLE, place, junk)))
                assert list(FRONT.frames(turn, asked, USAGE))
            except Rejected:
                refused += 1
    assert refused > 300
