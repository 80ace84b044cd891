import pytest

from providers.chat_completions import decode, encode
from providers.chat_completions.decode import ChunkReader
from providers.errors import CutStream, FeatureMissing, GarbledResponse
from providers.events import ReasoningDelta, TextDelta, ToolCallDelta
from providers.types import (
    MediaPart,
    Message,
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

CALL = ToolCallPart(id="c1", name="read", arguments='{"p":1}')
WIRE_CALL = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": '{"p":1}'}}


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (user("hi"), [{"role": "user", "content": "hi"}]),
        (Message(role="system", parts=(TextPart(text="be"),)), [{"role": "system", "content": "be"}]),
        (
            Message(role="assistant", parts=(ReasoningPart(text="hm"), TextPart(text="ok"))),
            [{"role": "assistant", "content": "ok"}],
        ),
        (
            Message(role="assistant", parts=(CALL,)),
            [{"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]}],
        ),
        (
            Message(
                role="user",
                parts=(
                    TextPart(text="go on"),
                    ToolResultPart(call_id="c1", name="read", content="42"),
                    ToolResultPart(call_id="c2", name="read", content="no", is_error=True),
                ),
            ),
            [
                {"role": "tool", "tool_call_id": "c1", "content": "42"},
                {"role": "tool", "tool_call_id": "c2", "content": "no"},
                {"role": "user", "content": "go on"},
            ],
        ),
        (
            Message(role="user", parts=(TextPart(text="see"), MediaPart(media_type="image/png", data="QQ=="))),
            [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "see"},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}},
                    ],
                }
            ],
        ),
        (
            Message(role="user", parts=(MediaPart(media_type="application/pdf", data="QQ==", name="a.pdf"),)),
            [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "file",
                            "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="},
                        }
                    ],
                }
            ],
        ),
        pytest.param(
            Message(
                role="tool",
                parts=(
                    ToolResultPart(
                        call_id="c1",
                        name="look",
                        content="a picture",
                        media=(MediaPart(media_type="image/png", url="http://x/y.png"),),
                    ),
                ),
            ),
            [
                {"role": "tool", "tool_call_id": "c1", "content": "a picture"},
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/y.png"}}]},
            ],
            id="a result's picture follows from the user's side",
        ),
        pytest.param(
            Message(role="assistant", parts=(ToolCallPart(id="c1", name="p", arguments='a "b"', freeform=True),)),
            [
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "p", "arguments": '{"input": "a \\"b\\""}'},
                        }
                    ],
                }
            ],
            id="another API's freeform call",
        ),
    ],
)
def test_encode_message(message, wire):
    assert encode.messages(ModelRequest(model="m", messages=(message,))) == wire


def test_encode_body_says_only_what_was_asked():
    assert encode.body(ModelRequest(model="m", messages=(user("hi"),))) == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_freeform_tool_has_no_place_here():
    request = ModelRequest(
        model="m", messages=(user("hi"),), tools=(ToolSpec(name="p", description="", freeform=True),)
    )
    with pytest.raises(FeatureMissing, match="freeform"):
        encode.body(request)


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        ("none", "none"),
        ("required", "required"),
        (NamedTool(name="read"), {"type": "function", "function": {"name": "read"}}),
    ],
)
def test_encode_what_an_answer_must_be(choice, wire):
    schema = {"type": "object", "properties": {}}
    request = ModelRequest(
        model="m",
        messages=(user("hi"),),
        tools=(ToolSpec(name="read", description="", strict=True),),
        tool_choice=choice,
        parallel_tool_calls=False,
        output=OutputSchema(name="o", schema=schema),
    )
    body = encode.body(request)
    assert (body["tool_choice"], body["parallel_tool_calls"]) == (wire, False)
    assert body["tools"][0]["function"]["strict"]
    assert body["response_format"] == {"type": "json_schema", "json_schema": {"name": "o", "schema": schema}}


def test_encode_whole_body():
    spec = ToolSpec(name="read", description="Read.", parameters={"type": "object"})
    request = ModelRequest(
        model="m",
        messages=(user("hi"),),
        system="Be brief.",
        tools=(spec,),
        max_output_tokens=9,
        temperature=0.0,
        seed=0,
        stop=("END",),
    )
    assert encode.body(request) == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [
            {"type": "function", "function": {"name": "read", "description": "Read.", "parameters": {"type": "object"}}}
        ],
        "max_tokens": 9,
        "temperature": 0.0,
        "seed": 0,
        "stop": ["END"],
    }


@pytest.mark.parametrize(
    ("delta", "events"),
    [
        ({}, []),
        ({"role": "assistant", "content": None}, []),
        ({"content": ""}, []),
        ({"content": "a"}, [TextDelta(text="a")]),
        ({"reasoning_content": "h"}, [ReasoningDelta(text="h")]),
        ({"reasoning": "h", "content": "a"}, [ReasoningDelta(text="h"), TextDelta(text="a")]),
        (
            {"tool_calls": [{**WIRE_CALL, "index": 3}]},
            [ToolCallDelta(index=3, id="c1", name="read", arguments='{"p":1}')],
        ),
        ({"tool_calls": [{"index": 1, "function": {"arguments": "x"}}]}, [ToolCallDelta(index=1, arguments="x")]),
        ({"tool_calls": [WIRE_CALL]}, [ToolCallDelta(index=0, id="c1", name="read", arguments='{"p":1}')]),
    ],
)
def test_decode_delta(delta, events):
    assert decode.events(delta) == events


@pytest.mark.parametrize(
    ("wire", "usage"),
    [
        ({"prompt_tokens": 10, "completion_tokens": 5}, Usage(input=10, output=5)),
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 9,
                "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
                "completion_tokens_details": {"reasoning_tokens": 4},
            },
            Usage(input=30, cache_read=60, cache_write=10, output=9, reasoning=4),
        ),
        ({"prompt_tokens": 10, "prompt_tokens_details": None, "completion_tokens": None}, Usage(input=10)),
    ],
)
def test_decode_usage(wire, usage):
    assert decode.usage(wire) == usage


def reader():
    return ChunkReader(provider="p", model="m")


@pytest.mark.parametrize(
    ("raw", "stop"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("tool_calls", "tool_calls"),
        ("content_filter", "content_filter"),
        ("weird", "other"),
    ],
)
def test_stop_reasons(raw, stop):
    fold = reader()
    fold.feed({"model": "served", "choices": [{"delta": {"content": "a"}, "finish_reason": raw}]})
    response = fold.response(request_id="r", cost_usd=None)
    assert (response.stop, response.raw_stop, response.model, response.request_id) == (stop, raw, "served", "r")


def test_no_finish_reason_is_a_cut_stream():
    fold = reader()
    fold.feed({"choices": [{"delta": {"content": "a"}, "finish_reason": None}]})
    with pytest.raises(CutStream):
        fold.response(request_id=None, cost_usd=None)


@pytest.mark.parametrize("chunk", [{}, "text", {"choices": "x"}, {"choices": [{"delta": {"tool_calls": [7]}}]}])
def test_what_is_no_chunk(chunk):
    with pytest.raises(GarbledResponse):
        reader().feed(chunk)
