from typing import get_args

import pytest
from openai.types.responses.response_error import ResponseError

from providers import errors
from providers.events import ReasoningDelta, ReasoningEnd, TextDelta, ToolCallDelta
from providers.openai_responses.decode import EventReader, failed, usage
from providers.types import ReasoningPart, TextPart, ToolCallPart, Usage

API = "openai_responses"
THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "hm"}],
    "encrypted_content": "g",
}
END = {"type": "response.completed", "response": {"status": "completed", "model": "m-2026"}}


def reader():
    return EventReader(provider=API, model="m", request_id="req-1")


def read(*events):
    """Events are numbered as on the wire, unless they have a number."""
    fold = reader()
    ours = [e for at, event in enumerate(events) for e in fold.feed({"sequence_number": at, **event})]
    return ours, fold


def text(delta, index=0):
    return {"type": "response.output_text.delta", "output_index": index, "delta": delta}


def added(item, index=0):
    return {"type": "response.output_item.added", "output_index": index, "item": item}


def done(item, index=0):
    return {"type": "response.output_item.done", "output_index": index, "item": item}


def arguments(delta, index=0):
    return {"type": "response.function_call_arguments.delta", "output_index": index, "delta": delta}


def call(arguments, id="c1"):
    return {"type": "function_call", "id": "fc_1", "call_id": id, "name": "read", "arguments": arguments}


def test_text_and_the_end():
    ours, fold = read({"type": "response.created", "response": {}}, text("a"), text("b"), END)
    assert ours == [TextDelta(text="a"), TextDelta(text="b")]
    answer = fold.response(cost_usd=None)
    assert answer.message.parts == (TextPart(text="ab"),)
    assert (answer.stop, answer.raw_stop, answer.model, answer.request_id) == ("stop", "completed", "m-2026", "req-1")


def test_reasoning_keeps_the_item_of_its_end():
    ours, fold = read(
        added({**THOUGHT, "encrypted_content": "not whole"}),
        {"type": "response.reasoning_summary_part.added", "summary_index": 0},
        {"type": "response.reasoning_summary_text.delta", "delta": "hm"},
        {"type": "response.reasoning_summary_part.added", "summary_index": 1},
        {"type": "response.reasoning_summary_text.delta", "delta": "so"},
        done(THOUGHT),
        text("a", 1),
        END,
    )
    assert ours[:4] == [
        ReasoningDelta(text="hm"),
        ReasoningDelta(text="\n\n"),
        ReasoningDelta(text="so"),
        ReasoningEnd(opaque=THOUGHT),
    ]
    assert fold.response(cost_usd=None).message.parts == (
        ReasoningPart(text="hm\n\nso", opaque=THOUGHT, provider=API, model="m"),
        TextPart(text="a"),
    )


def test_reasoning_may_have_no_readable_text():
    _, fold = read(added(THOUGHT), done(THOUGHT), added(call(""), 1), done(call("{}"), 1), END)
    assert fold.response(cost_usd=None).message.parts == (
        ReasoningPart(opaque=THOUGHT, provider=API, model="m"),
        ToolCallPart(id="c1", name="read", arguments="{}"),
    )


def test_parallel_calls_interleave():
    ours, fold = read(
        added(call("", "c1"), 0),
        added({"type": "custom_tool_call", "call_id": "c2", "name": "patch", "input": ""}, 1),
        arguments('{"a"', 0),
        {"type": "response.custom_tool_call_input.delta", "output_index": 1, "delta": "*** "},
        arguments(": 1}", 0),
        done(call('{"a": 1}', "c1"), 0),
        done({"type": "custom_tool_call", "call_id": "c2", "name": "patch", "input": "*** Begin"}, 1),
        END,
    )
    assert ours[0] == ToolCallDelta(index=0, id="c1", name="read", arguments="")
    assert ours[1] == ToolCallDelta(index=1, id="c2", name="patch", arguments="", freeform=True)
    answer = fold.response(cost_usd=None)
    assert answer.stop == "tool_calls"
    assert answer.message.tool_calls == (
        ToolCallPart(id="c1", name="read", arguments='{"a": 1}'),
        ToolCallPart(id="c2", name="patch", arguments="*** Begin", freeform=True),
    )


def test_a_call_that_only_its_end_tells_is_still_a_call():
    ours, _ = read(done(call("{}")))
    assert ours == [
        ToolCallDelta(index=0, id="c1", name="read", arguments=""),
        ToolCallDelta(index=0, arguments="{}"),
    ]


def test_a_call_that_differs_from_its_pieces_is_not_run():
    fold = reader()
    for event in (added(call("")), arguments("{}")):
        fold.feed(event)
    with pytest.raises(errors.GarbledResponse):
        fold.feed(done(call('{"rm": 1}')))


def test_an_event_that_comes_twice_counts_once():
    ours, _ = read(text("a"), {**text("a"), "sequence_number": 0}, {**text("b"), "sequence_number": 1})
    assert ours == [TextDelta(text="a"), TextDelta(text="b")]


def test_the_phase_of_a_message_is_kept_before_its_text():
    item = {"type": "message", "id": "msg_1", "phase": "commentary", "content": []}
    _, fold = read(added(item), text("a"), done(item), added({**item, "phase": "final_answer"}, 1), text("b", 1), END)
    assert fold.response(cost_usd=None).message.parts == (
        ReasoningPart(opaque={"type": "message", "phase": "commentary"}, provider=API, model="m"),
        TextPart(text="a"),
        ReasoningPart(opaque={"type": "message", "phase": "final_answer"}, provider=API, model="m"),
        TextPart(text="b"),
    )


