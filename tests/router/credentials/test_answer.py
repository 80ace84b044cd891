"""Whether an answer's end was seen, and what it used, in one piece and byte by byte."""

import json

import pytest

from providers.types import Usage
from router.credentials.answer import AnswerReader, Seen

SSE = "text/event-stream; charset=utf-8"
JSON = "application/json"
ANT, OAI, GEM = "anthropic_messages", "openai_responses", "gemini_generate"

A_START = {"type": "message_start", "message": {"usage": {"input_tokens": 9, "cache_read_input_tokens": 4}}}
A_DELTA = {"type": "message_delta", "usage": {"output_tokens": 7, "input_tokens": None}}
A_STOP = {"type": "message_stop"}
A_USED = Usage(input=9, cache_read=4, output=7)
O_BODY = {
    "object": "response",
    "status": "completed",
    "error": None,
    "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 7},
}
O_USED = Usage(input=5, cache_read=4, output=7)
G_LAST = {
    "candidates": [{"finishReason": "STOP"}],
    "usageMetadata": {"promptTokenCount": 9, "cachedContentTokenCount": 4, "candidatesTokenCount": 7},
}
G_USED = O_USED


def sse(*events: object, end: str = "\n\n") -> str:
    return "".join(f"event: x\r\ndata: {json.dumps(event)}{end}" for event in events)


CASES = [
    (ANT, SSE, sse(A_START, A_DELTA, A_STOP), Seen(whole=True, usage=A_USED)),
    (ANT, SSE, sse(A_START, A_DELTA, A_STOP, end="\r\n\r\n"), Seen(whole=True, usage=A_USED)),
    (ANT, SSE, sse(A_START, A_DELTA), Seen(usage=A_USED)),
    (ANT, SSE, sse(A_START, A_DELTA) + 'data: {"type": "message_stop"}', Seen(usage=A_USED)),
    (ANT, SSE, sse(A_START) + 'data: {"type": "mess', Seen(usage=Usage(input=9, cache_read=4))),
    (ANT, SSE, sse({"type": "error", "error": {"type": "overloaded_error"}}), Seen(error="overloaded_error")),
    (ANT, SSE, sse(A_STOP, {"type": "error", "error": {"type": "api_error"}}), Seen(error="api_error")),
    (ANT, SSE, "data: {half\n\n" + sse(A_STOP), Seen(garbled=True)),
    (ANT, JSON, json.dumps({"type": "message", "stop_reason": "end_turn", "usage": {"output_tokens": 7}}),
     Seen(whole=True, usage=Usage(output=7))),
    (ANT, JSON, '{"type": "message", "stop_reason": "end_turn", "usage": {"output', Seen()),
    (ANT, JSON, '{"type": "message", "stop_reason": null}', Seen()),
    (ANT, "text/html", "<html>login</html>", Seen()),
    (OAI, SSE, sse({"type": "response.created", "response": {"status": "in_progress", "usage": None}},
                 {"type": "response.completed", "response": O_BODY}), Seen(whole=True, usage=O_USED)),
    (OAI, SSE, sse({"type": "response.incomplete", "response": {**O_BODY, "status": "incomplete"}}),
     Seen(whole=True, usage=O_USED)),
    (OAI, SSE, sse({"type": "response.output_text.done", "text": "all"}), Seen()),
    (OAI, SSE, sse({"type": "response.failed", "response": {"status": "failed", "error": {"code": "x"}}}),
     Seen(error="x")),
    (OAI, SSE, sse({"type": "response.failed", "response": {"status": "failed"}}), Seen(error="failed")),
    (OAI, SSE, sse({"type": "error", "code": "rate_limit_exceeded", "message": "m"}),
     Seen(error="rate_limit_exceeded")),
    (OAI, JSON, json.dumps(O_BODY), Seen(whole=True, usage=O_USED)),
    (OAI, JSON, json.dumps({**O_BODY, "status": "in_progress"}), Seen(usage=O_USED)),
    (GEM, SSE, sse({"candidates": [{"content": {}}]}, G_LAST), Seen(whole=True, usage=G_USED)),
    (GEM, SSE, sse({"candidates": [{"content": {}}]}), Seen()),
    (GEM, SSE, sse({"promptFeedback": {"blockReason": "SAFETY"}}), Seen(whole=True)),
    (GEM, SSE, sse({"error": {"code": 503, "status": "UNAVAILABLE"}}), Seen(error="UNAVAILABLE")),
    (GEM, JSON, json.dumps(G_LAST), Seen(whole=True, usage=G_USED)),
    (GEM, JSON, json.dumps([{"candidates": [{}]}, G_LAST]), Seen(whole=True, usage=G_USED)),
    (GEM, JSON, json.dumps([{"candidates": [{}]}, G_LAST])[:-1], Seen()),
]  # fmt: skip


@pytest.mark.parametrize(("api", "kind", "text", "expected"), CASES)
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_what_an_answer_showed(api: str, kind: str, text: str, expected: Seen, step: int) -> None:
    reader = AnswerReader(api=api, content_type=kind)
    data = text.encode()
    for at in range(0, len(data), step):
        reader.feed(data[at : at + step])
    assert reader.seen() == expected


def test_a_count_of_tokens_is_whole_when_it_parses() -> None:
    for text, whole in ((b'{"input_tokens": 3}', True), (b'{"input_tokens": ', False)):
        reader = AnswerReader(api=ANT, content_type=JSON, generates=False)
        reader.feed(text)
        assert reader.seen().whole is whole


def test_an_endless_line_is_given_up() -> None:
    reader = AnswerReader(api=ANT, content_type=SSE)
    for _ in range(66):
        reader.feed(b"x" * (1 << 20))
    reader.feed(b"\n" + sse(A_STOP).encode())
    assert reader.seen() == Seen()
