"""Where the family `codex` puts things, and that what was said once stays as it was."""

import json

import pytest

from codergen.conversation import AssistantEntry, Conversation, NoteEntry, ToolEntry, UserEntry
from codergen.profiles.families import Own, load_kit, load_profile
from codergen.profiles.profile import Ask, Frame
from codergen.profiles.surroundings import InstructionFile, Skill, Surroundings
from prompts import own
from providers.openai_responses.encode import keywords
from providers.types import Message, ModelInfo, ReasoningPart, TextPart, ToolCallPart

CWD = "/work/repo"
AROUND = Surroundings(
    cwd=CWD,
    date="2026-11-22",
    timezone="Etc/UTC",
    platform="linux",
    os="Linux 6.1",
    shell="bash",
    instructions=(
        InstructionFile(path="/home/u/.codex/AGENTS.md", scope="user", text="mine\n"),
        InstructionFile(path=f"{CWD}/AGENTS.md", scope="project", text="ours\n"),
    ),
    skills=(Skill(name="release", description="Make one.", path=f"{CWD}/.agents/skills/release/SKILL.md"),),
    sandbox="host",
)
PLACE = (
    "<environment_context>\n  <cwd>/work/repo</cwd>\n  <shell>bash</shell>\n  <current_date>2026-11-22</current_date>\n"
    "  <timezone>Etc/UTC</timezone>\n  <filesystem><workspace_roots><root>/work/repo</root></workspace_roots>"
    '<permission_profile type="disabled"><file_system type="unrestricted" /></permission_profile></filesystem>\n'
    "</environment_context>"
)


def sent(conversation, model="gpt-5.5", around=AROUND, own=None, **more):
    profile = load_profile("codex", model, own)
    frame = Frame(model=model, tools=profile.facts.specs, surroundings=around, session="s-1", **more)
    step = profile.request(conversation, frame)
    assert isinstance(step, Ask)
    return keywords(step.request, ModelInfo(id=model, context_tokens=None, max_output_tokens=None))


ASKED = Conversation().add(UserEntry(text="do it"))


def test_the_first_request_is_laid_out_as_the_vendors():
    body = sent(ASKED)
    assert "instructions" not in body
    shape = [(item["role"], len(item["content"])) for item in body["input"]]
    assert shape == [("developer", 1), ("developer", 2), ("user", 2), ("user", 1)]
    skills, permissions = (block["text"] for block in body["input"][1]["content"])
    assert skills.startswith("<skills_instructions>\n")
    assert skills.endswith(
        f"\n- release: Make one. (file: {CWD}/.agents/skills/release/SKILL.md)\n</skills_instructions>"
    )
    assert permissions.startswith("<permissions instructions>\n")
    assert permissions.endswith("\n</permissions instructions>")
    files, place = (block["text"] for block in body["input"][2]["content"])
    assert files == (
        f"# AGENTS.md instructions for {CWD}\n\n<INSTRUCTIONS>\nmine\n\n--- project-doc ---\n\nours\n\n</INSTRUCTIONS>"
    )
    assert place == PLACE
    assert body["input"][3]["content"] == [{"type": "input_text", "text": "do it"}]


@pytest.mark.parametrize(
    ("model", "reasoning", "text", "parallel"),
    [
        ("gpt-5.5", {"effort": "medium"}, {"verbosity": "low"}, True),
        ("gpt-6.1-sol", {"effort": "low"}, {"verbosity": "low"}, False),
        ("gpt-unknown-x", {"summary": "auto"}, None, True),
    ],
)
def test_parameters_are_those_of_the_model(model, reasoning, text, parallel):
    body = sent(ASKED, model)
    assert (body["reasoning"], body.get("text"), body["parallel_tool_calls"]) == (reasoning, text, parallel)
    assert body["include"] == ["reasoning.encrypted_content"]
    assert (body["store"], body["stream"], body["tool_choice"], body["prompt_cache_key"]) == (
        False,
        True,
        "auto",
        "s-1",
    )
    assert not {"temperature", "max_output_tokens", "extra_body"} & set(body)


def test_an_effort_that_is_asked_for_wins():
    assert sent(ASKED, effort="high")["reasoning"] == {"effort": "high"}


