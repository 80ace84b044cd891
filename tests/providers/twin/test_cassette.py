"""What is recorded through the proxy plays back the same, and holds no secret."""

import httpx2
import pytest

from providers.scripted import Reply, ScriptError
from providers.twin import cassette
from providers.twin.faults import Fault
from providers.twin.record import recording
from providers.twin.script_file import ScriptInvalid
from providers.twin.serving import serving

KEY = "sk-real-and-secret"


def body(text, **more):
    return {"model": "m", "stream": True, "messages": [{"role": "user", "content": text}], **more}


async def post(url, sent, key=KEY):
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.post(f"{url}/v1/chat/completions", json=sent, headers={"authorization": f"Bearer {key}"})


@pytest.fixture
async def tape(tmp_path):
    """Two streams and a refusal, recorded from a twin that stands for the real service."""
    out = tmp_path / "tape.json"
    turns = [Reply(text="first"), Reply(text="second"), Fault(name="429")]
    async with serving("chat", turns) as real, recording("chat", real.url, out) as (url, _):
        answers = [await post(url, body(text, user="me@home")) for text in ("a", f"b {KEY}", "c")]
    return out, [answer.content for answer in answers]


async def test_a_recording_holds_no_secret(tape):
    text = tape[0].read_text()
    assert KEY not in text and "me@home" not in text
    assert "first" in text


async def test_it_plays_back_byte_for_byte_in_any_order(tape):
    out, recorded = tape
    async with serving("chat", cassette.Cassette(cassette.load(out))) as twin:
        asked = [("c", "other"), (f"b {KEY}", "me@work"), ("a", None)]
        answers = [await post(twin.url, body(text, user=user)) for text, user in asked]
    assert [answer.status_code for answer in answers] == [429, 200, 200]
    assert answers[0].headers["retry-after"] == "1"
    assert answers[1].headers["content-type"].startswith("text/event-stream")
    assert [answer.content for answer in reversed(answers)] == recorded


async def test_what_was_never_recorded_and_what_was_never_asked_is_told(tape):
    with pytest.raises(ScriptError) as caught:
        async with serving("chat", cassette.Cassette(cassette.load(tape[0]))) as twin:
            assert (await post(twin.url, body("z"))).status_code == 400
    assert "request 1 (m) was never recorded" in str(caught.value)
    assert "3 recorded exchanges were never asked for" in str(caught.value)


def test_order_of_keys_and_cache_marks_do_not_count():
    marked = {"b": [{"t": 1, "cache_control": {"type": "ephemeral"}}], "a": 1}
    assert cassette.digest("POST", "/x", {"key": "k"}, marked) == cassette.digest(
        "POST", "/x", {}, {"a": 1, "b": [{"t": 1}]}
    )
    assert cassette.digest("POST", "/x", {}, {"a": 2}) != cassette.digest("POST", "/x", {}, {"a": 1})


def test_another_file_is_no_cassette(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"turns": []}')
    with pytest.raises(ScriptInvalid, match="is no cassette"):
        cassette.load(path)


async def test_an_upstream_that_is_not_there_is_told(tmp_path):
    async with recording("chat", "http://127.0.0.1:9", tmp_path / "t.json") as (url, _):
        assert (await post(url, body("a"))).status_code == 502


async def test_an_answer_that_is_cut_is_passed_on_cut_and_not_kept(tmp_path):
    out = tmp_path / "t.json"
    async with serving("chat", [Fault(name="cut")]) as real, recording("chat", real.url, out) as (url, tape):
        with pytest.raises(httpx2.RemoteProtocolError):
            await post(url, body("a"))
    assert tape.exchanges == []
    assert not out.exists()
