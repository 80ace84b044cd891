import copy

import pytest

from providers.anthropic_messages.encode import body
from providers.anthropic_messages.facts import API, Facts
from providers.types import Message, ModelRequest, ReasoningPart, TextPart, ToolCallPart, ToolResultPart, ToolSpec, user

MARK = {"type": "ephemeral"}
TOOLS = (ToolSpec(name="a", description="A."), ToolSpec(name="b", description="B."))
KNOWN = (Facts(system_role=True), Facts(system_role=False), Facts(thinking="budget", efforts=()))


def conversation(rounds):
    """A task, then rounds of two parallel calls with their results, some with thinking, some with a system note."""
    messages = [user("go")]
    for at in range(rounds):
        thought = ReasoningPart(
            text="t", opaque={"type": "thinking", "thinking": "t", "signature": f"s{at}"}, provider=API, model="m"
        )
        calls = [ToolCallPart(id=f"c{at}_{n}", name="a", arguments="{}") for n in range(2)]
        results = [ToolResultPart(call_id=part.id, name="a", content=f"{at}") for part in calls]
        messages.append(Message(role="assistant", parts=(thought, TextPart(text=f"round {at}"), *calls)))
        messages.append(Message(role="tool", parts=tuple(reversed(results))))
        if at % 3 == 1:
            messages.append(Message(role="system", parts=(TextPart(text=f"note {at}"),)))
        if at % 4 == 3:
            messages.append(user(f"steer {at}"))
        yield ModelRequest(model="m", messages=tuple(messages), system="Be brief.", tools=TOOLS, effort="high")


def places(value, path=""):
    if isinstance(value, dict):
        if "cache_control" in value:
            assert value["cache_control"] == MARK
            yield path
        for name, inner in value.items():
            yield from places(inner, f"{path}.{name}")
    if isinstance(value, list):
        for at, inner in enumerate(value):
            yield from places(inner, f"{path}[{at}]")


def without_marks(value):
    if isinstance(value, dict):
        return {name: without_marks(inner) for name, inner in value.items() if name != "cache_control"}
    return [without_marks(inner) for inner in value] if isinstance(value, list) else value


def last_mark(sent):
    return [path for path in places(sent) if path.startswith(".messages")][-1]


@pytest.mark.parametrize("known", KNOWN)
def test_each_request_extends_the_one_before_and_marks_where_it_ended(known):
    before = None
    for request in conversation(12):
        sent = body(request, known)
        assert len(list(places(sent))) <= 4
        if before is not None:
            ended = before["messages"][-1]
            plain, was = without_marks(sent), without_marks(before)
            assert plain["messages"][: len(was["messages"])] == was["messages"]
            assert {**plain, "messages": []} == {**was, "messages": []}
            assert any(path == last_mark(before) for path in places(sent)), "the earlier request's last mark is kept"
            assert sent["messages"][len(before["messages"]) - 1] == ended
        before = sent


@pytest.mark.parametrize("known", KNOWN)
def test_no_marks_when_caching_is_off(known):
    for request in conversation(3):
        plain = body(
            ModelRequest(**{name: getattr(request, name) for name in request.__slots__} | {"cache": False}), known
        )
        assert list(places(plain)) == []
        assert plain == without_marks(body(request, known))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [".messages[0].content[0]"]),
        ({"system": "s", "tools": TOOLS}, [".messages[0].content[0]", ".system[0]"]),
        ({"tools": TOOLS}, [".messages[0].content[0]", ".tools[1]"]),
        ({"messages": ()}, []),
    ],
)
def test_where_the_marks_are(fields, expected):
    sent = body(ModelRequest(**{"model": "m", "messages": (user("hi"),), **fields}), Facts())
    assert sorted(places(sent)) == expected


def test_thinking_carries_no_mark():
    thought = ReasoningPart(opaque={"type": "redacted_thinking", "data": "x"}, provider=API, model="m")
    paused = Message(role="assistant", parts=(TextPart(text="a"), thought))
    sent = body(ModelRequest(model="m", messages=(user("hi"), paused)), Facts())
    assert sorted(places(sent)) == [".messages[0].content[0]", ".messages[1].content[0]"]


def test_marking_leaves_what_it_was_given():
    opaque = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    kept = copy.deepcopy(opaque)
    thought = ReasoningPart(opaque=opaque, provider=API, model="m")
    body(ModelRequest(model="m", messages=(user("hi"), Message(role="assistant", parts=(thought,)))), Facts())
    assert opaque == kept
