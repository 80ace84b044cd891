"""Words that come while a turn is under way: heard once, in it, whenever they come."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.conversation import UserEntry
from codergen.errors import UsageError
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from providers.scripted import Reply, ScriptedClient, call
from providers.types import ModelRequest, user

LOOK = call("shell", json.dumps({"command": "echo hi"}))


def worker() -> ScriptedClient:
    """Calls a tool once, then answers whatever it hears."""
    return ScriptedClient(
        always=lambda request: Reply(text="ok then", tool_calls=() if len(request.messages) > 1 else (LOOK,))
    )


def heard(requests: list[ModelRequest]) -> int:
    """0-based number of the first request in which a steer is."""
    return next((n for n, request in enumerate(requests) if user("psst") in request.messages), -1)


async def turn_with_a_steer(bench: Any, path: Path, at: int) -> tuple[ScriptedClient, Session, list[str]]:
    """A turn in which the user speaks as the event number `at` is shown."""
    client, kinds = worker(), []

    def emit(event: Any) -> None:
        kinds.append(event.kind)
        if len(kinds) == at:
            session.steer("psst")

    session = Session.start(bench.setup(client), path, emit)
    bench.made.append(session)
    await session.submit("go")
    return client, session, kinds


async def test_a_steer_at_any_moment_of_a_turn_is_heard_in_it_and_once(bench: Any) -> None:
    _, _, kinds = await turn_with_a_steer(bench, bench.folder / "none.jsonl", 0)
    places: dict[int, list[str]] = {}
    for at in range(2, len(kinds)):
        client, session, _ = await turn_with_a_steer(bench, bench.folder / f"at{at}.jsonl", at)
        assert session.conversation.entries.count(UserEntry(text="psst", steer=True)) == 1, kinds[at - 1]
        assert session.conversation.entries[-2:] != (UserEntry(text="psst", steer=True),)
        assert session.state == "idle"
        places.setdefault(heard(client.requests), []).append(kinds[at - 1])
    assert places[0] == ["turn.start"]
    assert {"tool.start", "tool.output", "tool.end"} <= set(places[1])
    assert set(places[2]) == {"model.request", "model.delta", "model.usage", "model.message"}
    assert -1 not in places


async def test_a_steer_as_the_turn_ends_waits_for_the_next(bench: Any) -> None:
    _, _, kinds = await turn_with_a_steer(bench, bench.folder / "none.jsonl", 0)
    client, session, _ = await turn_with_a_steer(bench, bench.folder / "end.jsonl", len(kinds))
    assert kinds[-1] == "turn.end"
    assert heard(client.requests) == -1
    await session.submit("more")
    assert client.requests[-1].messages[-2:] == (user("more"), user("psst"))


async def test_an_idle_session_keeps_words_for_the_next_turn(bench: Any) -> None:
    client = ScriptedClient(turns=[Reply(text="ok")])
    session = bench.session(client)
    session.steer("be brief")
    session.steer("and kind")
    await session.submit("go")
    assert client.requests[0].messages == (user("go"), user("be brief"), user("and kind"))
    assert session.conversation.asked == "go"
    assert bench.kinds("model.delta")[1:6] == [
        "steer.queued", "steer.queued", "turn.start", "steer.entered", "steer.entered",
    ]  # fmt: skip


class Wait:
    """A tool that takes its time."""

    name, description, arguments = "slow", "Wait.", Arguments

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="run")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        await asyncio.sleep(0.1)
        return ToolResult(content="waited")


async def test_words_of_another_task_come_in_their_order_after_the_round(bench: Any) -> None:
    client = ScriptedClient(
        turns=[Reply(tool_calls=(call("slow", "{}"),)), Reply(text="a", delay=0.3), Reply(text="b")]
    )
    session = bench.session(client, Wait())

    async def talk() -> None:
        while not bench.data("tool.start"):
            await asyncio.sleep(0.01)
        session.steer("one")
        await asyncio.sleep(0.02)
        session.steer("two")
        while len(client.requests) < 2:
            await asyncio.sleep(0.01)
        session.steer("three")

    async with asyncio.TaskGroup() as group:
        group.create_task(talk())
        end = group.create_task(session.submit("go"))
    assert [message.role for message in client.requests[1].messages] == ["user", "assistant", "tool", "user", "user"]
    assert client.requests[1].messages[-2:] == (user("one"), user("two"))
    assert client.requests[2].messages[-1] == user("three")
    assert end.result().text == "b"


async def test_follow_ups_are_turns_of_their_own_in_order(bench: Any) -> None:
    client = ScriptedClient(turns=[Reply(text="first"), Reply(text="second"), Reply(text="third")])
    session = bench.session(client)
    session.follow_up("then this")
    session.follow_up("and this")
    end = await session.submit("go")
    assert end.text == "third"
    assert [data["text"] for data in bench.data("turn.start")] == ["go", "then this", "and this"]
    assert [data.get("follow_up") for data in bench.data("turn.start")] == [None, 1, 2]
    assert [data["text"] for data in bench.data("turn.end")] == ["first", "second", "third"]
    assert session.conversation.asked == "and this"


@pytest.mark.parametrize("stop", ["length", "refusal", "content_filter"])
async def test_nothing_follows_an_answer_that_is_not_whole(bench: Any, stop: Any) -> None:
    session = bench.session([Reply(text="half", stop=stop), Reply(text="whole"), Reply(text="followed")])
    session.follow_up("then")
    assert (await session.submit("go")).text == "half"
    assert (await session.submit("go on")).text == "followed"


async def test_nothing_follows_a_limit_or_a_failure(bench: Any) -> None:
    turns = [Reply(tool_calls=(LOOK,)), Reply(text="never")]
    session = bench.session(turns, limits=SessionLimits(turns=1))
    session.follow_up("then")
    assert (await session.submit("go")).status == "limit"
    slow = bench.session([Reply(text="slow answer in pieces", pause=0.2)])
    slow.follow_up("then")
    task = asyncio.create_task(slow.submit("go"))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [data["text"] for data in bench.data("turn.start")] == ["go", "go"]
    assert slow.state == "idle"


async def test_words_that_were_not_heard_survive_the_process(bench: Any) -> None:
    session = bench.session([Reply(text="ok")])
    await session.submit("go")
    session.steer("psst")
    session.follow_up("then")
    await session.close()
    client = ScriptedClient(turns=[Reply(text="heard"), Reply(text="done")])
    again = bench.resume(client, bench.journal)
    again.steer("and this")
    assert (await again.submit("go on")).text == "done"
    assert client.requests[0].messages[-3:] == (user("go on"), user("psst"), user("and this"))
    assert client.requests[1].messages[-1] == user("then")
    await again.close()
    last = bench.resume([Reply(text="only this")], bench.journal)
    assert (await last.submit("anything left?")).text == "only this"
    assert last._record.waiting.count == 3


async def test_a_closed_session_hears_nothing(bench: Any) -> None:
    session = bench.session([])
    await session.close()
    for say in (session.steer, session.follow_up):
        with pytest.raises(UsageError, match="closed"):
            say("hello?")
    with pytest.raises(UsageError, match="closed"):
        session.change(model="m-2")


async def test_a_running_session_is_not_closed_under_its_turn(bench: Any) -> None:
    session = bench.session([Reply(text="slow answer in pieces", pause=0.05)])
    task = asyncio.create_task(session.submit("go"))
    await asyncio.sleep(0.02)
    with pytest.raises(UsageError, match="running"):
        await session.close()
    assert (await task).text == "slow answer in pieces"
