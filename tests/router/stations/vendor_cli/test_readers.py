"""What each tool's records mean. The records are made up after the shapes of wire.md 1.5, 2.7 and 3.5."""

from decimal import Decimal
from pathlib import Path

import pytest

from codergen.sandbox.base import ExecResult
from providers.types import Usage
from router.stations.claude_code import ClaudeCode
from router.stations.codex_cli import CodexCli
from router.stations.gemini_cli import GeminiCli
from router.stations.vendor_cli.reading import Reading
from router.stations.vendor_cli.steps import Answered, Called, Denied, Ended, Retried, Said, Started, Warned

CLAUDE, CODEX, GEMINI = ClaudeCode(), CodexCli(), GeminiCli(node=Path("/usr/bin/node"))
ENDED = ExecResult(stdout=b"", stderr=b"", exit_code=0)


def steps(vendor, *records):
    reader = vendor.reader("/workspace")
    return [step for record in records for step in reader.read(record)]


def reading(vendor, *records):
    read = Reading()
    for step in steps(vendor, *records):
        read.take(step)
    return read


def claude_call(id, name, **given):
    block = {"type": "tool_use", "id": id, "name": name, "input": given}
    return {"type": "assistant", "message": {"role": "assistant", "content": [block]}}


def claude_result(id, content, **more):
    said = more.pop("said", "")
    block = {"type": "tool_result", "tool_use_id": id, "content": content, **more}
    return {"type": "user", "message": {"role": "user", "content": [block]}, "tool_use_result": said}


CLAUDE_RECORDS = [
    (
        {"type": "system", "subtype": "init", "session_id": "s", "model": "m", "tools": ["Bash"]},
        [Started(session="s", model="m", tools=("Bash",))],
    ),
    (claude_call("t", "Bash", command="ls"), [Called(id="t", name="Bash", kind="shell", arguments={"command": "ls"})]),
    (claude_call("t", "WebFetch", url="x"), [Called(id="t", name="WebFetch", kind="other", arguments={"url": "x"})]),
    (claude_result("t", "app.py", is_error=False), [Answered(id="t", content="app.py")]),
    (
        claude_result("t", "Exit code 3\nno", is_error=True),
        [Answered(id="t", content="Exit code 3\nno", is_error=True)],
    ),
    (
        claude_result("t", "<tool_use_error>No such tool</tool_use_error>", is_error=True),
        [Answered(id="t", content="<tool_use_error>No such tool</tool_use_error>", is_error=True, ran=False)],
    ),
    (
        claude_result("t", "ok", said={"filePath": "/workspace/a/b.py", "structuredPatch": [1]}),
        [Answered(id="t", content="ok", files=("a/b.py",), details={"patch": [1]})],
    ),
    (
        claude_result("t", [{"type": "image"}, {"type": "text", "text": "seen"}]),
        [Answered(id="t", content="[image]\nseen")],
    ),
    (
        {"type": "assistant", "message": {"content": [{"type": "thinking"}, {"type": "text", "text": "Hello"}]}},
        [Said(text="Hello")],
    ),
    ({"type": "assistant", "is_api_error_message": True, "message": {"content": [{"type": "text", "text": "x"}]}}, []),
    (
        {"type": "system", "subtype": "permission_denied", "tool_use_id": "t", "tool_name": "Edit", "message": "no"},
        [Denied(id="t", tool="Edit", why="no")],
    ),
    (
        {
            "type": "system",
            "subtype": "api_retry",
            "attempt": 2,
            "retry_delay_ms": 500,
            "error_status": 529,
            "error": "e",
        },
        [Retried(why="e", status=529, attempt=2, wait=0.5)],
    ),
    ({"type": "stream_event", "event": {}}, []),
    ({"type": "later", "message": 3}, []),
    ({"type": "user", "message": "not an object"}, []),
]


@pytest.mark.parametrize(("record", "expected"), CLAUDE_RECORDS)
def test_claude_code_record(record, expected):
    assert steps(CLAUDE, record) == expected


CLAUDE_USAGE = {
    "input_tokens": 600, "cache_creation_input_tokens": 42, "cache_read_input_tokens": 300, "output_tokens": 120,
    "output_tokens_details": {"thinking_tokens": 7}, "cache_creation": {"ephemeral_1h_input_tokens": 2},
}  # fmt: skip


