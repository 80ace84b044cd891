"""Sessions of other tools in the forms that those tools were seen to write; the words are ours."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from codergen.agent.redact import Redactor, known_secrets
from codergen.conversation import INTERRUPTED, AssistantEntry, ToolEntry, UserEntry
from codergen.errors import UsageError
from codergen.journal import read
from codergen.sessions import foreign
from codergen.sessions.export import conversation
from codergen.sessions.take_over import TakenOver, take_over
from providers.types import ReasoningPart

CLAUDE = "8871c88d-9ad9-41db-a390-ac2202014621"
CODEX = "01a20569-d25f-71d0-bb67-65dbbc5c335f"
GEMINI = "6e129f17-8a8f-4f4a-9cbb-99f390160d20"


def written(path: Path, lines: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def claude(home: Path, **more: Any) -> Path:
    def line(uuid: str, parent: str | None, kind: str, content: Any = None, **fields: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"uuid": uuid, "parentUuid": parent, "type": kind, "isSidechain": False, "cwd": "/w"}
        told |= {"sessionId": CLAUDE, "version": "2.1.330", **fields}
        if content is not None:
            told["message"] = {"role": kind, "content": content}
        if kind == "assistant":
            told["message"] |= {"model": "claude-x", "id": fields["msg"]}
        return told

    def use(id: str, name: str, **input: Any) -> dict[str, Any]:
        return {"type": "tool_use", "id": id, "name": name, "input": input}

    def result(id: str, content: Any, **fields: Any) -> list[Any]:
        return [{"type": "tool_result", "tool_use_id": id, "content": content, **fields}]

    return written(
        home / ".claude" / "projects" / "-w" / f"{CLAUDE}.jsonl",
        [
            {"type": "queue-operation", "sessionId": CLAUDE, "operation": "enqueue", "content": "fix notes"},
            line("u1", None, "user", "fix notes"),
            line("x1", "u1", "attachment", attachment={"type": "environment"}),
            line("m1", "x1", "user", "<system-reminder>\nwhere we are\n</system-reminder>", isMeta=True),
            line("a0", "m1", "assistant", [{"type": "thinking", "thinking": "hm", "signature": "s"}], msg="1"),
            line("a1", "a0", "assistant", [{"type": "text", "text": "I look."}], msg="1"),
            line("a2", "a1", "assistant", [use("toolu_a", "Bash", command="false")], msg="1"),
            line("a3", "a2", "assistant", [use("toolu_b", "Read", file_path="/w/n")], msg="1"),
            line("r1", "a2", "user", result("toolu_a", "exit 1", is_error=True)),
            line("r2", "a3", "user", result("toolu_b", [{"type": "text", "text": "one"}, {"type": "image"}])),
            line("old", "r2", "assistant", [{"type": "text", "text": "a try that was taken back"}], msg="2"),
            line("side", "r2", "assistant", [{"type": "text", "text": "an agent's"}], msg="9", isSidechain=True),
            line("a4", "r2", "assistant", [use("toolu_c", "Edit", file_path="/w/n")], msg="3"),
            line("u2", "a4", "user", [{"type": "text", "text": "go on, key " + more.get("key", "")}]),
            line("a5", "u2", "assistant", [{"type": "text", "text": "done"}], msg="4"),
            {"type": "cost-state", "sessionId": CLAUDE, "totalCostUSD": 0.1},
        ],
    )


def codex(home: Path) -> Path:
    def item(kind: str, **payload: Any) -> dict[str, Any]:
        return {"timestamp": "t", "type": "response_item", "payload": {"type": kind, **payload}}

    def said(role: str, text: str, kinds: list[str] | None = None) -> dict[str, Any]:
        part = {"type": "output_text" if role == "assistant" else "input_text", "text": text}
        passed = {"internal_chat_message_metadata_passthrough": {"content_item_kinds": kinds}} if kinds else {}
        return item("message", role=role, content=[part], **passed)

    meta = {"id": CODEX, "cwd": "/w", "cli_version": "0.169.0"}
    return written(
        home / ".codex" / "sessions" / "2026" / "11" / "22" / f"rollout-2026-11-22T22-39-10-{CODEX}.jsonl",
        [
            {"timestamp": "t", "type": "session_meta", "payload": meta},
            said("developer", "who you are"),
            said("user", "<environment_context>\n</environment_context>"),
            {"timestamp": "t", "type": "turn_context", "payload": {"model": "gpt-x"}},
            said("user", "fix it", ["user.text"]),
            item("reasoning", id="rs_1", summary=[], encrypted_content="opaque"),
            item("custom_tool_call", call_id="c1", name="apply_patch", input="*** Begin Patch"),
            item("custom_tool_call_output", call_id="c1", output=[{"type": "input_text", "text": "ok"}]),
            said("assistant", "now the rest"),
            item("function_call", call_id="c2", name="exec_command", arguments='{"cmd": "ls"}'),
            item("function_call_output", call_id="c2", output="a.py"),
            said("assistant", "done"),
            said("user", "never mind"),
            {"timestamp": "t", "type": "event_msg", "payload": {"type": "thread_rolled_back", "num_turns": 1}},
        ],
    )


def gemini(home: Path) -> Path:
    def told(id: str, kind: str, content: Any, **fields: Any) -> dict[str, Any]:
        return {"id": id, "timestamp": "t", "type": kind, "content": content, **fields}

    def done(id: str, name: str, status: str, **response: str) -> dict[str, Any]:
        reply = {"functionResponse": {"id": id, "name": name, "response": response}}
        return {"id": id, "name": name, "args": {"x": 1}, "status": status, "result": [reply]}

    path = home / ".gemini" / "tmp" / "w" / "chats" / f"session-2026-11-23T01-38-{GEMINI[:8]}.jsonl"
    calls = [done("s__1", "run_shell_command", "success", output="hi"), done("s__2", "replace", "error", error="no")]
    lines = [
        {"sessionId": GEMINI, "projectHash": "h", "kind": "main"},
        {"$set": {"messages": [told("0", "user", [{"text": "<session_context>\n</session_context>"}])]}},
        told("1", "user", [{"text": "fix notes"}]),
        told("2", "gemini", "I look.", thoughts=[{"subject": "", "description": "hm"}], model="gemini-x"),
        told("2", "gemini", "I look.", thoughts=[], model="gemini-x", toolCalls=calls),
        told("3", "user", [{"functionResponse": {"id": "s__1", "name": "n", "response": {"output": "hi"}}}]),
        told("4", "gemini", "wrong way"),
        {"$rewindTo": "4"},
        told("5", "gemini", "all done", model="gemini-x"),
        {"$set": {"lastUpdated": "t"}},
    ]
    (path.parent.parent).mkdir(parents=True)
    (path.parent.parent / ".project_root").write_text("/w")
    return written(path, lines)


MAKERS = {"claude-code": (claude, CLAUDE), "codex": (codex, CODEX), "gemini": (gemini, GEMINI)}
SHAPES = {
    "claude-code": ["fix notes", ("I look.", "Bash", "Read"), "exit 1", "one\n[image left out]", ("", "Edit"),
                    INTERRUPTED, "go on, key", ("done",)],
    "codex": ["fix it", ("", "apply_patch"), "ok", ("now the rest", "exec_command"), "a.py", ("done",)],
    "gemini": ["fix notes", ("I look.", "run_shell_command", "replace"), "hi", "no", ("all done",)],
}  # fmt: skip


def shape(path: Path) -> list[Any]:
    out: list[Any] = []
    for entry in conversation(read(path)).entries:
        match entry:
            case UserEntry():
                out.append(entry.text.strip())
            case AssistantEntry():
                assert not any(isinstance(part, ReasoningPart) for part in entry.message.parts)
                out.append((entry.message.text, *(call.name for call in entry.message.tool_calls)))
            case ToolEntry():
                out.append(entry.content)
            case _:
                raise AssertionError(entry)
    return out


@pytest.mark.parametrize("tool", MAKERS)
def test_a_session_comes_over(tool: str, tmp_path: Path) -> None:
    make, id = MAKERS[tool]
    file = make(tmp_path)
    environ = {"HOME": str(tmp_path)}
    assert foreign.locate(tool, id, environ) == foreign.locate(tool, id[:8], environ) == file
    assert foreign.locate(tool, "last", environ) == foreign.locate(tool, str(file), {}) == file
    found = foreign.read(tool, file)
    assert (found.id, found.workspace) == (id, "/w")
    assert found.model.endswith("-x")
    done = take_over(found, tmp_path / "ours.jsonl", Redactor())
    assert shape(tmp_path / "ours.jsonl") == SHAPES[tool]
    assert done.turns == (2 if tool == "claude-code" else 1)
    start = read(tmp_path / "ours.jsonl").lines[0].data
    assert (start["source"]["tool"], start["workspace"]) == (tool, "/w")


def test_secrets_stay_behind(tmp_path: Path) -> None:
    key = "Kq8-" + "0123456789abcdefghij"
    file = claude(tmp_path, key=key)
    redactor = Redactor(known=known_secrets({"X_API_KEY": key}))
    assert take_over(foreign.read("claude-code", file), tmp_path / "o.jsonl", redactor) == TakenOver(turns=2, calls=3)
    assert key not in (tmp_path / "o.jsonl").read_text()


def test_other_folders_by_variable(tmp_path: Path) -> None:
    file = codex(tmp_path)
    os.rename(tmp_path / ".codex", tmp_path / "elsewhere")
    moved = tmp_path / "elsewhere" / file.relative_to(tmp_path / ".codex")
    assert foreign.locate("codex", CODEX, {"HOME": "/none", "CODEX_HOME": str(tmp_path / "elsewhere")}) == moved


@pytest.mark.parametrize("tool", MAKERS)
def test_what_is_not_there_or_no_session_is_refused(tool: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"no session of {tool}"):
        foreign.locate(tool, "feed", {"HOME": str(tmp_path)})
    for name, content in (("a.jsonl", "{}\n"), ("b.jsonl", "no json\nat all\n"), ("c.jsonl", "")):
        (tmp_path / name).write_text(content)
        with pytest.raises(UsageError):
            foreign.read(tool, tmp_path / name)


@pytest.mark.parametrize("tool", MAKERS)
def test_a_file_that_is_being_written_is_read_to_its_last_whole_line(tool: str, tmp_path: Path) -> None:
    file = MAKERS[tool][0](tmp_path)
    file.write_bytes(file.read_bytes()[:-9])
    assert len(foreign.read(tool, file).steps) > 3
