"""A captured harness as a profile: the vendor's words where they were learned, ours elsewhere."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from codergen.conversation import Conversation, UserEntry
from codergen.profiles.capture.observe import Text
from codergen.profiles.capture.profile import SYSTEM, captured_profile
from codergen.profiles.capture.store import Captured
from codergen.profiles.families import load_profile
from codergen.profiles.profile import Ask, Frame
from codergen.tools.wording import said

MODELS = {"claude": "claude-opus-5-5", "codex": "gpt-5.5", "gemini": "gemini-3.1-pro-preview"}
TOOLS: Mapping[str, Mapping[str, Any]] = {
    "claude": {"name": "Read", "description": "Theirs.", "input_schema": {"type": "object", "x": 1}},
    "codex": {"type": "custom", "name": "apply_patch", "description": "Theirs.", "format": {
        "type": "grammar", "syntax": "lark", "definition": "start: theirs"}},
    "gemini": {"name": "read_file", "description": "Theirs.", "parametersJsonSchema": {"type": "object", "x": 1}},
}  # fmt: skip


def captured(family: str) -> Captured:
    texts = tuple(Text(place=place, text="You work in @CWD@.") for place in SYSTEM[family])
    return Captured(
        family=family,
        version="9.9.9",
        dated=date(2026, 11, 23),
        model=MODELS[family],
        params={},
        texts=texts,
        tools=(TOOLS[family], {"name": "Unknown", "description": "Not ours."}),
        wording={"Read.missing": "Gone: {path}"} if family == "claude" else {},
    )


@pytest.mark.parametrize("family", MODELS)
def test_their_prompt_and_tools_go_out_with_the_sessions_own_facts(family: str) -> None:
    built_in = load_profile(family, MODELS[family])
    profile = captured_profile(captured(family), built_in)
    frame = Frame(model=MODELS[family], root="/here", tools=profile.facts.specs)
    step = profile.request(Conversation(entries=(UserEntry(text="go"),)), frame)
    assert isinstance(step, Ask)
    told = step.request.system + "".join(message.text for message in step.request.messages)
    assert "You work in /here." in told
    assert "@CWD@" not in told
    name = str(TOOLS[family]["name"])
    spec = next(spec for spec in step.request.tools if spec.name == name)
    ours = next(spec for spec in built_in.facts.specs if spec.name == name)
    assert spec.description == "Theirs."
    assert (spec.parameters, spec.grammar) != (ours.parameters, ours.grammar)
    assert [spec.name for spec in profile.facts.specs] == [spec.name for spec in built_in.facts.specs]
    assert profile.facts.version != built_in.facts.version


def test_what_was_learned_is_said_in_their_words() -> None:
    built_in = load_profile("claude", MODELS["claude"])
    profile = captured_profile(captured("claude"), built_in)
    assert profile.texts.wording.text(said("Read.missing", path="/a")) == "Gone: /a"
    assert profile.texts.wording.templates.keys() >= built_in.texts.wording.templates.keys()
