"""What is read out of a vendor's requests: texts, tools, parameters, answers."""

from typing import Any

import pytest

from codergen.profiles.capture.observe import Answered, Text, observe

ASKED = [{"type": "text", "text": "here"}, {"type": "text", "text": "do it"}]
RESULT = {
    "type": "tool_result",
    "tool_use_id": "c1",
    "content": [{"type": "text", "text": "out"}, {"type": "image"}],
    "is_error": True,
}
CLAUDE: list[dict[str, Any]] = [
    {"model": "m", "messages": [{"role": "user", "content": "a title"}]},
    {
        "model": "m",
        "max_tokens": 9,
        "system": [{"type": "text", "text": "who"}, {"type": "text", "text": "how"}],
        "tools": [{"name": "Bash", "input_schema": {}}],
        "messages": [{"role": "user", "content": ASKED}],
    },
    {
        "model": "m",
        "max_tokens": 9,
        "system": [{"type": "text", "text": "who"}, {"type": "text", "text": "how"}],
        "tools": [{"name": "Bash", "input_schema": {}}],
        "messages": [
            {"role": "user", "content": ASKED},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "Bash", "input": {}}]},
            {
                "role": "user",
                "content": [
                    RESULT,
                    {"type": "text", "text": "remember"},
                ],
            },
        ],
    },
]  # fmt: skip

CODEX: list[dict[str, Any]] = [
    {
        "model": "m",
        "store": False,
        "tools": [],
        "input": [
            {"type": "additional_tools", "tools": [{"type": "custom", "name": "exec"}]},
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "base"}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "do it"}]},
            {"type": "function_call", "call_id": "c1", "name": "x", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "ok"},
            {"type": "custom_tool_call_output", "call_id": "c2", "output": [{"type": "input_image"}]},
        ],
    }
]

GEMINI: list[dict[str, Any]] = [
    {
        "generationConfig": {"topK": 64},
        "systemInstruction": {"role": "user", "parts": [{"text": "base"}]},
        "tools": [{"functionDeclarations": [{"name": "glob"}]}],
        "contents": [
            {"role": "user", "parts": [{"text": "context"}]},
            {"role": "user", "parts": [{"text": "do it"}]},
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "glob", "id": "c1", "response": {"error": "no"}}},
                    {"functionResponse": {"name": "glob", "id": "c2", "response": {"output": "yes"}}},
                ],
            },
        ],
    }
]


def test_claude() -> None:
    seen = observe("claude", CLAUDE, prompt="do it", model="m")
    assert seen.params == {"model": "m", "max_tokens": 9}
    assert seen.texts == (
        Text(place="system[0]", text="who"),
        Text(place="system[1]", text="how"),
        Text(place="messages[0] user[0]", text="here"),
    )
    assert seen.later == (Text(place="messages[2] user[1]", text="remember"),)
    assert seen.answers == {"c1": Answered(call_id="c1", text="out", is_error=True, media=1)}
    assert [tool["name"] for tool in seen.tools] == ["Bash"]


def test_codex() -> None:
    seen = observe("codex", CODEX, prompt="do it", model="m")
    assert seen.params == {"model": "m", "store": False}
    assert seen.texts == (Text(place="input[1] developer[0]", text="base"),)
    assert [tool["name"] for tool in seen.tools] == ["exec"]
    assert seen.answers["c1"] == Answered(call_id="c1", text="ok", is_error=None)
    assert seen.answers["c2"].media == 1


def test_gemini() -> None:
    seen = observe("gemini", GEMINI, prompt="do it", model="m")
    assert seen.params == {"generationConfig": {"topK": 64}}
    assert [text.text for text in seen.texts] == ["base", "context"]
    assert [(a.text, a.is_error) for a in seen.answers.values()] == [("no", True), ("yes", False)]


def test_a_run_without_an_agents_request_is_refused() -> None:
    with pytest.raises(ValueError, match="no request offered tools"):
        observe("claude", CLAUDE[:1], prompt="do it", model="m")
