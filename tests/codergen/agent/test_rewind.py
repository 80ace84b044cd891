"""Going back in conversation and files, and forward again; forks."""

import json
from pathlib import Path
from typing import Any

import pytest

from codergen.agent.checkpoints import CheckpointLimits, Checkpoints, for_session
from codergen.agent.fork import fork
from codergen.agent.history import after_turn, live, turns
from codergen.agent.redact import Redactor
from codergen.agent.rewind import rewind, undo
from codergen.conversation import NoteEntry
from codergen.errors import JournalDamaged, UsageError
from codergen.journal import read
from codergen.sandbox.base import ExecRequest, SandboxSpec
from codergen.sandbox.bubblewrap import BubblewrapSandbox
from codergen.sessions.foreign.steps import Answered, Asked, Called, Found, Said
from codergen.sessions.take_over import take_over
from providers.scripted import Reply, ScriptedClient, call
from providers.types import Usage, user


def writes(path: str, content: str) -> Reply:
    return Reply(text=f"Write {content}.", tool_calls=(call("write", json.dumps({"path": path, "content": content})),))


SCRIPT = [
    writes("a", "1"), Reply(text="one"),
    writes("a", "2"), Reply(text="two"),
    Reply(tool_calls=(call("shell", json.dumps({"command": "rm a; echo 3 > b"})),)), Reply(text="three"),
]  # fmt: skip


def files(bench: Any) -> dict[str, str]:
    return {p.name: p.read_text() for p in bench.workspace.iterdir()}


def store(bench: Any) -> Checkpoints:
    return for_session(bench.journal, bench.workspace, "host")


async def worked(bench: Any, *, keep: bool = True) -> list[Any]:
    """Three turns; the conversation after each."""
    session = bench.session(
        ScriptedClient(turns=SCRIPT), workspace=bench.workspace, checkpoints=store(bench) if keep else None
    )
    after = [session.conversation]
    for text in ("first", "second", "third"):
        await session.submit(text)
        after.append(session.conversation)
    await session.close()
    return after


STATES = [{}, {"a": "1"}, {"a": "2"}, {"b": "3\n"}]


async def again(bench: Any) -> Any:
    session = bench.resume([], bench.journal)
    told = session.conversation
    await session.close()
    return told


async def test_there_and_back(bench: Any) -> None:
    after = await worked(bench)
    assert files(bench) == STATES[3]
    done = await rewind(bench.journal, to=1, what="both", files=store(bench))
    assert (done.turn, done.conversation, done.written, done.removed) == (1, True, ("a",), ("b",))
    assert (await again(bench), files(bench)) == (after[1], STATES[1])
    await undo(bench.journal, store(bench))
    assert (await again(bench), files(bench)) == (after[3], STATES[3])
    await undo(bench.journal, store(bench))
    assert (await again(bench), files(bench)) == (after[1], STATES[1])
    await rewind(bench.journal, to=0, what="both", files=store(bench))
    assert (await again(bench), files(bench)) == (after[0], STATES[0])
    await undo(bench.journal, store(bench))
    assert (await again(bench), files(bench)) == (after[1], STATES[1])


async def test_a_rewound_session_goes_on_and_costs_what_it_cost(bench: Any) -> None:
    after = await worked(bench)
    await rewind(bench.journal, to=1, what="both", files=store(bench))
    client = ScriptedClient(turns=[writes("a", "9"), Reply(text="nine")])
    session = bench.resume(client, bench.journal, workspace=bench.workspace, checkpoints=store(bench))
    assert session.spent.turns == 6
    await session.submit("other")
    await session.close()
    assert client.requests[0].messages == (*after[1].messages(), user("other"))
    assert [turn.text for turn in turns(live(read(bench.journal).lines))] == ["first", "other"]
    assert session.spent.usage == Usage(input=80, output=40)
    assert files(bench) == {"a": "9"}
    await rewind(bench.journal, to=1, what="both", files=store(bench))
    assert (await again(bench), files(bench)) == (after[1], STATES[1])


async def test_files_alone_tell_the_model(bench: Any) -> None:
    after = await worked(bench)
    done = await rewind(bench.journal, to=2, what="files", files=store(bench))
    assert (done.conversation, files(bench)) == (False, STATES[2])
    told = await again(bench)
    assert told.entries[:-1] == after[3].entries
    assert isinstance(told.entries[-1], NoteEntry)
    assert told.entries[-1].about == "files_rewound"
    await rewind(bench.journal, to=3, what="files", files=store(bench))
    assert files(bench) == STATES[3]


async def test_conversation_alone_leaves_the_files(bench: Any) -> None:
    after = await worked(bench)
    await rewind(bench.journal, to=2, what="conversation", files=None)
    assert (await again(bench), files(bench)) == (after[2], STATES[3])


async def test_what_a_person_changed_meanwhile_comes_back_with_the_undo(bench: Any) -> None:
    await worked(bench)
    (bench.workspace / "own").write_text("by hand")
    await rewind(bench.journal, to=1, what="both", files=store(bench))
    assert files(bench) == STATES[1]
    await undo(bench.journal, store(bench))
    assert files(bench) == STATES[3] | {"own": "by hand"}


async def test_what_cannot_be_is_refused_and_nothing_changes(bench: Any) -> None:
    await worked(bench, keep=False)
    before = bench.journal.read_bytes()
    for to, what, words in ((7, "both", "no turn 7"), (1, "files", "no files were kept")):
        with pytest.raises(UsageError, match=words):
            await rewind(bench.journal, to=to, what=what, files=store(bench))
    with pytest.raises(UsageError, match="never rewound"):
        await undo(bench.journal, None)
    assert bench.journal.read_bytes() == before
    session = bench.resume([], bench.journal)
    with pytest.raises(UsageError, match="another process"):
        await rewind(bench.journal, to=1, what="conversation", files=None)
    await session.close()


