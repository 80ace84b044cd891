"""What goes out, with which key in which place, and what does not."""

import json

import pytest

from router.credentials.headers import incoming, outgoing, presented
from router.credentials.hosted import hosted
from router.credentials.policy import Asked, Request, admit, input_tokens, with_output
from router.credentials.refusal import Refusal
from router.credentials.values import GateLimits
from router.credentials.wires import WIRES, target

ANT, OAI, GEM = "anthropic_messages", "openai_responses", "gemini_generate"
STREAM = "/v1beta/models/gemini-3.1-pro-preview:streamGenerateContent"
LIMITS = GateLimits()
BY_ADDRESS = "content by address"


def asked(
    api: str, path: str, *, method: str = "POST", query: str = "", body: object = None, **headers: str
) -> Asked | Refusal:
    content = body if isinstance(body, bytes) else json.dumps({"model": "m"} if body is None else body).encode()
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    request = Request(method=method, path=path, query=query, headers=pairs, body=content)
    return admit(api, WIRES[api], request, LIMITS, "place")


@pytest.mark.parametrize(
    ("api", "path", "more", "carrier"),
    [
        (ANT, "/v1/messages", {"x_api_key": "place", "query": "beta=true"}, "x-api-key"),
        (ANT, "/v1/messages", {"authorization": "Bearer place"}, "authorization"),
        (ANT, "/v1/messages/count_tokens", {"x_api_key": "place"}, "x-api-key"),
        (OAI, "/v1/responses", {"authorization": "bearer place"}, "authorization"),
        (GEM, STREAM, {"x_goog_api_key": "place", "query": "alt=sse"}, "x-goog-api-key"),
        (GEM, STREAM, {"query": "alt=sse&key=place"}, "x-goog-api-key"),
        (GEM, "/v1beta/models/m:countTokens", {"query": "key=place"}, "x-goog-api-key"),
    ],
)
def test_calls_of_a_model_go_out(api: str, path: str, more: dict[str, str], carrier: str) -> None:
    seen = asked(api, path, **more)
    assert isinstance(seen, Asked)
    assert seen.carrier == carrier
    assert "key" not in dict(seen.query)
    assert seen.generates is ("ount" not in path)


@pytest.mark.parametrize(
    ("api", "path", "more", "status", "code"),
    [
        (ANT, "/v1/messages", {}, 401, "placeholder"),
        (ANT, "/v1/messages", {"x_api_key": "other"}, 401, "placeholder"),
        (ANT, "/v1/messages", {"x_api_key": "", "authorization": "Basic place"}, 401, "placeholder"),
        (ANT, "/v1/messages", {"x_api_key": "place", "method": "GET"}, 403, "not_allowed"),
        (ANT, "/v1/messages/batches", {"x_api_key": "place"}, 403, "not_allowed"),
        (ANT, "/v1/messages/../models", {"x_api_key": "place"}, 403, "not_allowed"),
        (ANT, "/v1//messages", {"x_api_key": "place"}, 403, "not_allowed"),
        (ANT, "http://other/v1/messages", {"x_api_key": "place"}, 403, "not_allowed"),
        (ANT, "/v1/organizations/api_keys", {"x_api_key": "place"}, 403, "not_allowed"),
        (ANT, "/v1/files", {"x_api_key": "place"}, 403, "not_allowed"),
        (ANT, "/v1/messages", {"x_api_key": "place", "query": "beta=true&x=1"}, 403, "not_allowed"),
        (OAI, "/v1/models", {"authorization": "Bearer place", "method": "GET"}, 403, "not_allowed"),
        (OAI, "/v1/responses/resp_1", {"authorization": "Bearer place"}, 403, "not_allowed"),
        (GEM, "/v1beta/models/a/b:generateContent", {"query": "key=place"}, 403, "not_allowed"),
        (GEM, "/v1beta/models/m%2f..:generateContent", {"query": "key=place"}, 403, "not_allowed"),
        (GEM, "/v1beta/cachedContents", {"query": "key=place"}, 403, "not_allowed"),
        (ANT, "/v1/messages", {"x_api_key": "place", "body": b"\xff"}, 400, "not_json"),
        (ANT, "/v1/messages", {"x_api_key": "place", "body": b'{"model": "a", "model": "b"}'}, 400, "not_json"),
        (ANT, "/v1/messages", {"x_api_key": "place", "body": b"[" * 100_000}, 400, "not_json"),
        (ANT, "/v1/messages", {"x_api_key": "place", "body": []}, 400, "not_json"),
        (ANT, "/v1/messages", {"x_api_key": "place", "body": {"model": "a b\n"}}, 400, "no_model"),
        (ANT, "/v1/messages", {"x_api_key": "place", "body": {}}, 400, "no_model"),
        (ANT, "/v1/messages", {"x_api_key": "place", "body": {"model": "m", "tools": [{"type": "web_fetch_2"}]}},
         403, "hosted_tools"),
    ],
)  # fmt: skip
def test_everything_else_stays(api: str, path: str, more: dict[str, object], status: int, code: str) -> None:
    seen = asked(api, path, **more)
    assert isinstance(seen, Refusal)
    assert (seen.status, seen.code) == (status, code)


