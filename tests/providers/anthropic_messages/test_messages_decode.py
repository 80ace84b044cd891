from decimal import Decimal
from typing import get_args

import pytest
from anthropic.types import StopReason

from providers import accumulate
from providers.anthropic_messages.decode import STOP, EventReader
from providers.anthropic_messages.facts import API
from providers.errors import CutStream, GarbledResponse
from providers.events import ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.pricing import Price
from providers.types import ReasoningPart, TextPart, ToolCallPart, Usage


def start(**used):
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "served", "usage": used}
    return {"type": "message_start", "message": message}


def block(index, begin, *deltas):
    return [
        {"type": "content_block_start", "index": index, "content_block": begin},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def end(stop="end_turn", **used):
    return [{"type": "message_delta", "delta": {"stop_reason": stop}, "usage": used}, {"type": "message_stop"}]


def read(*events):
    reader = EventReader(model="m")
    return reader, [found for event in events for found in reader.feed(event)]


def signed(signature):
    return {"type": "signature_delta", "signature": signature}


def thought(words):
    return {"type": "thinking_delta", "thinking": words}


def piece(json):
    return {"type": "input_json_delta", "partial_json": json}


TOOL_USE = {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {}}
SERVER_TOOL = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}}
SERVER_RESULT = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"type": "x", "y": 1}]}
WHOLE_THOUGHT = {"type": "thinking", "thinking": "hm so", "signature": "ab"}


@pytest.mark.parametrize(
    ("begin", "deltas", "events"),
    [
        (
            {"type": "text", "text": ""},
            [
                {"type": "text_delta", "text": "a"},
                {"type": "text_delta", "text": ""},
                {"type": "text_delta", "text": "b"},
            ],
            [TextDelta(text="a"), TextDelta(text="b")],
        ),
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            [thought("hm "), thought("so"), signed("a"), signed("b")],
            [ReasoningDelta(text="hm "), ReasoningDelta(text="so"), ReasoningEnd(opaque=WHOLE_THOUGHT)],
        ),
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            [signed("ab")],
            [ReasoningEnd(opaque={"type": "thinking", "thinking": "", "signature": "ab"})],
        ),
        (
            {"type": "thinking", "thinking": ""},
            [thought("cut")],
            [ReasoningDelta(text="cut"), ReasoningEnd(opaque=None)],
        ),
        (
            {"type": "redacted_thinking", "data": "xyz"},
            [],
            [ReasoningEnd(opaque={"type": "redacted_thinking", "data": "xyz"})],
        ),
        (
            TOOL_USE,
            [piece(""), piece('{"p":'), piece(" 1}")],
            [
                ToolCallDelta(index=0, arguments="", id="toolu_1", name="read"),
                ToolCallDelta(index=0, arguments='{"p":'),
                ToolCallDelta(index=0, arguments=" 1}"),
            ],
        ),
        (
            TOOL_USE,
            [piece("")],
            [
                ToolCallDelta(index=0, arguments="", id="toolu_1", name="read"),
                ToolCallDelta(index=0, arguments="{}"),
            ],
        ),
        (
            SERVER_TOOL,
            [piece('{"query":'), piece(' "x"}')],
            [ReasoningEnd(opaque={**SERVER_TOOL, "input": {"query": "x"}})],
        ),
        (SERVER_RESULT, [], [ReasoningEnd(opaque=SERVER_RESULT)]),
        (
            {"type": "text", "text": ""},
            [{"type": "citations_delta", "citation": {}}, {"type": "of_tomorrow"}],
            [],
        ),
    ],
)
def test_blocks(begin, deltas, events):
    assert read(start(), *block(0, begin, *deltas))[1] == events


def test_a_whole_answer():
    reader, events = read(
        start(input_tokens=3, cache_read_input_tokens=4, output_tokens=1),
        *block(0, {"type": "thinking", "thinking": "", "signature": ""}, thought("hm so"), signed("ab")),
        *block(1, {"type": "text", "text": ""}, {"type": "text_delta", "text": "I read."}),
        *block(2, TOOL_USE, piece('{"p": 1}')),
        *block(3, {**TOOL_USE, "id": "toolu_2"}),
        *end("tool_use", output_tokens=9, output_tokens_details={"thinking_tokens": 5}),
    )
    response = reader.response(request_id="r", price=Price(input=Decimal(1), output=Decimal(2), cache_read=Decimal(0)))
    assert response.message.parts == (
        ReasoningPart(text="hm so", opaque=WHOLE_THOUGHT, provider=API, model="m"),
        TextPart(text="I read."),
        ToolCallPart(id="toolu_1", name="read", arguments='{"p": 1}'),
        ToolCallPart(id="toolu_2", name="read", arguments="{}"),
    )
    assert response.message == accumulate.message(events, provider=API, model="m")
    assert (response.stop, response.raw_stop, response.model) == ("tool_calls", "tool_use", "served")
    assert response.usage == Usage(input=3, cache_read=4, output=9, reasoning=5)
    assert (response.cost_usd, response.request_id) == (Decimal(21), "r")


def test_counts_of_the_end_replace_those_of_the_start():
    reader, _ = read(start(input_tokens=3, output_tokens=1), *end(input_tokens=5, output_tokens=8))
    assert reader.response(request_id=None, price=None).usage == Usage(input=5, output=8)


def test_every_stop_reason_of_the_sdk_has_its_own_word():
    assert set(STOP) == set(get_args(StopReason))


@pytest.mark.parametrize(("raw", "stop"), [*STOP.items(), ("of_tomorrow", "other")])
def test_stop_reasons(raw, stop):
    response = read(start(), *end(raw))[0].response(request_id=None, price=None)
    assert (response.stop, response.raw_stop, response.cost_usd) == (stop, raw, None)


@pytest.mark.parametrize("sent", [0, 1, 2, 4, 5])
def test_without_its_last_event_a_stream_is_cut(sent):
    whole = [start(), *block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "a"}), *end()]
    with pytest.raises(CutStream):
        read(*whole[:sent])[0].response(request_id=None, price=None)


def test_an_end_without_a_reason_is_no_answer():
    with pytest.raises(GarbledResponse):
        read(start(), {"type": "message_stop"})[0].response(request_id=None, price=None)


@pytest.mark.parametrize(
    "events",
    [
        ["text"],
        [None],
        [{}],
        [{"type": "message_start"}],
        [start(), start()],
        [*block(0, TOOL_USE)],
        [start(), {"type": "content_block_delta", "index": 0, "delta": thought("x")}],
        [start(), *block(0, TOOL_USE)[:1], *block(0, TOOL_USE)[:1]],
        [start(), *block(0, {"type": "tool_use"})],
        [start(), *block(0, SERVER_TOOL, piece("{"))],
        [start(), *block("x", TOOL_USE)],
    ],
)
def test_what_is_no_stream_of_a_message(events):
    with pytest.raises(GarbledResponse):
        read(*events)


def test_events_that_are_newer_than_this_client_are_passed_over():
    assert read(start(), {"type": "of_tomorrow"}, *end())[0].done
