"""The end at a limit: one last answer, of bounded size, and never a call more."""

import json
from decimal import Decimal
from typing import Any

import pytest

from codergen.agent.limits import SessionLimits, Spent, apply
from codergen.agent.loop import CONCLUDING_TOKENS
from providers.errors import ServerFault
from providers.retry import NO_RETRY
from providers.scripted import Reply, ScriptedClient, call
from providers.types import ModelRequest, Usage

LOOK = call("shell", json.dumps({"command": "true"}))


def tireless(last: Reply) -> ScriptedClient:
    """Calls a tool as long as it may."""

    def play(request: ModelRequest) -> Reply:
        if request.tool_choice == "none":
            return last
        return Reply(tool_calls=(LOOK,), usage=Usage(input=90, output=10), cost_usd=Decimal("0.25"))

    return ScriptedClient(always=play)


@pytest.mark.parametrize(
    ("limits", "reason", "calls"),
    [
        (SessionLimits(turns=3), "turns", 3),
        (SessionLimits(tokens=150), "tokens", 2),
        (SessionLimits(usd=Decimal("0.5")), "usd", 2),
        (SessionLimits(tool_calls=2), "tool_calls", 2),
    ],
)
async def test_the_model_concludes_in_one_answer(bench: Any, limits: SessionLimits, reason: str, calls: int) -> None:
    client = tireless(Reply(text="Half of it is done."))
    session = bench.session(client, limits=limits, scaffolds={"last_chance"})
    end = await session.submit("never stop")
    assert (end.status, end.reason, end.text) == ("limit", reason, "Half of it is done.")
    assert len(client.requests) == calls + 1
    last = client.requests[-1]
    assert (last.tool_choice, last.tools, last.max_output_tokens) == (
        "none",
        client.requests[0].tools,
        CONCLUDING_TOKENS,
    )
    assert last.messages[-1].role == "system"
    assert bench.data("limit.reached")[0]["allowed"] in last.messages[-1].text
    assert session.conversation.entries[-1].message.text == "Half of it is done."


async def test_a_turn_without_work_has_nothing_to_conclude(bench: Any) -> None:
    client = tireless(Reply(text="Half."))
    session = bench.session(client, limits=SessionLimits(turns=1), scaffolds={"last_chance"})
    await session.submit("go")
    asked = len(client.requests)
    end = await session.submit("go on")
    assert (end.reason, end.text) == ("turns", "stopped at the limit of 1 answers")
    assert len(client.requests) == asked


async def test_a_last_chance_that_fails_is_still_the_limit(bench: Any) -> None:
    client = tireless(Reply(error=ServerFault("down")))
    session = bench.session(client, limits=SessionLimits(turns=1), scaffolds={"last_chance"}, retry=NO_RETRY)
    end = await session.submit("go")
    assert (end.status, end.reason, end.text) == ("limit", "turns", "stopped at the limit of 1 answers")
    assert [data["error"] for data in bench.data("limit.unconcluded")] == ["server_fault"]


async def test_calls_in_a_last_answer_are_not_run(bench: Any) -> None:
    made = call("shell", json.dumps({"command": "touch late"}), id="late")
    client = tireless(Reply(text="One more:", tool_calls=(made,)))
    session = bench.session(client, limits=SessionLimits(turns=1), scaffolds={"last_chance"})
    assert (await session.submit("go")).text == "One more:"
    assert not (bench.workspace / "late").exists()
    await session.submit("and?")
    assert session.conversation.unanswered == ()


async def test_out_of_time_nobody_is_asked(bench: Any) -> None:
    def play(request: ModelRequest) -> Reply:
        assert request.tool_choice == "auto"
        return Reply(tool_calls=(call("shell", json.dumps({"command": "sleep 5"})),))

    session = bench.session(ScriptedClient(always=play), limits=SessionLimits(seconds=0.3), scaffolds={"last_chance"})
    assert (await session.submit("go")).reason == "seconds"
    assert bench.data("note") == []


async def test_time_that_ends_in_the_last_answer_leaves_the_reason(bench: Any) -> None:
    client = tireless(Reply(text="too slow", delay=5))
    limits = SessionLimits(turns=1, seconds=1.5)
    end = await bench.session(client, limits=limits, scaffolds={"last_chance"}).submit("go")
    assert (end.status, end.reason) == ("limit", "turns")
    assert [data["limit"] for data in bench.data("limit.reached")] == ["turns"]


def test_money_of_agents_is_the_sessions_but_their_answers_are_not() -> None:
    usage = {"id": "a", "model": "m", "usage": {"input": 3, "output": 2}, "cost_usd": "0.5"}
    spent = apply(Spent(), "agent.usage", usage)
    assert spent == Spent(usage=Usage(input=3, output=2), usd=Decimal("0.5"))
    assert apply(spent, "agent.usage", usage | {"cost_usd": None}).unpriced == 1
    assert apply(spent, "tool.end", {}).tool_calls == 1
