"""Sessions that the vendors' own tools wrote a moment ago, at a scripted service: `make peers`."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from codergen.agent.redact import Redactor
from codergen.cli.profile_launch import located, play
from codergen.conversation import AssistantEntry, ToolEntry, UserEntry
from codergen.journal import read
from codergen.sessions import foreign
from codergen.sessions.export import conversation
from codergen.sessions.take_over import take_over
from codergen.settings import load
from providers.scripted import Reply, call

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

PATCH = "*** Begin Patch\n*** Update File: notes.txt\n@@\n-alpha\n+beta\n*** End Patch"
TOOLS: dict[str, tuple[str, Any, Any]] = {
    "claude-code": (
        "claude",
        ("Bash", {"command": "echo hi; exit 3"}, False),
        ("Read", {"file_path": "notes.txt"}, False),
    ),
    "codex": ("codex", ("exec_command", {"cmd": "echo hi; exit 3"}, False), ("apply_patch", PATCH, True)),
    "gemini": (
        "gemini",
        ("run_shell_command", {"command": "echo hi; exit 3"}, False),
        ("read_file", {"file_path": "notes.txt"}, False),
    ),
}


def use(number: int, told: tuple[str, Any, bool]) -> Any:
    name, arguments, freeform = told
    part = call(name, arguments if freeform else json.dumps(arguments), id=f"toolu_{number}")
    return part if not freeform else type(part)(id=part.id, name=name, arguments=arguments, freeform=True)


@pytest.mark.parametrize("tool", TOOLS)
async def test_a_session_written_by_the_tool_itself(tool: str, tmp_path: Path) -> None:
    family, first, second = TOOLS[tool]
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "notes.txt").write_text("alpha\n")
    subprocess.run(["git", "init", "-q", str(tmp_path / "repo")], check=True)
    script = [
        Reply(text="I look.", reasoning="a thought", tool_calls=(use(1, first), use(2, second))),
        Reply(text="All done."),
    ]
    _, ran = await play(family, await located(family, load()), script, work=tmp_path, prompt="fix notes")
    assert ran.code == 0, ran.output[-2000:]
    found = foreign.read(tool, foreign.locate(tool, "last", {"HOME": str(tmp_path / "home")}))
    take_over(found, tmp_path / "ours.jsonl", Redactor())
    asked, said, *answers, last = conversation(read(tmp_path / "ours.jsonl")).entries
    assert asked == UserEntry(text="fix notes")
    assert isinstance(said, AssistantEntry)
    assert [part.name for part in said.message.tool_calls] == [first[0], second[0]]
    assert all(isinstance(answer, ToolEntry) for answer in answers)
    assert "hi" in answers[0].content
    assert isinstance(last, AssistantEntry)
    assert last.message.text == "All done."
    assert Path(found.workspace) == tmp_path / "repo"
    assert "a thought" not in (tmp_path / "ours.jsonl").read_text()
