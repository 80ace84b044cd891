"""A known fix in every family's own tool calls, held against a workspace that the calls really change."""

import json
import re
import subprocess
from dataclasses import replace

import pytest

from codergen.cli.twin_play import EXIT, Fix, instance, next_turn, unique_edit
from codergen.cli.twin_vocabulary import VOCABULARIES
from providers.types import Message, ModelRequest, OutputSchema, ToolCallPart, ToolResultPart, ToolSpec, user

BEFORE = "def a(x):\n    return x\n\n\ndef b(x):\n    return x\n"
AFTER = "def a(x):\n    return x\n\n\ndef b(x):\n    return x + 1\n"


def test_an_edit_is_grown_until_it_stands_once():
    old, new = unique_edit(BEFORE, AFTER)
    assert BEFORE.count(old) == 1
    assert BEFORE.replace(old, new) == AFTER
    assert len(old.splitlines()) < len(BEFORE.splitlines())


@pytest.mark.parametrize(
    ("before", "after"),
    [("a\nb\n", "a\nx\nb\n"), ("a\nb\n", "b\n"), ("a\na\na\n", "a\nb\na\n"), ("a\nb", "a\nc"), ("", "new\n")],
)
def test_edits_of_any_kind_give_the_text_after(before, after):
    old, new = unique_edit(before, after)
    assert before.replace(old, new, 1) == after


def run_tool(part, root):
    """What an agent would do with the call, in a few lines: run it for real in `root`."""
    arguments = {} if part.freeform else json.loads(part.arguments)
    command = arguments.get("command") or arguments.get("cmd")
    if part.freeform and "exec_command" in part.arguments:
        command = json.loads(re.search(r"cmd: (\".*\")}", part.arguments).group(1))
    if part.name == "check":
        command = f"grep -q '+ 1' app.py; echo '{EXIT}' $?"
    if command:
        done = subprocess.run(["/bin/sh", "-c", command], cwd=root, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr
    path = root / (arguments.get("file_path") or arguments.get("path") or "app.py")
    if "old_string" in arguments:
        assert path.read_text().count(arguments["old_string"]) == 1
        path.write_text(path.read_text().replace(arguments["old_string"], arguments["new_string"]))
    elif part.freeform:
        text = part.arguments
        patch = json.loads(re.search(r"apply_patch\((\".*\")\)", text).group(1)) if part.name == "exec" else text
        lines = patch.splitlines()
        assert lines[1] == f"*** Update File: {root}/app.py"
        old = "".join(f"{line[1:]}\n" for line in lines if line.startswith("-"))
        new = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
        assert path.read_text().count(old) == 1
        path.write_text(path.read_text().replace(old, new))
    return path.read_text()


@pytest.mark.parametrize("words", VOCABULARIES, ids=lambda words: words.name)
def test_each_family_is_driven_to_the_fix(words, tmp_path):
    (tmp_path / "app.py").write_text(BEFORE)
    fix = Fix(files={"app.py": (BEFORE, AFTER)}, check="grep -q '+ 1' app.py", summary="b adds one.")
    tools = tuple(ToolSpec(name=name, description="") for name in (*words.tools, "other"))
    messages = [user("fix it")]
    for _ in range(9):
        turn = next_turn(ModelRequest(model="m", messages=tuple(messages), tools=tools), fix)
        calls = [part for part in turn.parts if isinstance(part, ToolCallPart)]
        messages.append(Message(role="assistant", parts=turn.parts))
        if not calls:
            break
        results = tuple(ToolResultPart(call_id=c.id, name=c.name, content=run_tool(c, tmp_path)) for c in calls)
        messages.append(Message(role="tool", parts=results))
    assert messages[-1].text == "b adds one."
    assert (tmp_path / "app.py").read_text() == AFTER
    assert len({call.id for message in messages for call in message.tool_calls}) == (len(messages) - 2) // 2


def conversation(*results):
    tools = tuple(ToolSpec(name=name, description="") for name in ("Bash", "Read", "Edit"))
    messages = [user("fix it")]
    for at, (content, is_error) in enumerate(results):
        messages.append(Message(role="assistant", parts=(ToolCallPart(id=str(at), name="Bash", arguments="{}"),)))
        part = ToolResultPart(call_id=str(at), name="Bash", content=content, is_error=is_error)
        messages.append(Message(role="tool", parts=(part,)))
    return ModelRequest(model="m", messages=tuple(messages), tools=tools)


FIX = Fix(files={"app.py": (BEFORE, AFTER)}, check="true", summary="b adds one.")


def said(request, fix=FIX):
    return "".join(getattr(part, "text", "") for part in next_turn(request, fix).parts)


def test_what_went_wrong_is_not_called_a_fix():
    good = [("/work", False), (f"{EXIT} 1", True), ("text", False)]
    assert said(conversation(*good, ("no match", True))).startswith("A tool failed")
    ended = conversation(*good, ("changed", False), (f"{EXIT} 1", False))
    assert said(ended).startswith("The check still fails (exit code 1)")
    nothing = Fix(files={}, check="true", summary="Tried 40 edits.")
    assert said(conversation(*good[:2]), nothing) == "I found no fix. Tried 40 edits."


def test_side_calls_get_an_answer_of_the_shape_they_demand():
    schema = {
        "type": "object",
        "properties": {
            "why": {"type": "string"},
            "score": {"type": "integer", "minimum": 1},
            "kind": {"enum": ["small", "big"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "more": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "sure": {"type": "BOOLEAN"},
        },
    }
    request = ModelRequest(model="m", messages=(user("route"),), output=OutputSchema(name="x", schema=schema))
    assert json.loads(said(request)) == instance(schema, "Nothing to do here.")
    assert instance(schema, "t") == {"why": "t", "score": 1, "kind": "small", "tags": [], "more": None, "sure": False}


REPORT = {
    "type": "object",
    "properties": {"outcome": {"enum": ["done", "blocked"]}, "summary": {"type": "string"}},
}
ENDED = (("/work", False), (f"{EXIT} 1", False), ("text", False), ("changed", False))


@pytest.mark.parametrize(("code", "outcome"), [("0", "done"), ("1", "blocked")])
def test_a_report_is_given_by_schema_or_by_claudes_tool_for_it(code, outcome):
    ended = conversation(*ENDED, (f"{EXIT} {code}", False))
    by_schema = replace(ended, output=OutputSchema(name="report", schema=REPORT))
    assert json.loads(said(by_schema))["outcome"] == outcome
    tool = ToolSpec(name="StructuredOutput", description="", parameters=REPORT)
    by_tool = replace(ended, tools=(*ended.tools, tool))
    [call] = next_turn(by_tool, FIX).parts
    assert (call.name, json.loads(call.arguments)["outcome"]) == ("StructuredOutput", outcome)
    accepted = Message(role="tool", parts=(ToolResultPart(call_id=call.id, name=call.name, content="ok"),))
    after = replace(by_tool, messages=(*by_tool.messages, Message(role="assistant", parts=(call,)), accepted))
    assert "b adds one." in said(after)