def test_claude_code_end_counts_and_reports():
    report = {"outcome": "done"}
    record = {
        "type": "result", "subtype": "success", "is_error": False, "result": "words", "structured_output": report,
        "usage": CLAUDE_USAGE, "total_cost_usd": 0.00507, "permission_denials": [],
    }  # fmt: skip
    usage = Usage(input=600, cache_read=300, cache_write=40, cache_write_1h=2, output=120, reasoning=7)
    assert steps(CLAUDE, record) == [
        Ended(kind="finished", text="words", output=report, usage=usage, cost_usd=Decimal("0.00507"))
    ]


@pytest.mark.parametrize(
    ("fields", "kind", "status"),
    [
        ({"subtype": "success", "is_error": True, "api_error_status": 401, "result": "no"}, "failed", 401),
        ({"subtype": "error_max_turns", "is_error": True, "errors": ["Reached"]}, "turns", None),
        ({"subtype": "error_max_budget_usd", "is_error": True}, "budget", None),
        ({"subtype": "error_during_execution", "is_error": True}, "failed", None),
        ({"subtype": "error_max_structured_output_retries", "is_error": True}, "finished", None),
    ],
)
def test_claude_code_success_is_no_success_with_is_error(fields, kind, status):
    (ended,) = steps(CLAUDE, {"type": "result", **fields})
    assert (ended.kind, ended.status) == (kind, status)


def test_claude_code_tells_of_denials_once():
    denial = {"tool_name": "Bash", "tool_use_id": "t"}
    read = reading(
        CLAUDE,
        claude_call("t", "Bash", command="touch x"),
        {"type": "system", "subtype": "permission_denied", "tool_use_id": "t", "tool_name": "Bash", "message": "no"},
        claude_result("t", "needs approval", is_error=True),
        {"type": "result", "subtype": "success", "is_error": False, "permission_denials": [denial]},
    )
    assert list(read.denials) == ["t"]
    assert not read.may_have_changed


def codex_command(id, phase, **fields):
    item = {"id": id, "type": "command_execution", "command": "/bin/sh -lc ls", "aggregated_output": "", **fields}
    return {"type": f"item.{phase}", "item": item}


CODEX_CALL = Called(id="i", name="exec_command", kind="shell", arguments={"command": "/bin/sh -lc ls"})
CHANGES = [{"path": "/workspace/app.py", "kind": "update"}, {"path": "/workspace/b/c.py", "kind": "add"}]

CODEX_RECORDS = [
    ([{"type": "thread.started", "thread_id": "t"}], [Started(session="t")]),
    (
        [
            codex_command("i", "started", status="in_progress", exit_code=None),
            codex_command("i", "completed", status="completed", exit_code=0, aggregated_output="a\n"),
        ],
        [CODEX_CALL, Answered(id="i", content="a\n", details={"exit_code": 0})],
    ),
    (
        [codex_command("i", "completed", status="failed", exit_code=3)],
        [CODEX_CALL, Answered(id="i", content="", is_error=True, details={"exit_code": 3})],
    ),
    (
        [codex_command("i", "completed", status="failed", exit_code=None)],
        [CODEX_CALL, Answered(id="i", content="", is_error=True, ran=False, details={"exit_code": None})],
    ),
    (
        [
            {
                "type": "item.completed",
                "item": {"id": "f", "type": "file_change", "changes": CHANGES, "status": "completed"},
            }
        ],
        [
            Called(id="f", name="apply_patch", kind="edit", arguments={"path": "app.py, b/c.py"}),
            Answered(id="f", content="completed", files=("app.py", "b/c.py")),
        ],
    ),
    ([{"type": "item.completed", "item": {"id": "m", "type": "agent_message", "text": "hi"}}], [Said(text="hi")]),
    ([{"type": "item.completed", "item": {"id": "r", "type": "reasoning", "text": "hm"}}], []),
    ([{"type": "item.completed", "item": {"id": "e", "type": "error", "message": "old"}}], [Warned(text="old")]),
    ([{"type": "error", "message": "Reconnecting... 1/2"}], [Retried(why="Reconnecting... 1/2")]),
    (
        [{"type": "turn.failed", "error": {"message": "unexpected status 401"}}],
        [Ended(kind="failed", text="unexpected status 401")],
    ),
    (
        [
            {
                "type": "turn.completed",
                "usage": {
                    "input_tokens": 750,
                    "cached_input_tokens": 250,
                    "output_tokens": 100,
                    "reasoning_output_tokens": 9,
                },
            }
        ],
        [Ended(kind="finished", usage=Usage(input=500, cache_read=250, output=100, reasoning=9))],
    ),
    ([{"type": "turn.started"}, {"type": "item.completed", "item": None}], []),
]


