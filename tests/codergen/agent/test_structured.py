"""A last answer that fits a schema: asked for as the service can, checked by us, repaired once."""

import json
from typing import Any

import pytest

from codergen.agent.limits import SessionLimits
from codergen.agent.structured import Fits, Misfit, check, how, misfits, read
from codergen.errors import UsageError
from providers.scripted import Reply, ScriptedClient, call
from providers.types import OutputSchema, ToolSpec

SCHEMA = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string"}}, "done": {"type": "boolean"}},
    "required": ["files", "done"],
    "additionalProperties": False,
}
OUTPUT = OutputSchema(name="report", schema=SCHEMA)
GOOD = json.dumps({"files": ["a.py"], "done": True})
LOOK = call("shell", json.dumps({"command": "true"}))
NATIVE = frozenset({"tools", "structured_output"})


@pytest.mark.parametrize("text", [GOOD, f"```json\n{GOOD}\n```", f"\n {GOOD}\n"])
def test_an_answer_that_fits(text: str) -> None:
    assert read(text, OUTPUT) == Fits(value={"files": ["a.py"], "done": True})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Done.", "it is not JSON"),
        ("", "it is not JSON"),
        (f"Here it is: {GOOD}", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ('{"done": true}', "$: 'files' is a required property"),
        ('{"done": 1, "files": [2]}', "$.done: 1 is not of type 'boolean'"),
        ('{"done": 1, "files": [2]}', "$.files[0]: 2 is not of type 'string'"),
    ],
)
def test_an_answer_that_does_not(text: str, told: str) -> None:
    found = read(text, OUTPUT)
    assert isinstance(found, Misfit)
    assert any(problem.startswith(told) for problem in found.problems)


def test_no_schema_is_fetched() -> None:
    with pytest.raises(Exception, match="Unresolvable"):
        misfits({}, {"$ref": "http://127.0.0.1:9/schema.json"})


@pytest.mark.parametrize(
    ("api", "features", "tools", "expected"),
    [
        ("openai_responses", NATIVE, True, "native"),
        ("anthropic_messages", NATIVE, True, "native"),
        ("gemini_generate", NATIVE, True, "last"),
        ("gemini_generate", NATIVE, False, "native"),
        ("litellm_chat", frozenset(), True, "words"),
    ],
)
def test_how_a_client_is_asked(api: str, features: Any, tools: bool, expected: str) -> None:
    assert how(api, features, (ToolSpec(name="t", description=""),) if tools else ()) == expected


async def test_a_service_that_can_is_asked_for_the_form_in_every_request(bench: Any) -> None:
    client = ScriptedClient(turns=[Reply(tool_calls=(LOOK,)), Reply(text=GOOD)], features=NATIVE)
    end = await bench.session(client, output=OUTPUT).submit("go")
    assert (end.reason, end.answer) == ("answered", {"files": ["a.py"], "done": True})
    assert [request.output for request in client.requests] == [OUTPUT, OUTPUT]
    assert bench.data("note") == []
    assert bench.data("turn.end")[0]["answer"] == end.answer


async def test_others_are_told_in_words_and_repair_once(bench: Any) -> None:
    client = ScriptedClient(turns=[Reply(tool_calls=(LOOK,)), Reply(text="All done."), Reply(text=GOOD)])
    end = await bench.session(client, output=OUTPUT).submit("go")
    assert end.answer == {"files": ["a.py"], "done": True}
    assert [request.output for request in client.requests] == [None, None, None]
    assert [request.tool_choice for request in client.requests] == ["auto", "auto", "none"]
    assert json.dumps(SCHEMA) in client.requests[0].messages[-1].text
    assert "it is not JSON" in client.requests[2].messages[-1].text


async def test_an_api_that_takes_tools_or_form_gets_the_form_with_the_repair(bench: Any) -> None:
    client = ScriptedClient(turns=[Reply(text="Done."), Reply(text=GOOD)], features=NATIVE, api="gemini_generate")
    end = await bench.session(client, output=OUTPUT).submit("go")
    assert end.answer == {"files": ["a.py"], "done": True}
    assert [(bool(request.tools), request.output) for request in client.requests] == [(True, None), (False, OUTPUT)]


async def test_twice_wrong_is_a_reason_of_its_own(bench: Any) -> None:
    session = bench.session([Reply(text="Done."), Reply(text="{}"), Reply(text="no"), Reply(text=GOOD)], output=OUTPUT)
    end = await session.submit("go")
    assert (end.status, end.reason, end.text, end.answer) == ("finished", "no_structured_answer", "{}", None)
    assert (await session.submit("again")).answer == {"files": ["a.py"], "done": True}


async def test_words_of_the_user_in_the_repair_give_the_tools_back(bench: Any) -> None:
    def steered(request: Any) -> Reply:
        session.steer("look again first")
        return Reply(text="still wrong")

    client = ScriptedClient(turns=[Reply(text="Done."), steered, Reply(tool_calls=(LOOK,)), Reply(text=GOOD)])
    session = bench.session(client, output=OUTPUT)
    assert (await session.submit("go")).reason == "answered"
    assert [request.tool_choice for request in client.requests] == ["auto", "none", "auto", "auto"]


async def test_a_conclusion_at_a_limit_may_fit_too(bench: Any) -> None:
    client = ScriptedClient(turns=[Reply(tool_calls=(LOOK,)), Reply(text=GOOD)], features=NATIVE)
    session = bench.session(client, output=OUTPUT, limits=SessionLimits(turns=1), scaffolds={"last_chance"})
    end = await session.submit("go")
    assert (end.status, end.reason, end.answer) == ("limit", "turns", {"files": ["a.py"], "done": True})


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "thing"}, "'report' is no JSON Schema"),
        ({"$ref": "http://127.0.0.1:9/schema.json"}, "refers to 'http://127.0.0.1:9/schema.json'"),
        ({"items": {"$ref": "#/$defs/file"}, "$defs": {"dir": {}}}, "refers to '/\\$defs/file'"),
    ],
)
def test_what_cannot_be_checked_is_refused_before_anything_is_written(bench: Any, schema: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        bench.session([], output=OutputSchema(name="report", schema=schema))
    assert not bench.journal.exists()


def test_a_schema_may_refer_to_its_own_parts() -> None:
    schema = {"$defs": {"file": {"type": "string"}}, "type": "array", "items": {"$ref": "#/$defs/file"}}
    check(OutputSchema(name="files", schema=schema))
    assert read('["a"]', OutputSchema(name="files", schema=schema)) == Fits(value=["a"])
    assert isinstance(read("[1]", OutputSchema(name="files", schema=schema)), Misfit)