def test_items_of_the_services_own_tools_go_back_as_they_came():
    item = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}}
    ours, _ = read(added(item), {"type": "response.web_search_call.searching", "item_id": "ws_1"}, done(item))
    assert ours == [ReasoningEnd(opaque=item)]


@pytest.mark.parametrize(
    ("end", "stop", "raw"),
    [
        ({"status": "completed"}, "stop", "completed"),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "length",
            "max_output_tokens",
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            "content_filter",
            "content_filter",
        ),
        ({"status": "incomplete", "incomplete_details": {"reason": "steered"}}, "pause", "steered"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_messages"}}, "other", "max_messages"),
        ({"status": "incomplete", "incomplete_details": None}, "other", "incomplete"),
        ({"status": "cancelled"}, "other", "cancelled"),
    ],
)
def test_why_it_stopped(end, stop, raw):
    kind = "response.incomplete" if end["status"] == "incomplete" else "response.completed"
    _, fold = read(text("a"), {"type": kind, "response": end})
    answer = fold.response(cost_usd=None)
    assert (answer.stop, answer.raw_stop) == (stop, raw)


def test_a_refusal_is_told_apart_and_its_words_are_kept():
    _, fold = read({"type": "response.refusal.delta", "output_index": 0, "delta": "No."}, END)
    answer = fold.response(cost_usd=None)
    assert (answer.stop, answer.message.text) == ("refusal", "No.")


def test_a_stream_without_its_last_event_is_cut():
    _, fold = read(text("a"))
    assert not fold.whole
    with pytest.raises(errors.CutStream):
        fold.response(cost_usd=None)


def test_usage_in_our_normal_form():
    wire = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 15},
        "total_tokens": 120,
    }
    assert usage(wire) == Usage(input=10, cache_read=60, cache_write=30, output=20, reasoning=15)
    assert usage(wire).total == wire["total_tokens"]
    wire["input_tokens_details"]["cache_write_tokens_details"] = {"ttl_30m_tokens": 10, "ttl_12h_tokens": 20}
    assert usage(wire) == Usage(input=10, cache_read=60, cache_write=10, cache_write_1h=20, output=20, reasoning=15)
    assert usage({"input_tokens": 3, "output_tokens": 2}) == Usage(input=3, output=2)


@pytest.mark.parametrize("tier", [None, "auto", "default"])
def test_listed_prices_are_for_the_usual_tier(tier):
    _, fold = read({"type": "response.completed", "response": {"status": "completed", "service_tier": tier}})
    assert fold.usual_tier
    _, fold = read({"type": "response.completed", "response": {"status": "completed", "service_tier": "priority"}})
    assert not fold.usual_tier


@pytest.mark.parametrize(
    "event", [7, None, {}, {"type": "response.output_text.delta"}, {"type": "response.output_item.added", "item": 1}]
)
def test_what_is_no_event_is_garbled(event):
    with pytest.raises(errors.GarbledResponse) as caught:
        reader().feed(event)
    assert (caught.value.provider, caught.value.request_id) == (API, "req-1")


def test_events_that_nobody_knows_yet_are_passed_over():
    assert read({"type": "response.of.tomorrow", "delta": 1})[0] == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("server_error", errors.ServerFault),
        ("rate_limit_exceeded", errors.RateLimited),
        ("insufficient_quota", errors.QuotaExhausted),
        ("context_length_exceeded", errors.ContextFull),
        ("server_is_overloaded", errors.Overloaded),
        ("slow_down", errors.Overloaded),
        ("invalid_prompt", errors.Refused),
        ("cyber_policy", errors.Refused),
        ("bio_policy", errors.Refused),
        ("misalignment_policy_violation", errors.Refused),
        ("image_content_policy_violation", errors.Refused),
        ("invalid_image_url", errors.BadRequest),
        ("unsupported_image_media_type", errors.BadRequest),
        ("vector_store_timeout", errors.ServerFault),
        ("of_tomorrow", errors.ServerFault),
    ],
)
@pytest.mark.parametrize("shape", ["failed", "flat", "nested"])
def test_failures_in_mid_stream(shape, code, kind):
    told = {"code": code, "message": "it did not work", "param": None}
    event = {
        "failed": {"type": "response.failed", "response": {"status": "failed", "error": told}},
        "flat": {"type": "error", **told},
        "nested": {"type": "error", "error": told},
    }[shape]
    with pytest.raises(errors.ProviderError) as caught:
        read(text("a"), event)
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.request_id) == (code, "req-1")


def test_every_code_that_the_sdk_lists_is_an_error_of_ours_that_fits():
    retried = {"server_error", "rate_limit_exceeded", "vector_store_timeout"}
    for code in get_args(ResponseError.model_fields["code"].annotation):
        error = failed({"code": code, "message": ""}, provider=API, request_id=None)
        assert error.retryable == (code in retried), code


@pytest.mark.parametrize(
    ("message", "wait"),
    [("Please try again in 1.5s.", 1.5), ("try again in 250ms", 0.25), ("slow down", None)],
)
def test_the_wait_stands_in_the_text(message, wait):
    error = failed({"code": "rate_limit_exceeded", "message": message}, provider=API, request_id=None)
    assert error.retry_after == wait


def test_a_failure_without_a_word_may_be_tried_again():
    with pytest.raises(errors.ServerFault):
        read({"type": "response.failed", "response": {"error": None}})