@pytest.mark.parametrize(("records", "expected"), CODEX_RECORDS)
def test_codex_records(records, expected):
    assert steps(CODEX, *records) == expected


def test_codex_without_its_code_mode_host_worked_on_nothing():
    item = {"id": "m", "type": "agent_message", "text": "Code Mode is unavailable in this session."}
    read = reading(CODEX, {"type": "item.completed", "item": item}, {"type": "turn.completed", "usage": {}})
    assert CODEX.set_up_wrongly(read, ENDED) == "its code mode host cannot be started"


@pytest.mark.parametrize("failures", [1, 3])
def test_a_sandbox_within_ours_is_told_from_commands_that_fail(failures):
    text = "bwrap: No permissions to create new namespace, likely because the kernel does not allow it"
    broken = [
        codex_command(f"i{n}", "completed", status="failed", exit_code=1, aggregated_output=text)
        for n in range(failures)
    ]
    assert CODEX.set_up_wrongly(reading(CODEX, *broken), ENDED) == "its own sandbox cannot work within ours"
    good = codex_command("ok", "completed", status="completed", exit_code=0)
    assert CODEX.set_up_wrongly(reading(CODEX, *broken, good), ENDED) == ""
    failing = codex_command("i", "completed", status="failed", exit_code=1, aggregated_output="1 failed")
    assert CODEX.set_up_wrongly(reading(CODEX, failing, failing), ENDED) == ""


GEMINI_RECORDS = [
    ([{"type": "init", "session_id": "s", "model": "m"}], [Started(session="s", model="m")]),
    ([{"type": "message", "role": "user", "content": "do it"}], []),
    ([{"type": "message", "role": "assistant", "content": "a ", "delta": True}], [Said(text="a ", piece=True)]),
    (
        [
            {"type": "tool_use", "tool_name": "replace", "tool_id": "r", "parameters": {"file_path": "app.py"}},
            {"type": "tool_result", "tool_id": "r", "status": "success"},
        ],
        [
            Called(id="r", name="replace", kind="edit", arguments={"file_path": "app.py"}),
            Answered(id="r", content="", files=("app.py",)),
        ],
    ),
    (
        [
            {"type": "tool_use", "tool_name": "replace", "tool_id": "r", "parameters": {"file_path": "app.py"}},
            {"type": "tool_result", "tool_id": "r", "status": "error", "error": {"message": "no match"}},
        ],
        [
            Called(id="r", name="replace", kind="edit", arguments={"file_path": "app.py"}),
            Answered(id="r", content="no match", is_error=True, ran=False),
        ],
    ),
    (
        [
            {
                "type": "result",
                "status": "success",
                "stats": {"input_tokens": 900, "input": 600, "cached": 300, "output_tokens": 120},
            }
        ],
        [Ended(kind="finished", usage=Usage(input=600, cache_read=300, output=120))],
    ),
    ([{"type": "result", "status": "error", "error": {"message": "no"}}], [Ended(kind="failed", text="no")]),
    (
        [{"type": "result", "status": "error", "error": {"type": "FatalTurnLimitedError", "message": "x"}}],
        [Ended(kind="turns", text="x")],
    ),
    ([{"type": "other"}], []),
]


@pytest.mark.parametrize(("records", "expected"), GEMINI_RECORDS)
def test_gemini_records(records, expected):
    assert steps(GEMINI, *records) == expected


def test_pieces_join_and_answers_are_counted_by_what_follows_a_result():
    def said(text):
        return {"type": "message", "role": "assistant", "content": text, "delta": True}

    use = {"type": "tool_use", "tool_name": "glob", "parameters": {}}
    read = reading(
        GEMINI,
        said("I "),
        said("look."),
        {**use, "tool_id": "a"},
        {**use, "tool_id": "b"},
        {"type": "tool_result", "tool_id": "a", "status": "success"},
        {"type": "tool_result", "tool_id": "b", "status": "success"},
        said("All "),
        said("done."),
    )
    assert (read.text, read.answers, read.working, read.may_have_changed) == ("All done.", 2, False, False)