def test_a_wall_is_told_and_what_is_not_known_is_not():
    walled = Surroundings(
        **{**{n: getattr(AROUND, n) for n in AROUND.__slots__}, "sandbox": "bubblewrap", "skills": ()}
    )
    items = sent(ASKED, around=walled)["input"]
    assert '<permission_profile type="managed"><file_system type="restricted">' in items[2]["content"][1]["text"]
    assert len(items[1]["content"]) == 1
    bare = sent(ASKED, around=None)["input"]
    assert [item["role"] for item in bare] == ["developer", "developer", "user", "user"]
    assert bare[2]["content"][0]["text"] == ("<environment_context>\n  <cwd>/workspace</cwd>\n</environment_context>")


def test_a_file_alone_has_no_mark_beside_it():
    for file, text in zip(AROUND.instructions, ("mine\n</INSTRUCTIONS>", "ours\n\n</INSTRUCTIONS>"), strict=True):
        one = Surroundings(**{**{n: getattr(AROUND, n) for n in AROUND.__slots__}, "instructions": (file,)})
        assert sent(ASKED, around=one)["input"][2]["content"][0]["text"].endswith(f"<INSTRUCTIONS>\n{text}")


@pytest.mark.parametrize("section", ["commits", "tone", "tests", "permissions"])
def test_a_section_can_be_replaced_and_taken_out(section):
    other = json.dumps(sent(ASKED, own=Own(given={section: own("mine", "Sing while you work.")}))["input"])
    assert "Sing while you work." in other
    text = load_profile("codex", "gpt-5.5").texts.sections
    was = next(prompt.text.strip() for prompt in text if prompt.name.endswith(section))
    assert json.dumps(was)[1:-1] not in json.dumps(sent(ASKED, own=Own(given={section: own("none", "")}))["input"])


def grown(turns):
    """A session of so many rounds: reasoning, calls of both kinds, results, notes, a new prompt now and then."""
    conversation = ASKED
    for turn in range(turns):
        thought = ReasoningPart(
            opaque={"type": "reasoning", "id": f"rs_{turn}", "summary": [], "encrypted_content": "x"},
            provider="openai_responses",
            model="gpt-5.5",
        )
        free = turn % 3 == 0
        call = ToolCallPart(
            id=f"c{turn}", name="apply_patch" if free else "exec_command", arguments="{}", freeform=free
        )
        conversation = conversation.add(
            AssistantEntry(message=Message(role="assistant", parts=(thought, call)), by="model", stop="tool_calls"),
            ToolEntry(call_id=f"c{turn}", name=call.name, content=f"result {turn}"),
        )
        if turn % 10 == 5:
            conversation = conversation.add(NoteEntry(text="mind the time", about="limit"))
        if turn % 10 == 9:
            said = Message(role="assistant", parts=(TextPart(text="done"),))
            conversation = conversation.add(
                AssistantEntry(message=said, by="model", stop="stop"), UserEntry(text=f"go on {turn}")
            )
        yield conversation


def test_notes_are_the_developers_but_the_end_of_an_agent_is_told_as_by_the_user():
    told = '<subagent_notification>\n{"agent_path":"a","status":{"completed":"x"}}\n</subagent_notification>'
    notes = (NoteEntry(text="Be quick.", about="limit"), NoteEntry(text=told, about="agent"))
    assert [(item["role"], item["content"][0]["text"]) for item in sent(ASKED.add(*notes))["input"][-2:]] == [
        ("developer", "Be quick."),
        ("user", told),
    ]


def test_fifty_turns_keep_what_was_sent_before():
    before = sent(ASKED)
    for conversation in grown(50):
        body = sent(conversation)
        old, new = (json.dumps(one.pop("input"))[:-1] for one in (dict(before), dict(body)))
        assert new.startswith(old)
        assert {k: v for k, v in body.items() if k != "input"} == {k: v for k, v in before.items() if k != "input"}
        before = body
    assert {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "mind the time"}]} in (
        before["input"]
    )
    kinds = [item["type"] for item in before["input"]]
    assert kinds.count("custom_tool_call_output") == kinds.count("custom_tool_call") == 17


def test_every_tool_of_every_variant_is_there():
    for model in ("gpt-5.5", "gpt-6.1-sol", "codex-auto-review", "o9"):
        profile = load_profile("codex", model)
        assert set(profile.variant.tools) <= {tool.name for tool in load_kit("codex", profile.texts.wording, {}).tools}
    assert load_profile("codex", "gpt-6.1-sol").variant.flags == {"code_mode"}
