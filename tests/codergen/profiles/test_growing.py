"""Layouts that keep what they laid out give the same bytes as those that begin anew, on whichever branch."""

import json
import random

import pytest

from codergen.conversation import AssistantEntry, Conversation, Entry, NoteEntry, ToolEntry, UserEntry
from codergen.profiles.families import load_profile
from codergen.profiles.profile import Ask, Frame
from codergen.profiles.surroundings import Surroundings
from providers.types import Message, ReasoningPart, TextPart, ToolCallPart

AROUND = Surroundings(cwd="/workspace", date="2026-11-23", timezone="Etc/UTC", platform="linux", os="L", shell="bash")
SEALED = ReasoningPart(text="hm", opaque={"of": "thought"}, provider="gemini_generate", model="m")
PROFILES = [("claude", "claude-opus-5-5"), ("claude", "claude-sonnet-4-5"), ("gemini", "gemini-3.1-pro-preview")]


def drawn(draw: random.Random, number: int) -> list[Entry]:
    """A round, a word of the user's or a note."""
    kind = draw.choice(("round", "round", "round", "silent", "user", "steer", "note"))
    if kind in {"user", "steer"}:
        return [UserEntry(text=f"word {number}", steer=kind == "steer")]
    if kind == "note":
        return [NoteEntry(text=f"note {number}", about="process")]
    ids = [f"c{number}.{n}" for n in range(draw.randint(1, 3))]
    arguments = json.dumps({"file_path": "a", "old_string": "x", "new_string": "y"})
    calls = tuple(ToolCallPart(id=id, name=draw.choice(("Edit", "Bash")), arguments=arguments) for id in ids)
    words = () if kind == "silent" else (TextPart(text=f"step {number}"),)
    said = AssistantEntry(
        message=Message(role="assistant", parts=(SEALED, *words, *calls)), by="model", stop="tool_calls"
    )
    details = {"cwd_before": "/workspace", "cwd": draw.choice(("/workspace", "/tmp"))}
    changed = draw.choice(({}, {"changed": [{"path": "/workspace/a", "lines": "1\tone"}]}))
    answers = [ToolEntry(call_id=c.id, name=c.name, content="ok", details={**details, **changed}) for c in calls]
    draw.shuffle(answers)
    return [said, *answers]


def asked(profile: object, conversation: Conversation, frame: Frame) -> object:
    step = profile.request(conversation, frame)  # type: ignore[attr-defined]
    assert isinstance(step, Ask)
    return step.request


@pytest.mark.parametrize(("family", "model"), PROFILES)
@pytest.mark.parametrize("seed", range(6))
def test_a_conversation_that_grew_is_laid_out_as_one_that_is_new(family: str, model: str, seed: int) -> None:
    draw = random.Random(seed)
    profile = load_profile(family, model)
    frame = Frame(model=model, surroundings=AROUND, session="s")
    other = Frame(model=model, session="s")
    grown = Conversation().add(UserEntry(text="begin"))
    branch = grown
    for number in range(40):
        grown = grown.add(*drawn(draw, number))
        fresh = Conversation().add(*grown.entries)
        assert asked(profile, grown, frame) == asked(profile, fresh, frame)
        if number % 7 == 0:
            assert asked(profile, grown, other) == asked(profile, Conversation().add(*grown.entries), other)
            branch = branch.add(*drawn(draw, 1000 + number))
            assert asked(profile, branch, frame) == asked(profile, Conversation().add(*branch.entries), frame)
