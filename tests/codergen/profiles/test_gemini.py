"""Where the profile `gemini` puts things, through the encoder of its wire."""

import json
from dataclasses import replace

import pytest

from codergen.conversation import AssistantEntry, Conversation, NoteEntry, ToolEntry, UserEntry
from codergen.profiles.families import load_kit, load_profile
from codergen.profiles.gemini import drawn, layout
from codergen.profiles.native import Native
from codergen.profiles.native_data import load_family, load_texts, load_wording
from codergen.profiles.profile import Finished, Frame
from codergen.profiles.surroundings import InstructionFile, Skill, Surroundings
from codergen.tools.base import spec
from codergen.tools.search import Folder
from prompts import Prompt
from providers.gemini_generate.encode import keywords
from providers.types import MediaPart, Message, ModelInfo, ReasoningPart, TextPart, ToolCallPart

MODEL = "gemini-3.1-pro-preview"
HERE = Surroundings(
    cwd="/w",
    date="2026-11-23T01:02:03",
    timezone="Etc/UTC",
    platform="linux",
    os="Linux 6",
    shell="bash",
    tree="TREE",
    instructions=(
        InstructionFile(path="/home/u/.gemini/GEMINI.md", scope="user", text="Mine.\n"),
        InstructionFile(path="/w/GEMINI.md", scope="project", text="\nOurs.\n"),
    ),
    skills=(Skill(name="release", description="How to release.", path="/w/.agents/skills/release/SKILL.md"),),
)


def frame(model=MODEL, surroundings=HERE):
    profile = load_profile("gemini", model)
    return profile, Frame(model=model, root="/w", tools=profile.facts.specs, surroundings=surroundings)


def sent(conversation, model=MODEL, **more):
    """The request as it goes to the SDK."""
    profile, given = frame(model, **more)
    step = profile.request(conversation, given)
    return keywords(step.request, ModelInfo(id=model, context_tokens=None, max_output_tokens=65_536))


def thinking(config):
    return config["http_options"]["extra_body"]["generationConfig"]["thinkingConfig"]


def tool_names(config):
    return [tool["name"] for tool in config["http_options"]["extra_body"]["tools"][0]["functionDeclarations"]]


def said_by_model(*calls, text="", model=MODEL):
    parts = []
    if text:
        parts.append(
            ReasoningPart(
                text="hm", opaque={"signature": "dGg=", "of": "thought"}, provider="gemini_generate", model=model
            )
        )
        parts.append(TextPart(text=text))
    for at, (id, name, args) in enumerate(calls):
        if at == 0:
            opaque = {"signature": "c2ln", "of": "call"}
            parts.append(ReasoningPart(opaque=opaque, provider="gemini_generate", model=model))
        parts.append(ToolCallPart(id=id, name=name, arguments=json.dumps(args)))
    return AssistantEntry(message=Message(role="assistant", parts=tuple(parts)), by="model", stop="tool_calls")


def test_the_parameters_of_both_kinds_of_model():
    three = sent(Conversation().add(UserEntry(text="go")))["config"]
    assert thinking(three) == {"includeThoughts": True, "thinkingLevel": "HIGH"}
    assert (three["temperature"], three["top_p"], three["top_k"]) == (1, 0.95, 64)
    assert "max_output_tokens" not in three
    assert "tool_config" not in three
    two = sent(Conversation().add(UserEntry(text="go")), "gemini-2.5-pro")["config"]
    assert thinking(two) == {"includeThoughts": True, "thinkingBudget": 8192}
    assert "write_todos" in tool_names(two)
    assert "write_todos" not in tool_names(three)


def test_the_place_is_described_first_and_the_prompt_follows():
    contents = sent(Conversation().add(UserEntry(text="go")))["contents"]
    assert [content["role"] for content in contents] == ["user"]
    told, prompt = contents[0]["parts"]
    lines = told["text"].split("\n")
    assert (lines[0], lines[-1]) == ("<session_context>", "</session_context>")
    assert "Monday, November 23, 2026" in lines[2]
    assert told["text"].endswith(
        "- **Workspace Directories:**\n  - /w\n- **Directory Structure:**\n\nTREE\n\n\n"
        "<loaded_context>\n<project_context>\n--- Context from: /w/GEMINI.md ---\nOurs.\n"
        "--- End of Context from: /w/GEMINI.md ---\n</project_context>\n</loaded_context>\n</session_context>"
    )
    assert prompt == {"text": "go"}


def test_the_users_own_instructions_and_the_skills_are_in_the_system_instruction():
    system = sent(Conversation().add(UserEntry(text="go")))["config"]["system_instruction"]
    assert system.endswith(
        "\n---\n\n<loaded_context>\n<global_context>\n--- Context from: /home/u/.gemini/GEMINI.md ---\nMine.\n"
        "--- End of Context from: /home/u/.gemini/GEMINI.md ---\n</global_context>\n</loaded_context>"
    )
    assert "<name>release</name>\n    <description>How to release.</description>" in system
    assert "Ours." not in system
    bare = replace(HERE, instructions=(), skills=())
    alone = sent(Conversation().add(UserEntry(text="go")), surroundings=bare)
    assert "<loaded_context>\n<" not in alone["config"]["system_instruction"]
    assert "<available_skills>" not in alone["config"]["system_instruction"]
    assert "_context>\n<" not in alone["contents"][0]["parts"][0]["text"]


