"""Every family lays out a conversation that was compacted or rewound as if it had never been longer."""

import json
from importlib.resources import files

import pytest

from codergen.conversation import AssistantEntry, Conversation, ToolEntry, UserEntry, compacted
from codergen.profiles.families import load_profile
from codergen.profiles.profile import Ask, Frame
from codergen.profiles.surroundings import Surroundings
from providers.types import Message, ModelRequest, TextPart, ToolCallPart

MODELS = {"claude": "claude-opus-5-5", "codex": "gpt-5.5", "gemini": "gemini-3.1-pro-preview"}


def grown(count: int) -> list[Conversation]:
    """A session round by round."""
    told = Conversation().add(UserEntry(text="the task"))
    out = [told]
    for number in range(count):
        part = ToolCallPart(id=f"c{number}", name="Read", arguments=json.dumps({"n": number}))
        said = AssistantEntry(message=Message(role="assistant", parts=(TextPart(text="t"), part)), by="model")
        told = told.add(said, ToolEntry(call_id=part.id, name="Read", content=f"result {number}"))
        out.append(told)
    return out


DATA = files("codergen.profiles") / "data"


@pytest.mark.parametrize("family", [name for name in MODELS if (DATA / f"{name}.toml").is_file()])
def test_a_shorter_conversation_leaves_nothing_of_the_longer_one(family: str) -> None:
    model = MODELS[family]
    where = Surroundings(cwd="/w", date="2026-11-23", timezone="Etc/UTC", platform="linux", os="Linux", shell="bash")
    frame = Frame(model=model, root="/w", surroundings=where, session="s")

    def asked(profile: object, conversation: Conversation) -> ModelRequest:
        step = profile.request(conversation, frame)  # type: ignore[attr-defined]
        assert isinstance(step, Ask)
        return step.request

    used = load_profile(family, model)
    steps = grown(8)
    for told in steps:
        asked(used, told)
    for shorter in (compacted(steps[8], 13, "NOTE"), steps[3], compacted(steps[8], 15, "OTHER NOTE")):
        request = asked(used, shorter)
        assert request == asked(load_profile(family, model), shorter)
    assert "OTHER NOTE" in str(request)
    assert "the task" in str(request)
