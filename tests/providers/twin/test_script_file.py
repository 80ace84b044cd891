import json

import pytest

from providers.twin.faults import Fault
from providers.twin.script import Expect
from providers.twin.script_file import ScriptInvalid, load
from providers.types import ReasoningPart, TextPart, ToolCallPart, Usage

TOML = """
[[conversations]]
name = "fix"
match = { contains = ["median"], tools = true }

[[conversations.turns]]
reasoning = "I look first."
text = "Looking."
calls = [
  { tool = "Bash", arguments = { command = "ls" } },
  { tool = "apply_patch", freeform = true, text = "*** Begin Patch" },
]
[[conversations.turns]]
text = "Done."
usage = { input = 7, output = 2 }
fault = { name = "429", first = 2, retry_after = 0.5 }
[conversations.turns.expect]
result = ["stats.py"]

[[conversations]]
name = "title"
optional = true
repeat = true
match = { tools = false }
turns = [ { text = "A title", fault = "latency" } ]

[[answers]]
path = "/v1/models"
body = { data = [] }
"""


def test_a_whole_file(tmp_path):
    path = tmp_path / "script.toml"
    path.write_text(TOML)
    script = load(path)
    fix, title = script.conversations
    first, second = fix.lines
    assert fix.match == Expect(contains=("median",), tools=True)
    assert first.turn.parts == (
        ReasoningPart(text="I look first."),
        TextPart(text="Looking."),
        ToolCallPart(id="call_1_1_0", name="Bash", arguments='{"command": "ls"}'),
        ToolCallPart(id="call_1_1_1", name="apply_patch", arguments="*** Begin Patch", freeform=True),
    )
    assert second.expect == Expect(result=("stats.py",))
    assert (second.turn.usage, second.fault) == (Usage(input=7, output=2), Fault(name="429", first=2, retry_after=0.5))
    assert (title.optional, title.repeat, title.lines[0].fault) == (True, True, Fault(name="latency"))
    assert script.answers["/v1/models"].body == {"data": []}


@pytest.mark.parametrize(
    ("name", "text"), [("s.yaml", "turns:\n- text: hi\n"), ("s.json", '{"turns": [{"text": "hi"}]}')]
)
def test_other_endings(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    [told] = load(tmp_path / name).conversations
    assert told.lines[0].turn.parts == (TextPart(text="hi"),)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "the file: Value error, give either turns or conversations"),
        ({"turns": [{"txt": "x"}]}, "turns[0].txt: Extra inputs"),
        ({"turns": [{}]}, "turns[0]: Value error, a turn has text"),
        ({"turns": [{"calls": [{"tool": "a"}]}]}, "turns[0].calls[0]: Value error, give either arguments or text"),
        ({"turns": [{"text": "x", "fault": {"name": "slow"}}]}, "turns[0].fault"),
        ({"conversations": [{"turns": []}]}, "conversations[0].turns"),
        ({"turns": [{"text": "x", "expect": {"contain": ["y"]}}]}, "turns[0].expect.contain"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path, document, told):
    path = tmp_path / "script.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ScriptInvalid) as caught:
        load(path)
    assert told in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("name", "text"), [("s.toml", "= 1"), ("s.json", "{"), ("s.yaml", "a: [")])
def test_a_file_that_does_not_parse(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ScriptInvalid, match=name):
        load(tmp_path / name)
