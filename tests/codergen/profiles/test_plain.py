"""The profile `plain` over a real workspace: scripted answers, real checks, real files."""

import json
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from codergen.agent.limits import SessionLimits
from codergen.agent.session import Session
from codergen.agent.setup import Setup
from codergen.agent.turn import TurnEnd
from codergen.conversation import AssistantEntry
from codergen.profiles import plain_data
from codergen.profiles.plain import SCAFFOLDS, load_plain
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from codergen.tools.check import Check, Environment
from codergen.tools.check_tool import CheckArguments, RunChecks
from codergen.tools.edit import Edit
from codergen.tools.read import Read
from codergen.tools.registry import ToolSet
from providers.scripted import Reply, ScriptedClient
from providers.types import ModelRequest

HERE = Environment(python=sys.executable, mounts=(), path=())
STATS = '''"""Numbers."""
PAD = 1


def total(xs):
    return sum(xs)


def mean(xs):
    """Average."""
    return total(xs) / (len(xs) + PAD)
'''
TESTS = """import unittest
from stats import mean, total


class T(unittest.TestCase):
    def test_mean(self):
        self.assertEqual(mean([1, 2, 3]), 2)

    def test_total(self):
        self.assertEqual(total([1, 2]), 3)
"""
GOOD = "def mean(xs):\n    return total(xs) / len(xs)"
WRONG = "def mean(xs):\n    return total(xs) // len(xs) + 1"
RANKED = [("stats.py", "mean", 9, 11), ("stats.py", "total", 5, 6)]


class Ranked:
    """`locate` with an answer made by hand."""

    name, description, arguments = "locate", "Rank.", Arguments

    def __init__(self, ranked: Sequence[tuple[str, str, int, int]]) -> None:
        self._ranked = ranked

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="run")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        functions = [{"path": p, "qualname": q, "start": s, "end": e, "score": 1.0} for p, q, s, e in self._ranked]
        return ToolResult(content="", details={"functions": functions, "tests": [], "failure": ""})


class BreaksOnce(RunChecks):
    """A check whose second run breaks by a fault of ours."""

    runs = 0

    async def run(self, args: CheckArguments, context: ToolContext) -> ToolResult:
        self.runs += 1
        if self.runs == 2:
            raise RuntimeError("gone")
        return await super().run(args, context)


@dataclass(slots=True)
class Shop:
    """One workspace with one bug."""

    workspace: Path
    sandbox: HostSandbox
    client: ScriptedClient = field(default_factory=ScriptedClient)
    session: Session | None = None
    ranked: Sequence[tuple[str, str, int, int]] = tuple(RANKED)
    check: type[RunChecks] = RunChecks

    async def run(self, answers: Sequence[str | Reply], **changes: Any) -> TurnEnd:
        turns = [Reply(text=a) if isinstance(a, str) else a for a in answers]
        self.client = ScriptedClient(turns=turns, features=changes.pop("features", frozenset({"grammar"})))
        check = self.check([Check(command="python -m unittest -q")], HERE)
        tools = ToolSet([check, Ranked(self.ranked), Read(), Edit()])
        given: dict[str, Any] = {"client": self.client, "model": "m", "profile": load_plain(), "sandbox": self.sandbox}
        journal = self.workspace.parent / "session.jsonl"
        self.session = Session.start(Setup(tools=tools, **given | changes), journal)
        try:
            return await self.session.submit("The mean is too small.")
        finally:
            await self.session.close()
            self.client.check_consumed()

    def asked(self, number: int) -> str:
        return self.client.requests[number].messages[0].text

    @property
    def source(self) -> str:
        return (self.workspace / "stats.py").read_text()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "stats.py").write_text(STATS)
    (workspace / "test_stats.py").write_text(TESTS)
    sandbox = HostSandbox()
    await sandbox.start(SandboxSpec(workspace=workspace))
    yield Shop(workspace, sandbox)
    await sandbox.stop()


def calls(shop: Shop) -> list[tuple[str, str]]:
    """Who made which calls, in order."""
    assert shop.session is not None
    entries = shop.session.conversation.entries
    said = [entry for entry in entries if isinstance(entry, AssistantEntry)]
    return [(entry.by, " ".join(call.name for call in entry.message.tool_calls)) for entry in said]