@pytest.mark.parametrize(
    ("api", "content", "found"),
    [
        (ANT, {"tools": [{"name": "Bash"}, {"type": "custom"}, {"type": "bash_20250124"}]}, []),
        (ANT, {"tools": [{"type": "web_search_20250305"}]}, ["web_search_20250305"]),
        (ANT, {"mcp_servers": [{"url": "x"}]}, ["mcp_servers or container"]),
        (OAI, {"tools": [{"type": "function"}, {"type": "custom"}, {"type": "local_shell"}]}, []),
        (OAI, {"tools": [{"type": "shell"}, {"type": "shell", "environment": {"type": "local"}}]}, []),
        (OAI, {"tools": [{"type": "shell", "environment": {"type": "container_auto"}}]}, ["shell"]),
        (OAI, {"tools": [{"type": "programmatic_tool_calling"}]}, ["programmatic_tool_calling"]),
        (OAI, {"tools": [{"type": "namespace", "tools": [{"type": "function"}]}]}, []),
        (OAI, {"tools": [{"type": "namespace", "tools": [{"type": "mcp"}]}]}, ["mcp"]),
        (OAI, {"input": [{"type": "additional_tools", "tools": [{"type": "web_search"}]}]}, ["web_search"]),
        (OAI, {"input": "text", "tools": None, "background": True}, ["background"]),
        (ANT, {"messages": [{"content": [{"type": "image", "source": {"type": "base64", "data": "x"}}]}]}, []),
        (ANT, {"messages": [{"content": [{"type": "image", "source": {"type": "url", "url": "x"}}]}]}, [BY_ADDRESS]),
        (ANT, {"messages": [{"content": [{"type": "tool_use", "input": {"source": {"type": "url"}}}]}]}, []),
        (OAI, {"input": [{"content": [{"type": "input_image", "image_url": "data:image/png;base64,x"}]}]}, []),
        (OAI, {"input": [{"content": [{"type": "input_image", "image_url": "https://x"}]}]}, [BY_ADDRESS]),
        (OAI, {"input": [{"output": [{"type": "input_file", "file_url": "https://x"}]}]}, [BY_ADDRESS]),
        (OAI, {"input": [{"content": [{"type": "input_file", "file_data": "data:application/pdf;base64,x"}]}]}, []),
        (GEM, {"contents": [{"parts": [{"inlineData": {"data": "x"}}]}]}, []),
        (GEM, {"contents": [{"parts": [{"fileData": {"fileUri": "https://x"}}]}]}, [BY_ADDRESS]),
        (GEM, {"contents": [{"parts": [{"file_data": {"file_uri": "https://x"}}]}]}, [BY_ADDRESS]),
        (GEM, {"contents": [{"parts": [{"functionCall": {"args": {"fileData": "x"}}}]}]}, []),
        (GEM, {"tools": [{"functionDeclarations": []}]}, []),
        (GEM, {"tools": [{"functionDeclarations": [], "googleSearch": {}}]}, ["googleSearch"]),
    ],
)
def test_what_the_vendor_would_run_or_fetch(api: str, content: dict[str, object], found: list[str]) -> None:
    assert list(hosted(api, content)) == found


