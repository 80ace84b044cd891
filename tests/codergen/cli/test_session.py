"""`codergen session` as people call it, on journals that our own loop wrote."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from codergen.agent.checkpoints import for_session
from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.cli.main import run
from codergen.journal import Journal
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.registry import ToolSet
from codergen.tools.write import Write
from evals.accept.journal_crash import Plainest
from providers.scripted import Reply, ScriptedClient, call


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODERGEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "work").mkdir()
    return tmp_path


@pytest.fixture
def sessions(home: Path) -> Path:
    """Holds one session of two turns, each of which wrote the file `a`."""
    folder = home / "home" / "sessions"
    asyncio.run(_work(home / "work", folder / "20260102-030405-abcd.jsonl"))
    return folder


async def _work(workspace: Path, path: Path) -> None:
    sandbox = HostSandbox()
    await sandbox.start(SandboxSpec(workspace=workspace))

    def write(content: str) -> Reply:
        return Reply(tool_calls=(call("write", json.dumps({"path": "a", "content": content})),))

    setup = Setup(
        client=ScriptedClient(turns=[write("1"), Reply(text="one \x1b[31m"), write("2"), Reply(text="two")]),
        model="m-1", profile=Plainest(), sandbox=sandbox, tools=ToolSet([Write()]), workspace=workspace,
        checkpoints=for_session(path, workspace, "host"), session=path.stem,
    )  # fmt: skip
    session = Session.start(setup, path)
    for text in ("write a one " + "and so on " * 20, "write a two"):
        await session.submit(text)
    await session.close()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    def go(*words: str, code: int = 0) -> str:
        assert run(["session", *words]) == code, capsys.readouterr().err
        go.err = ""
        told = capsys.readouterr()
        go.err = told.err
        return told.out

    return go


def test_list(sessions: Path, said: Any, home: Path) -> None:
    Journal.create(sessions / "20260102-030405-abcd.agent1.jsonl").close()
    (sessions / "20250101-000000-0000.jsonl").write_text("damaged\n")
    lines = said("list").splitlines()
    assert lines[1].startswith("20260102-030405-abcd  ")
    assert "finished" in lines[1]
    assert "damaged" in lines[2]
    assert len(lines) == 3
    (row, broken) = json.loads(said("list", "--json"))["sessions"]
    assert (row["turns"], row["answers"], row["state"], row["cost_usd"]) == (2, 4, "finished", "0")
    assert (row["workspace"], row["model"], row["profile"]) == (str(home / "work"), "m-1", "crash")
    assert row["title"].startswith("write a one and so on")
    assert len(row["title"]) == 72
    assert broken["state"] == "damaged"
    assert json.loads(said("list", "--json", "--cwd", "/elsewhere"))["sessions"] == []


def test_a_session_at_work_is_said_to_be(sessions: Path, said: Any) -> None:
    journal, _ = Journal.reopen(sessions / "20260102-030405-abcd.jsonl")
    assert json.loads(said("list", "--json"))["sessions"][0]["state"] == "running"
    said("rewind", "abcd", "--to", "1", code=2)
    journal.close()


def test_show(sessions: Path, said: Any) -> None:
    page = said("show", "abcd")
    assert page.startswith("# write a one")
    assert "## User\n\nwrite a two" in page
    assert "### Call of write" in page
    assert "\x1b" not in page
    rows = said("show", "last", "--turns").splitlines()
    assert [row.split()[0] for row in rows] == ["turn", "1", "2"]
    shown = json.loads(said("show", "2026", "--json"))
    assert [turn["answer"] for turn in shown["turn_list"]] == ["one \x1b[31m", "two"]
    assert shown["conversation"][0]["kind"] == "user"
    assert "events" not in shown


def test_a_cut_tail_is_named(sessions: Path, said: Any) -> None:
    path = sessions / "20260102-030405-abcd.jsonl"
    path.write_bytes(path.read_bytes()[:-7])
    said("show", "abcd", "--turns")
    assert "was cut off" in said.err


def test_export_needs_nothing_else(sessions: Path, said: Any, tmp_path: Path) -> None:
    whole = json.loads(said("export", "abcd"))
    assert whole["schema"] == "codergen.session/1"
    assert whole["head"] == whole["events"][-1]["hash"]
    assert [event["seq"] for event in whole["events"]] == list(range(len(whole["events"])))
    said("export", "abcd", "--format", "markdown", "-o", str(tmp_path / "out.md"))
    assert (tmp_path / "out.md").read_text().startswith("# write a one")
    assert (tmp_path / "out.md").stat().st_mode & 0o777 == 0o600


def test_rewind_and_undo(sessions: Path, said: Any, home: Path) -> None:
    file = home / "work" / "a"
    told = said("rewind", "abcd", "--to", "1", "--both")
    assert "rewound to the end of turn 1: the conversation" in told
    assert "written: a" in told
    assert file.read_text() == "1"
    assert json.loads(said("show", "abcd", "--json"))["turns"] == 1
    done = json.loads(said("rewind", "abcd", "--undo", "--json"))
    assert (done["turn"], done["conversation"], done["written"]) == (None, True, ["a"])
    assert file.read_text() == "2"
    assert json.loads(said("show", "abcd", "--json"))["turns"] == 2
    said("rewind", "abcd", "--to", "0")
    assert file.read_text() == "2"
    said("rewind", "abcd", "--to", "9", code=2)
    assert "there is no turn 9" in said.err


def test_files_that_are_not_here_are_refused_with_a_way_out(sessions: Path, said: Any, home: Path) -> None:
    (home / "work" / "a").unlink()
    (home / "work").rmdir()
    said("rewind", "abcd", "--to", "1", "--files", code=2)
    assert "--conversation" in said.err
    said("rewind", "abcd", "--to", "1", "--conversation")


def test_fork(sessions: Path, said: Any) -> None:
    before = (sessions / "20260102-030405-abcd.jsonl").read_bytes()
    made = json.loads(said("fork", "abcd", "--at", "1", "--json"))
    assert (made["turns"], made["parent"]["id"]) == (1, "20260102-030405-abcd")
    assert (sessions / "20260102-030405-abcd.jsonl").read_bytes() == before
    assert json.loads(said("show", made["id"], "--json"))["parent"]["id"] == "20260102-030405-abcd"


def test_import(said: Any, home: Path) -> None:
    lines = [
        {"type": "session_meta", "payload": {"id": "01a2-x", "cwd": "/w", "cli_version": "1"}},
        {"type": "response_item", "payload": {"type": "message", "role": "user", "content": [{"text": "fix it"}]}},
        {"type": "response_item", "payload": {"type": "message", "role": "assistant", "content": [{"text": "done"}]}},
    ]
    file = home / "rollout.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    made = json.loads(said("import", "codex", str(file), "--json"))
    assert (made["turns"], made["calls"], made["source_id"]) == (1, 0, "01a2-x")
    assert "imported from: codex" in said("show", made["id"])
    said("import", "gemini", str(file), code=2)
    said("import", "claude-code", "nope", code=2)
    assert "no session of claude-code" in said.err


def test_which(sessions: Path, said: Any) -> None:
    for which in ("20260102-030405-abcd", "20260102", "abcd", "last"):
        said("show", which, "--turns")
    for which in ("", ".", "/", "..", "zzzz"):
        said("show", which, code=2)


def test_nothing_yet(home: Path, said: Any) -> None:
    assert said("list") == ""
    assert "no sessions" in said.err
    said("show", "last", code=2)


def test_a_file_that_cannot_be_written_is_named(sessions: Path, said: Any) -> None:
    said("export", "last", "--out", str(sessions / "none" / "x"), code=2)
    assert "No such file" in said.err and "fault" not in said.err
