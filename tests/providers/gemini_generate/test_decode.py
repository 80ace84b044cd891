"""Chunks to events and one response, from tables; and what was read goes back as it came."""

import base64
import json

import pytest
from google.genai import types

from providers.errors import BadRequest, CutStream, GarbledResponse, PermissionDenied, Refused
from providers.events import ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.gemini_generate import contents, decode
from providers.gemini_generate.contents import API, signature
from providers.gemini_generate.decode import ChunkReader
from providers.types import TextPart, ToolCallPart, Usage

MODEL = "gemini-3.8-flash"
S = base64.urlsafe_b64encode(b"\xfb\xffsign").decode()
SIGN = b"\xfb\xffsign"


def reader():
    return ChunkReader(model=MODEL, salt="ab")


def chunk(*parts, finish=None, **more):
    candidate = {"content": {"role": "model", "parts": list(parts)}, **({"finishReason": finish} if finish else {})}
    return {"candidates": [candidate], **more}


def fed(*chunks):
    one = reader()
    return one, [event for wire in chunks for event in one.feed(wire)]


def call(name="read", **more):
    return {"functionCall": {"name": name, "args": {"a": None, "ü": 1}}, **more}


@pytest.mark.parametrize(
    ("parts", "events"),
    [
        ([{"text": "a"}, {"text": ""}], [TextDelta(text="a")]),
        ([{"text": "hm", "thought": True}], [ReasoningDelta(text="hm")]),
        (
            [{"text": "hm", "thought": True, "thoughtSignature": S}],
            [ReasoningDelta(text="hm"), ReasoningEnd(opaque=signature(SIGN, "thought"))],
        ),
        ([{"text": "a", "thoughtSignature": S}], [ReasoningEnd(opaque=signature(SIGN, "text")), TextDelta(text="a")]),
        ([{"text": "", "thoughtSignature": S}], [ReasoningEnd(opaque=signature(SIGN, "nothing"))]),
        (
            [{"text": "a", "thoughtSignature": S}, {"text": "b"}, {"text": "c"}],
            [
                ReasoningEnd(opaque=signature(SIGN, "text")),
                TextDelta(text="a"),
                ReasoningEnd(),
                TextDelta(text="b"),
                TextDelta(text="c"),
            ],
        ),
        (
            [call(thoughtSignature=S), call("grep")],
            [
                ReasoningEnd(opaque=signature(SIGN, "call")),
                ToolCallDelta(index=0, id="call_ab_0", name="read", arguments='{"a": null, "ü": 1}'),
                ToolCallDelta(index=1, id="call_ab_1", name="grep", arguments='{"a": null, "ü": 1}'),
            ],
        ),
        (
            [{"executableCode": {"code": "1"}, "thoughtSignature": S}],
            [ReasoningEnd(opaque={"part": {"executable_code": {"code": "1"}}, **signature(SIGN, "nothing")})],
        ),
    ],
)
def test_parts_become_events(parts, events):
    assert fed(chunk(*parts))[1] == events


@pytest.mark.parametrize(
    "parts",
    [
        [{"text": "hm", "thought": True, "thoughtSignature": S}, {"text": "a"}],
        [{"text": "a", "thoughtSignature": S}, {"text": "b"}],
        [{"text": "a"}, {"text": "", "thoughtSignature": S}],
        [{"text": "a"}, {"functionCall": {"id": "1", "name": "f", "args": {"x": 1}}, "thoughtSignature": S}],
        [{"executableCode": {"code": "1"}}, {"codeExecutionResult": {"output": "1"}}, {"text": "a"}],
    ],
)
def test_what_was_read_goes_back_as_it_came(parts):
    """Both sides as the SDK understands them: the answer as JSON, what is sent as keywords."""
    one, _ = fed(chunk(*parts, finish="STOP"))
    [sent] = contents.contents([one.response(cost_usd=None).message], model=MODEL, sign_calls=True)
    came = [types.Part.model_validate_json(json.dumps(part)) for part in parts]
    assert types.Content.model_validate(sent) == types.Content(role="model", parts=came)


def test_a_whole_answer():
    one, _ = fed(
        chunk({"text": "I "}, usageMetadata={"promptTokenCount": 9}, modelVersion="gemini-x", responseId="r1"),
        chunk({"text": "read."}, call(), finish="STOP"),
        {
            "usageMetadata": {
                "promptTokenCount": 100,
                "cachedContentTokenCount": 40,
                "toolUsePromptTokenCount": 5,
                "candidatesTokenCount": 7,
                "thoughtsTokenCount": 3,
            }
        },
    )
    told = one.response(cost_usd=None)
    assert told.message.parts == (
        TextPart(text="I read."),
        ToolCallPart(id="call_ab_0", name="read", arguments='{"a": null, "ü": 1}'),
    )
    assert told.usage == Usage(input=65, cache_read=40, output=10, reasoning=3)
    assert (told.stop, told.raw_stop, told.model, told.request_id) == ("tool_calls", "STOP", "gemini-x", "r1")


def test_every_finish_reason_of_the_sdk_is_decided():
    """A reason that a new release brings fails here first; until then it is "other"."""
    undecided = {"FINISH_REASON_UNSPECIFIED", "OTHER", "IMAGE_OTHER", "NO_IMAGE"}
    known = {reason.value for reason in types.FinishReason}
    assert known == decode.STOP.keys() | decode.FAILED.keys() | undecided
    assert all(fed(chunk({"text": "a"}, finish=one))[0].response(cost_usd=None).stop == "other" for one in undecided)


@pytest.mark.parametrize(
    ("finish", "stop"),
    [("MAX_TOKENS", "length"), ("SAFETY", "content_filter"), ("TOO_MANY_TOOL_CALLS", "pause"), ("NEW", "other")],
)
def test_a_cut_answer_is_not_finished_even_with_calls(finish, stop):
    assert fed(chunk(call(), finish=finish))[0].response(cost_usd=None).stop == stop


@pytest.mark.parametrize(
    ("finish", "kind"),
    [
        ("MALFORMED_FUNCTION_CALL", GarbledResponse),
        ("UNEXPECTED_TOOL_CALL", GarbledResponse),
        ("MISSING_THOUGHT_SIGNATURE", BadRequest),
        ("PUP_LIMITED_DISABLED", PermissionDenied),
    ],
)
def test_reasons_that_leave_no_answer_are_errors(finish, kind):
    one, _ = fed(chunk({"text": "a"}, finish=finish, responseId="r1"))
    with pytest.raises(kind) as caught:
        one.response(cost_usd=None)
    assert (type(caught.value), caught.value.code) == (kind, finish.lower())
    assert (caught.value.provider, caught.value.request_id) == (API, "r1")


def test_a_blocked_prompt_is_refused():
    with pytest.raises(Refused) as caught:
        reader().feed({"promptFeedback": {"blockReason": "SAFETY"}})
    assert caught.value.code == "safety"


def test_without_a_reason_the_stream_was_cut():
    one, _ = fed(chunk({"text": "a"}))
    with pytest.raises(CutStream):
        one.response(cost_usd=None)


@pytest.mark.parametrize(
    "wire",
    [
        {},
        {"candidates": ["a"]},
        {"candidates": [{"content": {"parts": [{"functionCall": {"args": {}}}]}}]},
        {"candidates": [{"content": {"parts": [{"text": "a", "thoughtSignature": "*"}]}}]},
        {"usageMetadata": 3},
    ],
)
def test_chunks_that_are_none(wire):
    with pytest.raises(GarbledResponse):
        reader().feed(wire)