def test_what_was_asked_for() -> None:
    body = {"model": "m", "max_tokens": 9, "speed": "fast", "system": [{"cache_control": {"ttl": "1h"}}]}
    seen = asked(ANT, "/v1/messages", body=body, x_api_key="place")
    assert isinstance(seen, Asked)
    assert (seen.model, seen.output_tokens, seen.dear, seen.long_cache) == ("m", 9, True, True)


@pytest.mark.parametrize(
    ("field", "value", "dear"),
    [
        ("previous_response_id", "resp_1", True),
        ("conversation", {"id": "c"}, True),
        ("prompt", {"id": "p"}, True),
        ("fallbacks", [{"model": "dearer"}], True),
        ("previous_response_id", None, False),
    ],
)
def test_what_a_request_brings_in_from_elsewhere_has_no_price(field: str, value: object, *, dear: bool) -> None:
    seen = asked(ANT, "/v1/messages", body={"model": "m", "max_tokens": 9, field: value}, x_api_key="place")
    assert isinstance(seen, Asked)
    assert seen.dear is dear


@pytest.mark.parametrize(
    ("api", "path", "body", "expected"),
    [
        (ANT, "/v1/messages", {"max_tokens": 5, "thinking": {"type": "enabled", "budget_tokens": 4}}, (5, 1, 4)),
        (ANT, "/v1/messages", {"max_tokens": "5", "thinking": {"type": "adaptive"}}, (None, 1, 0)),
        (OAI, "/v1/responses", {"max_output_tokens": 5}, (5, 1, 0)),
        (OAI, "/v1/responses", {}, (None, 1, 0)),
        (GEM, STREAM, {"generationConfig": {"maxOutputTokens": 5, "candidateCount": 3}}, (5, 3, 0)),
        (GEM, STREAM, {"generationConfig": None, "generation_config": {"candidate_count": 2}}, (None, 2, 0)),
        (GEM, STREAM, {"generationConfig": {"candidate_count": 8}}, (None, 8, 0)),
        (
            GEM,
            STREAM,
            {"generationConfig": {"candidateCount": 1}, "generation_config": {"candidateCount": 8}},
            (None, 8, 0),
        ),
        (GEM, STREAM, {"generationConfig": {"candidateCount": "8"}}, (None, 8, 0)),
        (GEM, STREAM, {"generationConfig": {"candidateCount": 8.0}}, (None, 8, 0)),
        (GEM, STREAM, {"generationConfig": {"candidateCount": None}}, (None, 1, 0)),
        (GEM, STREAM, {"generationConfig": {"candidateCount": "many"}}, (None, 100, 0)),
    ],
)
def test_how_much_may_be_written(api: str, path: str, body: dict[str, object], expected: object) -> None:
    key = {"x_api_key": "place", "authorization": "Bearer place", "x_goog_api_key": "place"}
    seen = asked(api, path, body={"model": "m", **body}, **key)
    assert isinstance(seen, Asked)
    assert (seen.output_tokens, seen.alternatives, seen.thinking_tokens) == expected


