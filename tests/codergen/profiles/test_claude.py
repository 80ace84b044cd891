"""Where the family `claude` puts things, and that each request extends the one before."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codergen.conversation import AssistantEntry, Conversation, NoteEntry, ToolEntry, UserEntry
from codergen.profiles.claude import counted, layout
from codergen.profiles.families import load_profile
from codergen.profiles.native import Native
from codergen.profiles.native_data import load_family, load_texts
from codergen.profiles.profile import Frame
from codergen.profiles.surroundings import GitState, InstructionFile, Skill, Surroundings
from prompts import Prompt
from providers import catalog
from providers.anthropic_messages.encode import body
from providers.anthropic_messages.facts import API, Facts, facts
from providers.types import Message, TextPart, ToolCallPart

AROUND = Surroundings(
    cwd="/workspace",
    date="2026-11-23",
    timezone="Etc/UTC",
    platform="linux",
    os="Linux 6.1",
    shell="bash",
    git=GitState(branch="work", main_branch="main", user="Ada", status=" M a.py\n", commits=("1a2b3c first",)),
    instructions=(
        InstructionFile(path="/workspace/CLAUDE.local.md", scope="local", text="mine here"),
        InstructionFile(path="/workspace/CLAUDE.md", scope="project", text="ours\n"),
        InstructionFile(path="/workspace/AGENTS.md", scope="project", text="for others"),
        InstructionFile(path="/home/u/.claude/CLAUDE.md", scope="user", text="mine"),
    ),
    skills=(Skill(name="lint", description="Check style.", path="/workspace/.agents/skills/lint/SKILL.md"),),
    sandbox="bubblewrap",
)
NEW, OLD = "claude-opus-5-5", "claude-sonnet-4-5"


def asked(model, *entries, around=AROUND, features=frozenset()):
    frame = Frame(model=model, surroundings=around, features=features)
    profile = load_profile("claude", model)
    return profile.request(Conversation().add(*entries), frame).request


def called(*calls, text=""):
    parts = [TextPart(text=text)] if text else []
    parts += [ToolCallPart(id=id, name=name, arguments=json.dumps(arguments)) for id, name, arguments in calls]
    return AssistantEntry(message=Message(role="assistant", parts=tuple(parts)), by="model", stop="tool_calls")


def texts(message):
    return [part.text for part in message.parts]


def test_the_first_message_is_reminders_then_the_bare_prompt_and_the_environment_stands_apart():
    first, second = asked(NEW, UserEntry(text="go")).messages
    files, git, commits, prompt = texts(first)
    assert prompt == "go" and commits.startswith("<system-reminder>\nCommit only")
    order = ["/home/u/.claude/CLAUDE.md", "/workspace/CLAUDE.md", "/workspace/CLAUDE.local.md"]
    places = [files.index(f"Contents of {path} (") for path in order]
    assert places == sorted(places)
    assert "AGENTS.md" not in files and files.endswith("mine here\n</system-reminder>")
    assert "\n# gitStatus\n" in git and "\n\nGit user: Ada\n\nStatus:\n" in git
    assert "Current branch: work\n" in git and "Status:\n M a.py\n" in git and "Recent commits:\n1a2b3c first\n" in git
    assert second.role == "system"
    for line in (
        "# Environment\n",
        " - Primary working directory: /workspace\n",
        NEW,
        "- lint: Check style.",
        "2026-11-23",
    ):
        assert line in second.text


def test_models_without_the_role_get_all_of_it_as_reminders():
    for request in (asked(OLD, UserEntry(text="go")), asked(NEW, UserEntry(text="go"), features=frozenset({"tools"}))):
        (first,) = request.messages
        *reminders, prompt = texts(first)
        assert prompt == "go" and len(reminders) == 7
        assert all(
            text.startswith("<system-reminder>\n") and text.rstrip().endswith("\n</system-reminder>")
            for text in reminders
        )


def test_parameters_are_the_vendors():
    new, old = asked(NEW, UserEntry(text="go")), asked(OLD, UserEntry(text="go"))
    assert (new.max_output_tokens, new.effort) == (128_000, "medium")
    assert (old.max_output_tokens, old.effort) == (32_000, "high")
    wire = body(old, Facts(max_tokens=64_000, thinking="budget", efforts=()))
    assert (wire["max_tokens"], wire["thinking"]) == (32_000, {"type": "enabled", "budget_tokens": 31_999})
    wire = body(new, facts(catalog.load().info(API, NEW)))
    assert (wire["max_tokens"], wire["thinking"]["type"], wire["output_config"]) == (
        128_000,
        "adaptive",
        {"effort": "medium"},
    )
    assert [message["role"] for message in wire["messages"]] == ["user", "system"]
    assert "cache_control" in wire["system"][-1] and "cache_control" in wire["messages"][-1]["content"][-1]


def test_schemas_go_over_the_wire_as_the_vendor_has_them():
    profile = load_profile("claude", NEW)
    frame = Frame(model=NEW, tools=profile.facts.specs)
    tools = body(profile.request(Conversation().add(UserEntry(text="go")), frame).request, Facts())["tools"]
    assert [tool["name"] for tool in tools] == [*profile.facts.tools]
    for tool in tools:
        schema = tool["input_schema"]
        assert list(schema) == [
            "$schema",
            "type",
            "properties",
            *(["required"] if "required" in schema else []),
            "additionalProperties",
        ]
        assert tool["description"]
    edit = next(tool["input_schema"] for tool in tools if tool["name"] == "Edit")
    assert edit["required"] == ["file_path", "old_string", "new_string"]
    assert edit["properties"]["replace_all"]["default"] is False


def test_a_moved_folder_is_told_behind_its_round():
    entries = (
        UserEntry(text="go"),
        called(("1", "Bash", {"command": "cd a"}), ("2", "Bash", {"command": "cd b"}), text="on it"),
        ToolEntry(call_id="1", name="Bash", content="", details={"cwd_before": "/workspace", "cwd": "/workspace/a"}),
        ToolEntry(
            call_id="2", name="Bash", content="", details={"cwd_before": "/workspace/a", "cwd": "/workspace/a/b"}
        ),
    )
    note = asked(NEW, *entries).messages[-1]
    assert note.role == "system" and note.text.startswith("# Environment update\n")
    assert note.text.endswith("/workspace/a/b (was /workspace)")
    note = asked(OLD, *entries).messages[-1]
    _, result = note.parts
    assert result.content == f"\n\n<system-reminder>\n{asked(NEW, *entries).messages[-1].text}\n</system-reminder>"
    back = ToolEntry(call_id="2", name="Bash", content="", details={"cwd_before": "/workspace/a", "cwd": "/workspace"})
    assert asked(NEW, *entries[:3], back).messages[-1].role == "tool"


def test_files_that_a_command_changed_are_told_behind_its_round():
    changed = [{"path": "/a", "lines": "2\tx"}, {"path": "/b", "lines": ""}, {"path": "/c", "lines": None}]
    bash = ToolEntry(call_id="1", name="Bash", content="", details={"changed": changed})
    *_, one, two, three = asked(NEW, UserEntry(text="go"), called(("1", "Bash", {})), bash).messages
    assert {message.role for message in (one, two, three)} == {"system"}
    assert one.text.startswith("/a ") and one.text.endswith("\n2\tx")
    assert two.text.startswith("/b ") and three.text.startswith("/c")


def round_of(id, text=""):
    return called((id, "Read", {"file_path": "/x"}), text=text), ToolEntry(call_id=id, name="Read", content="1\tx")


def test_after_rounds_without_a_word_one_is_asked_for():
    silent = [entry for at in range(5) for entry in round_of(str(at))]
    assert [m.role for m in asked(NEW, UserEntry(text="go"), *silent).messages].count("system") == 2
    assert [m.role for m in asked(NEW, UserEntry(text="go"), *silent[:-2]).messages].count("system") == 1
    spoken = [*silent[:-2], *round_of("4", "found it")]
    assert [m.role for m in asked(NEW, UserEntry(text="go"), *spoken).messages].count("system") == 1


def test_notes_go_in_the_systems_role_or_as_reminders():
    entries = (UserEntry(text="go"), *round_of("1"), NoteEntry(text="a file changed", about="file_changed"))
    assert asked(NEW, *entries).messages[-1] == Message(role="system", parts=(TextPart(text="a file changed"),))
    wire = body(asked(OLD, *entries), Facts(thinking="none"))["messages"][-1]
    (block,) = wire["content"]
    assert block["content"] == "1\tx\n\n<system-reminder>\na file changed\n</system-reminder>"


def test_what_follows_a_result_stands_behind_all_results_of_its_round():
    entries = (
        UserEntry(text="go"),
        called(("1", "Read", {}), ("2", "Read", {})),
        ToolEntry(call_id="2", name="Read", content="b"),
        ToolEntry(call_id="1", name="Read", content="a", after="<system-reminder>beside</system-reminder>"),
    )
    wire = body(asked(NEW, *entries), Facts(system_role=True))["messages"][-1]["content"]
    assert [block.get("content", block.get("text")) for block in wire] == [
        "a",
        "b",
        "<system-reminder>beside</system-reminder>",
    ]
    assert [("cache_control" in block) for block in wire] == [False, False, True]


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        (
            '{"file_path": "/a", "old_string": "x", "new_string": "ö"}',
            '{"replace_all": false, "file_path": "/a", "old_string": "x", "new_string": "ö"}',
        ),
        ('{"file_path": "/a", "replace_all": true}', '{"replace_all": true, "file_path": "/a"}'),
        ("[1]", "[1]"),
        ("{no", "{no"),
    ],
)
def test_edits_say_first_whether_they_replace_all(given_, kept):
    message = Message(role="assistant", parts=(ToolCallPart(id="1", name="Edit", arguments=given_),))
    entries = (
        UserEntry(text="go"),
        AssistantEntry(message=message, by="model", stop="tool_calls"),
        ToolEntry(call_id="1", name="Edit", content="ok"),
    )
    assert asked(NEW, *entries).messages[2].tool_calls[0].arguments == kept


def test_older_models_get_reminders_in_the_result_and_a_skill_behind_it():
    after = "<system-reminder>\nbeside\n</system-reminder>"
    read = ToolEntry(call_id="1", name="Read", content="1\tx\n2\t", after=after)
    (result,) = asked(OLD, UserEntry(text="go"), called(("1", "Read", {})), read).messages[-1].parts
    assert result.content == f"1\tx\n2\n\n{after}"
    skill = ToolEntry(call_id="1", name="Skill", content="here", after="The skill is at: /s")
    parts = asked(OLD, UserEntry(text="go"), called(("1", "Skill", {})), skill).messages[-1].parts
    assert [part.kind for part in parts] == ["tool_result", "text"]


def test_older_models_are_told_of_the_surroundings_first_and_of_the_date_last():
    (first,) = asked(OLD, UserEntry(text="go")).messages
    order = ["# Environment", OLD, "- lint: ", "Contents of", "# gitStatus", "2026-11-23", "Commit only"]
    assert [next(i for i, text in enumerate(texts(first)) if word in text) for word in order] == list(range(7))


def test_agents_md_counts_where_there_is_no_claude_md():
    alone = InstructionFile(path="/workspace/AGENTS.md", scope="project", text="for all")
    other = InstructionFile(path="/workspace/GEMINI.md", scope="project", text="for others")
    nested = InstructionFile(path="/workspace/a/CLAUDE.md", scope="nested", text="later")
    assert counted((other, nested, alone)) == (alone,)


def test_own_sections_take_the_place_of_ours_wherever_they_stand():
    data = load_family("claude")
    variant = data.variant(NEW)
    own = {
        name: Prompt(name=f"own/{name}", text=text, sha256=name) for name, text in (("commits", "Never."), ("tone", ""))
    }
    profile = Native(data, variant, load_texts(data, variant, own), layout)
    request = profile.request(Conversation().add(UserEntry(text="go")), Frame(model=NEW)).request
    assert texts(request.messages[0]) == ["<system-reminder>\nNever.\n</system-reminder>\n", "go"]
    assert "# Tone" not in request.system and "# Tests" in request.system


STEP = st.tuples(
    st.sampled_from(["Bash", "Read", "Edit"]),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from(["", "a word"]),
    st.sampled_from(["", "note", "steer", "user"]),
    st.sampled_from(["", "beside"]),
)


@settings(max_examples=8, deadline=None)
@given(st.lists(STEP, min_size=50, max_size=50), st.sampled_from([NEW, OLD]))
def test_each_request_extends_the_one_before(steps, model):
    known = Facts(system_role=model == NEW)
    profile, frame = load_profile("claude", model), Frame(model=model, surroundings=AROUND)
    conversation, before, cwd = Conversation().add(UserEntry(text="go")), [], "/workspace"
    for at, (name, calls, moves, word, then, after) in enumerate(steps):
        request = body(profile.request(conversation, frame).request, known)
        wire = [unmarked(message) for message in request["messages"]]
        assert wire[: len(before)] == before
        assert request["system"][0]["text"] == profile.request(conversation, frame).request.system
        before = wire
        ids = [str(call) for call in range(calls)]
        conversation = conversation.add(called(*((id, name, {"file_path": "/a"}) for id in ids), text=word))
        for id in reversed(ids):
            new = f"/workspace/{at}" if moves and name == "Bash" else cwd
            details = {"cwd_before": cwd, "cwd": new} if name == "Bash" else {}
            conversation, cwd = (
                conversation.add(ToolEntry(call_id=id, name=name, content=id, details=details, after=after)),
                new,
            )
        if then == "note":
            conversation = conversation.add(NoteEntry(text="changed", about="file_changed"))
        elif then == "user":
            conversation = conversation.add(called(text="done"), UserEntry(text="more"))
        elif then == "steer":
            conversation = conversation.add(UserEntry(text="also", steer=True))


def unmarked(message):
    return {
        **message,
        "content": [{k: v for k, v in block.items() if k != "cache_control"} for block in message["content"]],
    }