async def test_the_right_function_is_put_in_and_checked(shop: Shop) -> None:
    end = await shop.run([GOOD])
    assert (end.status, end.reason) == ("finished", "check_passed")
    assert shop.source == STATS.replace("(len(xs) + PAD)", "len(xs)")
    assert calls(shop) == [
        ("harness", "check"),
        ("harness", "locate"),
        ("harness", "read"),
        ("translated", "edit"),
        ("harness", "check"),
    ]


async def test_the_request_is_one_function_with_its_failure(shop: Shop) -> None:
    await shop.run([GOOD])
    (request,) = shop.client.requests
    text = request.messages[0].text
    assert text.startswith("The mean is too small.")
    assert "def mean(xs):\n    return total(xs) / (len(xs) + PAD)" in text
    assert "PAD = 1\ndef total(xs): ..." in text
    assert "Average." in text
    assert "self.assertEqual(mean([1, 2, 3]), 2)\nAssertionError: 1.5 != 2" in text
    assert len(text) < 1_200
    assert request.grammar is not None
    assert 'head ::= "def mean(xs):\\n"' in request.grammar
    assert (request.temperature, request.tools) == (0.0, ())


async def test_a_wrong_rewrite_is_taken_out_and_told(shop: Shop) -> None:
    end = await shop.run([WRONG, GOOD])
    assert end.reason == "check_passed"
    assert shop.source == STATS.replace("(len(xs) + PAD)", "len(xs)")
    assert "return total(xs) // len(xs) + 1" in shop.asked(1)
    assert "AssertionError: 3 != 2" in shop.asked(1)
    assert shop.client.requests[1].temperature == 0.5
    assert shop.asked(1).startswith(shop.asked(0))


async def test_answers_that_cannot_be_used_cost_a_sample_and_no_check(shop: Shop) -> None:
    shop.ranked = RANKED[:1]
    same = "def mean(xs):\n    return total(xs) / (len(xs) + PAD)"
    end = await shop.run([same, "no idea", "def mean(xs, n):\n    return n"])
    assert end.reason == "exhausted"
    assert shop.source == STATS
    assert "same as the old function" in shop.asked(1)
    assert "not valid Python" in shop.asked(2)
    assert [made for made in calls(shop) if made[1] == "check"] == [("harness", "check")]


async def test_a_repeated_answer_is_not_checked_again(shop: Shop) -> None:
    shop.ranked = RANKED[:1]
    assert (await shop.run([WRONG, f"```python\n{WRONG}\n```", GOOD])).reason == "check_passed"
    assert "the same as an earlier answer" in shop.asked(2)
    assert len([made for made in calls(shop) if made[1] == "check"]) == 3


async def test_schedule_and_bounds(shop: Shop) -> None:
    data, _, _ = plain_data.load()
    answers = [f"def f{n}():\n    pass" for n in range(6)]
    end = await shop.run(answers)
    assert end.reason == "exhausted"
    named = ["mean" if "function `mean` with" in shop.asked(n) else "total" for n in range(6)]
    assert named == ["mean" if f == 0 else "total" for f, _ in data.schedule if f < 2]
    assert (data.functions, len(data.temperatures), len(data.schedule), data.lines) == (3, 3, 9, 60)
    assert load_plain().facts.seconds == 180


async def test_nothing_is_asked_when_the_check_passes(shop: Shop) -> None:
    (shop.workspace / "stats.py").write_text(STATS.replace("+ PAD", ""))
    assert (await shop.run([])).reason == "nothing_fails"


async def test_nothing_is_asked_when_no_function_may_change(shop: Shop) -> None:
    assert (await shop.run([], writable=lambda path: False)).reason == "no_function"


async def test_long_functions_and_tests_are_never_sent(shop: Shop) -> None:
    body = "".join(f"    x = {n}\n" for n in range(61))
    (shop.workspace / "long.py").write_text(f"def long():\n{body}")
    shop.ranked = [("long.py", "long", 1, 62), ("test_stats.py", "T.test_mean", 6, 7)]
    assert (await shop.run([])).reason == "no_function"


