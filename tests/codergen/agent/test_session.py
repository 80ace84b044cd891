"""Sessions across processes: a journal gives back what was, wherever it ends."""

import json
from dataclasses import replace
from typing import Any

import pytest

from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.conversation import INTERRUPTED, Conversation, ToolEntry, UserEntry
from codergen.errors import JournalDamaged, UsageError
from codergen.journal import read
from codergen.profiles.surroundings import GitState, InstructionFile, Skill, Surroundings
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from providers.scripted import Reply, ScriptedClient, call
from providers.types import ToolResultPart


def turns() -> list[Reply]:
    return [
        Reply(text="Look.", reasoning="hm", tool_calls=(call("write", json.dumps({"path": "a", "content": "1"})),)),
        Reply(text="Done."),
    ]


async def worked(bench: Any) -> Session:
    session = bench.session(turns())
    await session.submit("first")
    await session.close()
    return session


async def test_resume_rebuilds_conversation_and_use(bench: Any) -> None:
    before = await worked(bench)
    client = ScriptedClient(turns=[Reply(text="again")])
    after = bench.resume(client, bench.journal)
    assert after.conversation == before.conversation
    assert after.spent == before.spent
    await after.submit("second")
    assert client.requests[0].messages[:-1] == before.conversation.messages()
    await after.close()
    assert [line.kind for line in read(bench.journal).lines].count("session.resume") == 1


async def test_limits_hold_across_a_resume(bench: Any) -> None:
    await worked(bench)
    session = bench.resume([], bench.journal, limits=SessionLimits(turns=2))
    assert (await session.submit("more")).reason == "turns"


async def test_a_journal_cut_anywhere_can_be_resumed(bench: Any) -> None:
    await worked(bench)
    whole = bench.journal.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole), 97):
        path = bench.folder / f"cut{end}.jsonl"
        path.write_bytes(whole[:end])
        client = ScriptedClient(turns=[Reply(text="back")])
        session = bench.resume(client, path)
        await session.submit("go on")
        await session.close()
        assert read(path).cut is None
        for message, after in zip(client.requests[0].messages, client.requests[0].messages[1:], strict=False):
            if calls := message.tool_calls:
                assert [part.call_id for part in after.parts if isinstance(part, ToolResultPart)] == [
                    c.id for c in calls
                ]


async def test_calls_without_an_answer_are_answered_as_interrupted(bench: Any) -> None:
    await worked(bench)
    lines = bench.journal.read_bytes().splitlines(keepends=True)
    kinds = [json.loads(line)["kind"] for line in lines]
    bench.journal.write_bytes(b"".join(lines[: kinds.index("tool.start") + 1]))
    client = ScriptedClient(turns=[Reply(text="back")])
    session = bench.resume(client, bench.journal)
    await session.submit("go on")
    assert session.conversation.entries[2:4] == (
        ToolEntry(call_id="call_write", name="write", content=INTERRUPTED, is_error=True),
        UserEntry(text="go on"),
    )


async def test_an_edited_journal_is_not_resumed(bench: Any) -> None:
    await worked(bench)
    bench.journal.write_bytes(bench.journal.read_bytes().replace(b"Done.", b"Gone."))
    with pytest.raises(JournalDamaged):
        bench.resume([], bench.journal)


async def test_states(bench: Any) -> None:
    session = bench.session(turns())
    assert session.state == "idle"
    await session.submit("go")
    assert session.state == "idle"
    await session.close()
    await session.close()
    assert session.state == "closed"
    assert bench.kinds().count("session.end") == 1
    with pytest.raises(UsageError, match="closed"):
        await session.submit("go")


async def test_identity_is_the_first_line(bench: Any) -> None:
    await bench.session([], scaffolds=[]).close()
    session = bench.made[0]
    assert len(session.id) == 36
    assert session.frame.session == session.id
    assert read(bench.journal).lines[0].data == {
        "id": session.id,
        "model": "m-1",
        "api": "scripted",
        "effort": None,
        "profile": "native",
        "profile_version": "0",
        "tools": ["read", "write", "edit", "shell"],
        "scaffolds": [],
        "sandbox": "host",
    }


def test_an_unknown_scaffold_is_refused_before_anything_is_written(bench: Any) -> None:
    with pytest.raises(UsageError, match="no scaffold magic"):
        bench.session([], scaffolds=["magic"])
    assert not bench.journal.exists()


def test_empty_conversation_has_no_messages() -> None:
    assert (Conversation().messages(), Conversation().asked, Conversation().unanswered) == ((), "", ())


PLACE = Surroundings(
    cwd="/workspace", date="2026-11-23", timezone="Etc/UTC", platform="linux", os="Linux 6.1", shell="bash",
    git=GitState(branch="main", main_branch="main", user="Ada", status=" M a.py", commits=("ab12 Begin",)),
    instructions=(InstructionFile(path="/workspace/AGENTS.md", scope="project", text="Be kind.\n"),),
    skills=(Skill(name="tidy", description="Tidies.", path="/workspace/.agents/skills/tidy/SKILL.md"),),
)  # fmt: skip


async def test_a_resumed_session_is_where_it_began(bench: Any) -> None:
    before = bench.session([], surroundings=PLACE)
    await before.close()
    moved = replace(PLACE, date="2027-01-01", git=None)
    after = bench.resume([], bench.journal, surroundings=moved, session="another")
    assert after.frame.surroundings == before.frame.surroundings == PLACE
    assert after.id == after.frame.session == before.id


class Walk:
    """Goes somewhere, and says where it was."""

    name, description, arguments = "slow", "Walk.", Arguments

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="run")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        return ToolResult(content=f"from {context.state.cwd or 'home'}", state={"cwd": f"{context.state.cwd}/deeper"})


async def test_what_tools_remember_is_there_after_a_resume(bench: Any) -> None:
    walk = [Reply(tool_calls=(call("slow", "{}"),)), Reply(text="ok")]
    session = bench.session(walk, Walk())
    await session.submit("go")
    await session.close()
    client = ScriptedClient(turns=walk)
    await bench.resume(client, bench.journal, Walk()).submit("on")
    (part,) = client.requests[1].messages[-1].parts
    assert isinstance(part, ToolResultPart)
    assert part.content == "from /deeper"
