"""The chat front, pure: what our own client sends is read back as what was asked."""

import json

import pytest

from providers.chat_completions import encode
from providers.chat_completions.decode import ChunkReader
from providers.twin.front import Call, Failure, Rejected, Turn
from providers.twin.fronts import load
from providers.types import (
    Message,
    ModelRequest,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
    Usage,
    user,
)

FRONT = load("chat")
TOOLS = (ToolSpec(name="read", description="Read.", parameters={"type": "object", "properties": {}}),)
CONVERSATION = (
    user("go"),
    Message(role="assistant", parts=(TextPart(text="I read."), ToolCallPart(id="c1", name="read", arguments="{}"))),
    Message(role="tool", parts=(ToolResultPart(call_id="c1", name="", content="42"),)),
)
ASKED = ModelRequest(model="m", system="Be brief.", messages=CONVERSATION, tools=TOOLS, max_output_tokens=99)


def call(body):
    return Call(method="POST", path="/v1/chat/completions", headers={"authorization": "Bearer k"}, body=body)


def test_what_our_client_sends_is_read_back():
    asked = FRONT.read(call(encode.body(ASKED)))
    assert asked.request == ASKED
    assert (asked.key, asked.streaming) == ("k", True)
    places = [block.place for block in asked.blocks]
    assert places == [
        "tools[0]",
        "system[0].content[0]",
        "messages[1].content[0]",
        "messages[2].content[0]",
        "messages[2]",
        "messages[3].content[0]",
        "messages[3]",
    ]


def test_a_string_and_its_one_block_form_are_the_same_prompt():
    def blocks(content):
        return FRONT.read(call({"model": "m", "messages": [{"role": "user", "content": content}]})).blocks

    assert blocks("hi") == blocks([{"type": "text", "text": "hi"}])


HELLO = {"role": "user", "content": "hi"}
CALLS = {
    "role": "assistant",
    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}],
}
RESULT = {"role": "tool", "tool_call_id": "c", "content": "x"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([], "body must be an object"),
        ({"messages": [HELLO]}, "model must be a string"),
        ({"model": "m", "messages": []}, "must not be empty"),
        ({"model": "m", "messages": [{"role": "robot", "content": "x"}]}, r"messages\[0\].role"),
        ({"model": "m", "messages": [{"role": "user"}]}, "content is missing"),
        ({"model": "m", "messages": [HELLO, {"role": "assistant"}]}, "neither content nor tool_calls"),
        ({"model": "m", "messages": [HELLO, RESULT]}, "answers no call"),
        ({"model": "m", "messages": [HELLO, CALLS]}, "without a result at the end: c"),
        ({"model": "m", "messages": [HELLO, CALLS, HELLO, RESULT]}, "without a result before it: c"),
        ({"model": "m", "messages": [HELLO], "tools": [{"type": "web"}]}, "type must be function or custom"),
        ({"model": "m", "messages": [HELLO], "tools": [{"type": "function", "function": {"name": "a b"}}]}, "letters"),
        ({"model": "m", "messages": [{"role": "user", "content": [{"type": "smell"}]}]}, "'smell'"),
    ],
)
def test_what_is_wrong_is_rejected_with_its_rule(body, told):
    with pytest.raises(Rejected, match=told) as caught:
        FRONT.read(call(body))
    assert caught.value.failure.name == "bad_request"
    assert "SDK type" in caught.value.failure.rule or "assumed" in caught.value.failure.rule


def test_the_stream_says_the_turn():
    calls = (ToolCallPart(id="c1", name="a", arguments='{"x": 1}'), ToolCallPart(id="c2", name="b", arguments="{}"))
    turn = Turn(parts=(ReasoningPart(text="Let me see."), TextPart(text="I look at both."), *calls))
    usage = Usage(input=100, cache_read=40, output=7, reasoning=3)
    frames = list(FRONT.frames(turn, FRONT.read(call(encode.body(ASKED))), usage))
    assert frames[-1].data == b"data: [DONE]\n\n"
    reader = ChunkReader(provider="p", model="m")
    for frame in frames[:-1]:
        reader.feed(json.loads(frame.data.removeprefix(b"data: ")))
    response = reader.response(request_id=None, cost_usd=None)
    reasoning = ReasoningPart(text="Let me see.", provider="p", model="m")
    assert response.message.parts == (reasoning, *turn.parts[1:])
    assert (response.stop, response.usage) == ("tool_calls", usage)


def test_usage_is_told_only_when_asked_for():
    body = {"model": "m", "stream": True, "messages": [HELLO]}
    frames = FRONT.frames(Turn(parts=(TextPart(text="x"),)), FRONT.read(call(body)), Usage(input=1, output=1))
    assert not any(b"usage" in frame.data for frame in frames)


def test_a_failure_is_told_as_openai_does():
    answer = FRONT.failure(Failure(name="quota", message="pay", retry_after=7))
    assert (answer.status, answer.headers) == (429, {"retry-after": "7"})
    assert answer.body["error"]["code"] == "insufficient_quota"