async def test_a_time_limit_ends_it(shop: Shop) -> None:
    end = await shop.run([Reply(text=GOOD, delay=30)], limits=SessionLimits(seconds=2))
    assert (end.status, end.reason) == ("limit", "seconds")
    assert shop.source == STATS


async def first(shop: Shop, scaffolds: frozenset[str], **changes: Any) -> list[ModelRequest]:
    await shop.run([WRONG, GOOD], scaffolds=scaffolds, **changes)
    return shop.client.requests


@pytest.mark.parametrize("name", sorted(SCAFFOLDS - {"ranked_functions"}))
async def test_a_scaffold_that_is_off_changes_what_is_sent(shop: Shop, name: str) -> None:
    one, two = await first(shop, SCAFFOLDS - {name})
    assert ("AssertionError: 1.5 != 2" in one.messages[0].text) == (name != "reproduction_packet")
    assert (one.grammar is not None) == (name != "grammar")
    assert ("was tried" in two.messages[0].text) == (name != "check_feedback")


async def test_without_ranking_functions_come_from_the_traceback(shop: Shop) -> None:
    (shop.workspace / "stats.py").write_text(STATS.replace("(len(xs) + PAD)", "nothing"))
    (shop.workspace / "test_stats.py").write_text(
        "from stats import mean\n\n\ndef test_mean():\n    assert mean([2]) == 2\n"
    )
    client = ScriptedClient(turns=[Reply(text=GOOD)])
    check = RunChecks([Check(command="python -m pytest -q -p no:cacheprovider")], HERE)
    tools = ToolSet([check, Ranked([("stats.py", "total", 5, 6)]), Read(), Edit()])
    setup = Setup(
        client=client, model="m", profile=load_plain(), sandbox=shop.sandbox, tools=tools,
        scaffolds=SCAFFOLDS - {"ranked_functions"},
    )  # fmt: skip
    session = Session.start(setup, shop.workspace.parent / "session.jsonl")
    shop.session = session
    assert (await session.submit("fix")).reason == "check_passed"
    await session.close()
    assert "locate" not in [name for _, name in calls(shop)]


@pytest.mark.parametrize(("features", "least", "most"), [(set(), 96, 999), ({"reasoning"}, 8192, 9191)])
async def test_a_model_that_thinks_has_room_for_its_thoughts(
    shop: Shop, features: set[str], least: int, most: int
) -> None:
    requests = await first(shop, SCAFFOLDS, features=frozenset(features))
    assert all(least <= (request.max_output_tokens or 0) <= most for request in requests)


async def test_no_grammar_is_sent_to_a_server_without_it(shop: Shop) -> None:
    requests = await first(shop, SCAFFOLDS, features=frozenset())
    assert [request.grammar for request in requests] == [None, None]


async def test_the_next_step_depends_on_the_conversation_alone(shop: Shop) -> None:
    await shop.run([WRONG, GOOD])
    assert shop.session is not None
    conversation, profile = shop.session.conversation, load_plain()
    frame = shop.session.frame
    again: list[str] = []
    for length in range(1, len(conversation.entries) + 1):
        part = type(conversation)(entries=conversation.entries[:length])
        if part.unanswered:
            continue
        step = profile.request(part, frame)
        assert step == load_plain().request(part, frame)
        again.append(step.kind)
    assert again == ["act"] * 3 + ["ask"] + ["act"] * 2 + ["ask", "act", "finished"]


def test_version_covers_prompts_and_data() -> None:
    facts = load_plain().facts
    assert len(facts.version) == 12
    assert facts.version == load_plain().facts.version
    assert len(facts.prompts) == len(plain_data.PlainTexts.__slots__)
    assert json.dumps(sorted(facts.scaffolds)) == (
        '["check_feedback", "grammar", "ranked_functions", "reproduction_packet"]'
    )


async def test_a_check_that_breaks_costs_a_sample_and_no_more(shop: Shop) -> None:
    shop.check = BreaksOnce
    end = await shop.run([WRONG, GOOD])
    assert (end.status, end.reason) == ("finished", "check_passed")
    assert shop.source == STATS.replace("(len(xs) + PAD)", "len(xs)")