def test_sections_can_be_taken_over():
    data = load_family("gemini")
    for variant in data.variants:
        for name in ("commits", "tests", "tone"):
            own = {name: Prompt(name="own", text="My own way.", sha256="0")}
            texts = load_texts(data, variant, own)
            profile = Native(data, variant, texts, layout)
            step = profile.request(Conversation().add(UserEntry(text="go")), Frame(model=MODEL))
            assert "My own way." in step.request.system
            assert profile.facts.version != load_texts(data, variant).version


def test_thoughts_are_dropped_signatures_stay_results_stand_in_the_order_of_their_calls():
    picture = MediaPart(media_type="image/png", data="cG5n")
    conversation = Conversation().add(
        UserEntry(text="go"),
        said_by_model(("1", "read_file", {"file_path": "p.png"}), ("2", "glob", {"pattern": "*"}), text="I look."),
        ToolEntry(call_id="2", name="glob", content="none", is_error=True),
        ToolEntry(call_id="1", name="read_file", content="a picture", media=(picture,)),
        NoteEntry(text="Hurry.", about="steer"),
    )
    contents = sent(conversation, surroundings=None)["contents"]
    assert contents[1:] == [
        {
            "role": "model",
            "parts": [
                {"text": "I look."},
                {
                    "function_call": {"id": "1", "name": "read_file", "args": {"file_path": "p.png"}},
                    "thought_signature": b"sig",
                },
                {"function_call": {"id": "2", "name": "glob", "args": {"pattern": "*"}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"function_response": {"id": "1", "name": "read_file", "response": {"output": "a picture"}}},
                {"inline_data": {"data": b"png", "mime_type": "image/png"}},
                {"function_response": {"id": "2", "name": "glob", "response": {"error": "none"}}},
                {"text": "Hurry."},
            ],
        },
    ]


@pytest.mark.parametrize("model", [MODEL, "gemini-2.5-pro", "gemini-9-nobody-knows"])
def test_each_request_of_fifty_turns_extends_the_one_before(model):
    conversation = Conversation().add(UserEntry(text="go"))
    before = sent(conversation, model)
    for turn in range(50):
        calls = [(f"{turn}-{at}", "read_file", {"file_path": f"f{at}"}) for at in range(1 + turn % 3)]
        answers = [ToolEntry(call_id=id, name=name, content=f"text {id}") for id, name, _ in calls]
        extra = [NoteEntry(text="Note.", about="steer")] if turn % 7 == 3 else []
        extra += [UserEntry(text="and now?")] if turn % 10 == 9 else []
        conversation = conversation.add(said_by_model(*calls, text="so", model=model), *reversed(answers), *extra)
        now = sent(conversation, model)
        assert now["config"] == before["config"]
        assert now["contents"][: len(before["contents"])] == before["contents"]
        assert len(now["contents"]) > len(before["contents"])
        before = now


def test_an_answer_without_calls_ends_the_turn():
    profile, given = frame()
    answer = AssistantEntry(message=Message(role="assistant", parts=(TextPart(text="Done."),)), by="model", stop="stop")
    step = profile.request(Conversation().add(UserEntry(text="go"), answer), given)
    assert step == Finished(reason="answered", text="Done.")


def test_a_tree_is_drawn_with_what_was_left_out():
    def folder(name, files=(), folders=(), **more):
        base = {"more_files": False, "more_folders": False, "closed": False}
        return Folder(name=name, files=files, folders=folders, **{**base, **more})

    wording = load_wording("gemini")
    top = folder("", ("a.py",), (folder("git", closed=True), folder("src", ("b.py",), (folder("deep", ("c.py",)),))))
    assert drawn(top, "/w", wording).split("\n\n")[1] == (
        "/w/\n├───a.py\n├───git/...\n└───src/\n    ├───b.py\n    └───deep/\n        └───c.py"
    )
    whole = folder("", ("a",))
    assert len(drawn(whole, "/w", wording)) < len(drawn(replace(whole, more_files=True), "/w", wording))
    assert drawn(folder("", ("a",), more_files=True, more_folders=True), "/w", wording).endswith(
        "├───a\n├───...\n└───..."
    )


def test_schemas_say_what_the_tools_take():
    """Those of the data go out; those of the tools check what comes back: they must not drift apart."""
    for variant in load_family("gemini").variants:
        told = {spec.name: spec.parameters for spec in load_profile("gemini", variant.models[0]).facts.specs}
        for tool in load_kit("gemini", load_wording("gemini"), {}).tools:
            if tool.name in told:
                ours = spec(tool).parameters
                assert set(told[tool.name]["properties"]) == set(ours["properties"])
                assert set(told[tool.name].get("required", ())) == set(ours.get("required", ()))
