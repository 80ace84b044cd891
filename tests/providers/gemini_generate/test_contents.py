"""Conversations as Gemini wants them: roles, order of results, and signatures on exactly the parts they sign."""

import base64

import pytest

from providers.errors import BadRequest
from providers.gemini_generate import contents
from providers.gemini_generate.contents import API, NO_SIGNATURE, signature
from providers.types import MediaPart, Message, ReasoningPart, TextPart, ToolCallPart, ToolResultPart, user

MODEL = "gemini-3.1-pro-preview"
PNG = base64.b64encode(b"png").decode()


def sent(*messages, model=MODEL, sign_calls=True):
    return contents.contents(messages, model=model, sign_calls=sign_calls)


def assistant(*parts):
    return Message(role="assistant", parts=parts)


def signed(value, of, *, text="", model=MODEL):
    return ReasoningPart(text=text, opaque=signature(value, of), provider=API, model=model)


def call(id, name="read", arguments="{}", **more):
    return ToolCallPart(id=id, name=name, arguments=arguments, **more)


def result(id, content="ok", name="read", **more):
    return Message(role="tool", parts=(ToolResultPart(call_id=id, name=name, content=content, **more),))


def wired(id, name="read", args=None, **more):
    return {"function_call": {"id": id, "name": name, "args": args or {}}, **more}


def answered(id, response, name="read"):
    return {"function_response": {"id": id, "name": name, "response": response}}


def test_neighbours_of_one_role_are_merged():
    assert sent(user("a"), user("b"), assistant(TextPart(text="c")), assistant(TextPart(text="d"))) == [
        {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
        {"role": "model", "parts": [{"text": "c"}, {"text": "d"}]},
    ]


def test_a_system_message_in_mid_conversation_is_marked_text_of_the_user():
    told = Message(role="system", parts=(TextPart(text="The tests changed."),))
    assert sent(user("a"), told) == [
        {"role": "user", "parts": [{"text": "a"}, {"text": "<system>\nThe tests changed.\n</system>"}]}
    ]


def test_results_follow_the_order_of_their_calls_with_their_pictures():
    picture = MediaPart(media_type="image/png", data=PNG)
    told = sent(
        user("go"),
        assistant(signed(b"s", "call"), call("1"), call("2")),
        result("2", "two", media=(picture,)),
        result("1", "one", is_error=True),
        user("hurry"),
    )
    assert told[1]["parts"] == [wired("1", thought_signature=b"s"), wired("2")]
    assert told[2] == {
        "role": "user",
        "parts": [
            answered("1", {"error": "one"}),
            answered("2", {"output": "two"}),
            {"inline_data": {"data": b"png", "mime_type": "image/png"}},
            {"text": "hurry"},
        ],
    }


def test_a_result_without_a_name_gets_that_of_its_call():
    assert sent(assistant(call("1", "grep")), result("1", name=""))[1]["parts"] == [
        answered("1", {"output": "ok"}, "grep")
    ]


def test_signatures_go_back_on_the_parts_they_came_with():
    told = sent(
        assistant(
            signed(b"t", "thought", text="I think."),
            TextPart(text="Hello"),
            signed(b"x", "text"),
            TextPart(text=" world"),
            ReasoningPart(provider=API, model=MODEL),
            TextPart(text=" and"),
            signed(b"c", "call", text="a thought nobody signed"),
            call("1"),
            signed(b"n", "nothing"),
        )
    )
    assert told[0]["parts"] == [
        {"text": "I think.", "thought": True, "thought_signature": b"t"},
        {"text": "Hello"},
        {"text": " world", "thought_signature": b"x"},
        {"text": " and"},
        wired("1", thought_signature=b"c"),
        {"text": "", "thought_signature": b"n"},
    ]


def test_a_signature_of_a_text_that_is_gone_stands_alone_and_that_of_a_call_goes_with_it():
    told = sent(assistant(signed(b"c", "call"), TextPart(text="a"), signed(b"x", "text"), call("1")))
    assert told[0]["parts"] == [
        {"text": "a"},
        {"text": "", "thought_signature": b"x"},
        wired("1", thought_signature=NO_SIGNATURE),
    ]


def test_parts_of_the_services_own_tools_go_back_as_they_came():
    own = {"executable_code": {"code": "1 + 1", "language": "PYTHON"}}
    kept = {"part": own, **signature(b"s", "nothing")}
    told = sent(assistant(ReasoningPart(opaque=kept, provider=API, model=MODEL)))
    assert told[0]["parts"] == [{**own, "thought_signature": b"s"}]


@pytest.mark.parametrize(("provider", "model"), [("anthropic_messages", MODEL), (API, "gemini-3.8-flash")])
def test_foreign_reasoning_is_dropped_and_the_conversation_goes_on(provider, model):
    foreign = ReasoningPart(text="hm", opaque={"signature": "Zm9yZWlnbg=="}, provider=provider, model=model)
    history = (user("go"), assistant(foreign, call("1"), call("2")), result("1"), result("2"))
    assert sent(*history)[1]["parts"] == [wired("1", thought_signature=NO_SIGNATURE), wired("2")]
    assert sent(*history, sign_calls=False)[1]["parts"] == [wired("1"), wired("2")]


def test_a_message_of_reasoning_alone_is_no_message():
    assert sent(user("a"), assistant(ReasoningPart(text="hm", provider="x")), user("b")) == [
        {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]}
    ]


@pytest.mark.parametrize(
    ("part", "args"),
    [
        (call("1", arguments='{"a": [1]}'), {"a": [1]}),
        (call("1", arguments=""), {}),
        (call("1", arguments="{broken"), {"arguments": "{broken"}),
        (call("1", arguments="[1]"), {"arguments": "[1]"}),
        (call("1", arguments="*** patch", freeform=True), {"input": "*** patch"}),
    ],
)
def test_arguments_are_always_an_object(part, args):
    assert contents.arguments(part) == args


def test_media_by_address_and_inline():
    pdf = MediaPart(media_type="application/pdf", url="https://generativelanguage.googleapis.com/v1beta/files/x")
    assert contents.media(pdf) == {"file_data": {"file_uri": pdf.url, "mime_type": "application/pdf"}}
    with pytest.raises(BadRequest, match="no base64"):
        contents.media(MediaPart(media_type="image/png", data="*"))


def test_a_longer_conversation_begins_with_the_shorter_one():
    """Prompt caching is by prefix: nothing that was sent may change later, the substitute signature included."""
    history = [user("go")]
    before = sent(*history)
    for turn in range(4):
        history += [assistant(TextPart(text="hm"), call(str(turn))), result(str(turn))]
        history += [user("more")] if turn == 2 else []
        after = sent(*history)
        assert after[: len(before)] == before
        before = after