def test_an_output_limit_is_set_and_nothing_else_changes() -> None:
    body = '{"model":"m","max_tokens":9,"text":"\\ud800 é"}'.encode()
    lowered = with_output(ANT, body, 5)
    assert json.loads(lowered) == {**json.loads(body), "max_tokens": 5}
    assert json.loads(with_output(OAI, b"{}", 5)) == {"max_output_tokens": 5}
    assert json.loads(with_output(GEM, b'{"generationConfig": {"topK": 1}}', 5)) == {
        "generationConfig": {"topK": 1, "maxOutputTokens": 5}
    }
    assert json.loads(with_output(GEM, b'{"generationConfig": null}', 5)) == {
        "generationConfig": {"maxOutputTokens": 5}
    }
    assert json.loads(with_output(GEM, b"{}", 5)) == {"generationConfig": {"maxOutputTokens": 5}}


def test_input_is_estimated_from_above() -> None:
    text = "def add(a, b):\n    return a + b\n" * 100
    assert len(text) / 4 < input_tokens({"messages": [{"content": text}]}) < len(text) / 2
    picture = "iVBORw0KGgo" * 100_000
    assert 5_000 < input_tokens({"data": picture}) < 50_000
    assert 5_000 < input_tokens({"image_url": f"data:image/png;base64,{picture}"}) < 50_000
    assert input_tokens({"text": "a b" * 100_000}) >= 100_000
    assert input_tokens({"text": picture}) > len(picture) / 4  # letters in a text are a text
    half_a_pair = json.loads('"\\ud83d"')  # tools that cut text in the middle of an emoji send this
    assert input_tokens({"text": half_a_pair}) >= 1


def test_no_credential_of_the_box_passes() -> None:
    sent = (
        ("host", "127.0.0.1"), ("x-api-key", "place"), ("authorization", "Bearer mine"), ("x-goog-api-key", "mine"),
        ("cookie", "a=b"), ("proxy-authorization", "mine"), ("openai-organization", "org"), ("x-forwarded-for", "1"),
        ("chatgpt-account-id", "a"), ("x-goog-user-project", "p"),
        ("x-amz-security-token", "t"), ("connection", "close"),
        ("api-key", "mine"), ("accept-encoding", "zstd"), ("transfer-encoding", "chunked"),
        ("anthropic-version", "2023-06-01"), ("anthropic-beta", "b"), ("user-agent", "cli"), ("session-id", "s"),
        ("x-stainless-lang", "js"), ("x-goog-api-client", "sdk"),
    )  # fmt: skip
    assert outgoing(sent, carrier="x-api-key", key="real") == (
        ("anthropic-version", "2023-06-01"), ("anthropic-beta", "b"), ("user-agent", "cli"), ("session-id", "s"),
        ("x-stainless-lang", "js"), ("x-goog-api-client", "sdk"), ("accept-encoding", "identity"),
        ("x-api-key", "real"),
    )  # fmt: skip
    assert outgoing((), carrier="authorization", key="real")[-1] == ("authorization", "Bearer real")


def test_framing_and_cookies_do_not_come_back() -> None:
    got = (("content-length", "3"), ("content-encoding", "gzip"), ("set-cookie", "a"), ("request-id", "r"))
    assert incoming(got) == (("request-id", "r"),)


def test_the_first_place_that_holds_a_key_counts() -> None:
    wire = WIRES[ANT]
    assert presented(wire, {"x-api-key": "a", "authorization": "Bearer b"}, {}) == ("x-api-key", "a")
    assert presented(wire, {}, {"key": "c"}) == ("x-api-key", "")


def test_the_host_is_fixed() -> None:
    assert target(WIRES[ANT], "", "/v1/messages") == "https://api.anthropic.com/v1/messages"
    assert target(WIRES[OAI], "", "/v1/responses") == "https://api.openai.com/v1/responses"
    assert target(WIRES[OAI], "http://h/x/v1/", "/v1/responses") == "http://h/x/v1/responses"
    assert target(WIRES[OAI], "http://h", "/v1/responses") == "http://h/v1/responses"
    assert target(WIRES[GEM], "", "/v1beta/models/m:countTokens").endswith("googleapis.com/v1beta/models/m:countTokens")