async def test_checkpoints_come_before_calls_that_may_change_files(bench: Any) -> None:
    session = bench.session(
        [
            Reply(tool_calls=(call("read", json.dumps({"path": "a"})),)),
            writes("a", "1"),
            Reply(text="done"),
        ],
        checkpoints=store(bench),
    )
    await session.submit("x")
    kinds = bench.kinds("model.delta", "model.request", "model.usage")
    assert kinds.count("checkpoint") == 1
    assert kinds[kinds.index("checkpoint") + 1] == "tool.start"
    assert bench.data("tool.start")[1]["name"] == "write"


async def test_a_fork_goes_on_from_a_turn_and_leaves_its_parent_alone(bench: Any) -> None:
    after = await worked(bench)
    before = bench.journal.read_bytes()
    target = bench.folder / "fork.jsonl"
    start = fork(bench.journal, target, at=2)
    lines = read(bench.journal).lines
    assert start["parent"] == {
        "id": "session",
        "seq": after_turn(live(lines), 2),
        "hash": lines[start["parent"]["seq"]].hash,
    }
    client = ScriptedClient(turns=[Reply(text="on")])
    session = bench.resume(client, target)
    assert (session.conversation, session.id) == (after[2], "fork")
    assert (session.spent.turns, session.spent.usage, session.spent.seconds) == (0, Usage(), 0.0)
    await session.submit("else")
    await session.close()
    assert bench.journal.read_bytes() == before
    own = for_session(target, bench.workspace, "host")
    await rewind(target, to=1, what="both", files=own)
    assert files(bench) == STATES[1]


async def test_a_fork_of_a_damaged_journal_is_refused(bench: Any, tmp_path: Path) -> None:
    await worked(bench)
    bench.journal.write_bytes(bench.journal.read_bytes().replace(b"first", b"worst"))
    with pytest.raises(JournalDamaged):
        fork(bench.journal, tmp_path / "f.jsonl")
    assert not (tmp_path / "f.jsonl").exists()


async def test_a_session_goes_on_at_another_service(bench: Any) -> None:
    thought = Reply(text="one", reasoning="only mine")
    session = bench.session(ScriptedClient(turns=[thought], api="one"))
    await session.submit("first")
    await session.close()
    client = ScriptedClient(turns=[Reply(text="two")], api="other", context_tokens=1_000_000)
    resumed = bench.resume(client, bench.journal, model="other-1")
    await resumed.submit("second")
    await resumed.close()
    assert [message.text for message in client.requests[0].messages] == ["first", "one", "second"]
    starts = [line.data for line in read(bench.journal).lines if line.kind in {"session.start", "session.resume"}]
    assert [(data["api"], data["model"]) for data in starts] == [("one", "m-1"), ("other", "other-1")]


async def test_a_session_of_another_tool_goes_on_here(bench: Any) -> None:
    steps = (
        Asked(text="fix it"), Called(id="c 1", name="exec", arguments='{"input": "ls"}'),
        Answered(id="c 1", content="a"), Said(text="fixed"),
    )  # fmt: skip
    take_over(Found(tool="codex", id="x", steps=steps), bench.journal, Redactor())
    client = ScriptedClient(turns=[Reply(text="here")])
    session = bench.resume(client, bench.journal)
    await session.submit("and now?")
    told = client.requests[0].messages
    assert [message.role for message in told] == ["user", "assistant", "tool", "assistant", "user"]
    assert told[1].tool_calls[0].id == told[2].parts[0].call_id == "c_1"


async def test_a_workspace_that_is_too_large_is_told_of_once(bench: Any) -> None:
    kept = store(bench)
    kept.limits = CheckpointLimits(files=0)
    (bench.workspace / "there").write_text("x")
    session = bench.session([writes("a", "1"), writes("a", "2"), Reply(text="done")], checkpoints=kept)
    await session.submit("x")
    assert bench.kinds().count("checkpoint.skipped") == 1
    assert files(bench)["a"] == "2"


async def test_files_in_bubblewrap_come_back_as_its_own(bench: Any, tmp_path: Path) -> None:
    workspace = tmp_path / "boxed"
    workspace.mkdir()
    (workspace / "mine").write_text("1")
    sandbox = BubblewrapSandbox()
    started = await sandbox.start(SandboxSpec(workspace=workspace))
    try:
        kept = for_session(bench.journal, workspace, sandbox.name)
        commands = ("rm mine; echo 2 > theirs; chmod 640 theirs", "rm theirs")
        calls = [Reply(tool_calls=(call("shell", json.dumps({"command": text})),)) for text in commands]
        script = [calls[0], Reply(text="one"), calls[1], Reply(text="two")]
        given = {"sandbox": sandbox, "root": started.inside, "workspace": workspace, "checkpoints": kept}
        session = bench.session(ScriptedClient(turns=script), **given)
        await session.submit("first")
        before = (workspace / "theirs").stat()
        await session.submit("second")
        await session.close()
        await rewind(bench.journal, to=1, what="both", files=kept)
        after = (workspace / "theirs").stat()
        assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
        done = await sandbox.exec(ExecRequest(argv=("/bin/sh", "-c", "cat theirs && echo 3 >> theirs && ls")))
        assert (done.stdout, done.exit_code) == (b"2\ntheirs\n", 0)
        await rewind(bench.journal, to=0, what="both", files=kept)
        assert [path.name for path in workspace.iterdir()] == ["mine"]
    finally:
        await sandbox.stop()
