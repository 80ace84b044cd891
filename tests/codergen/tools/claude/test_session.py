"""The family in a whole session: a scripted model, real tools, and the wire that comes of it."""

import json
from itertools import pairwise
from pathlib import Path

from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.profiles.families import load_profile
from codergen.tools.registry import ToolSet
from providers.anthropic_messages.encode import body
from providers.anthropic_messages.facts import Facts
from providers.scripted import Reply, ScriptedClient
from providers.scripted import call as scripted

MODEL = "claude-opus-5-5"


def call(name, **given):
    return scripted(name, json.dumps(given))


def unmarked(message):
    blocks = [{k: v for k, v in block.items() if k != "cache_control"} for block in message["content"]]
    return {**message, "content": blocks}


async def test_a_session(bench, tmp_path: Path):
    bench.put("notes.txt", "one\n")
    bench.put("sub/CLAUDE.md", "mind this")
    bench.put("sub/a.txt", "x")

    client = ScriptedClient(
        turns=[
            Reply(text="I look", tool_calls=(call("Read", file_path="notes.txt"), call("Read", file_path="sub/a.txt"))),
            Reply(tool_calls=(call("Bash", command="cd sub && echo two >> ../notes.txt"),)),
            Reply(tool_calls=(call("Bash", command="touch ../done; exit 3", run_in_background=True),)),
            Reply(tool_calls=(call("Nope"), call("Bash", cmd="x"))),
            Reply(tool_calls=(call("Bash", command="until [ -e ../done ]; do sleep 0.1; done; sleep 0.5"),)),
            Reply(text="done"),
        ],
        features=frozenset({"tools", "mid_system"}),
    )
    tools = ToolSet(bench.kit.tools, bench.kit.refusals, bench.kit.notices)
    setup = Setup(
        client=client, model=MODEL, profile=load_profile("claude", MODEL), sandbox=bench.sandbox, tools=tools,
        root=str(bench.root),
    )  # fmt: skip
    session = Session.start(setup, tmp_path / "session.jsonl")
    end = await session.submit("go")
    await session.close()
    assert (end.status, end.text) == ("finished", "done")
    wires = [body(request, Facts(system_role=True)) for request in client.requests]
    for before, after in pairwise(wires):
        assert (before["system"], before["tools"]) == (after["system"], after["tools"])
        start = [unmarked(message) for message in before["messages"]]
        assert [unmarked(message) for message in after["messages"]][: len(start)] == start
    blocks = [(message["role"], block) for message in wires[-1]["messages"] for block in message["content"]]
    said = [(role, block.get("content", block.get("text", ""))) for role, block in blocks]
    system = [text for role, text in said if role == "system"]
    assert system[1].startswith("# Environment update\n") and system[1].endswith(f"{bench.root}/sub (was {bench.root})")
    assert system[2].startswith(f"{bench.root}/notes.txt ") and system[2].endswith("\n1\tone\n2\ttwo")
    assert any("<status>failed</status>" in text and " 3</summary>" in text for text in system[3:])
    results = [text for role, text in said if role == "user"]
    assert f"<system-reminder>\nContents of {bench.root}/sub/CLAUDE.md:\n\nmind this\n</system-reminder>" in results
    assert any("Error: " in text and text.endswith(" Nope</tool_use_error>") for text in results)
    assert any("InputValidationError: Bash " in text for text in results)
