"""A session's calls and its approver."""

import asyncio
import json
from typing import Any

from codergen.approval.gate import Answer, Gate, Policy, Question
from codergen.approval.rule import Rule
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from providers.scripted import Reply, ScriptedClient, call


def use(name: str, *, id: str = "", **arguments: Any) -> Any:
    return call(name, json.dumps(arguments), id=id)


class Person:
    """Says the same each time; keeps the questions."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.asked, self.busy = answer, list[Question](), False

    async def ask(self, question: Question, /) -> Answer:
        assert not self.busy
        self.busy = True
        await asyncio.sleep(0.01)
        self.asked.append(question)
        self.busy = False
        return self.answer


async def test_without_an_approver_calls_run_and_nothing_is_said_of_it(bench: Any) -> None:
    turns = [Reply(tool_calls=(use("shell", command="echo a > a.txt"),)), Reply(text="ok")]
    await bench.session(turns).submit("go")
    assert (bench.workspace / "a.txt").exists()
    assert "approval" not in bench.kinds()


async def test_a_refused_call_does_not_run_and_the_model_hears_why(bench: Any) -> None:
    rule = Rule(effect="deny", command=("rm",))
    (bench.workspace / "a.txt").write_text("a")
    client = ScriptedClient(
        turns=[Reply(tool_calls=(use("shell", id="1", command="ls && rm a.txt"),)), Reply(text="I see")]
    )
    end = await bench.session(client, approver=Gate(Policy(mode="auto", rules=(rule,)))).submit("go")
    assert end.status == "finished"
    assert (bench.workspace / "a.txt").exists()
    assert bench.kinds("model.delta", "model.usage", "model.request")[2:6] == [
        "model.message",
        "approval",
        "tool.start",
        "tool.end",
    ]
    assert bench.data("approval") == [
        {
            "call_id": "1",
            "name": "shell",
            "act": "run",
            "paths": (),
            "command": "ls && rm a.txt",
            "allowed": False,
            "by": "rule",
            "scope": "once",
            "rules": [{"rule": "deny command rm ...", "where": "code", "file": ""}],
            "why": "This is not allowed: a rule says: deny command rm .... (rm a.txt)",
        }
    ]
    (end_data,) = bench.data("tool.end")
    assert (end_data["content"], end_data["is_error"]) == (bench.data("approval")[0]["why"], True)


async def test_headless_the_turn_goes_on_and_the_need_is_recorded(bench: Any) -> None:
    gate = Gate(Policy())
    turns = [Reply(tool_calls=(use("write", path="a.txt", content="x"),)), Reply(text="I could not")]
    end = await asyncio.wait_for(bench.session(turns, approver=gate).submit("go"), 15)
    assert end.text == "I could not"
    assert not (bench.workspace / "a.txt").exists()
    assert [(data["allowed"], data["by"]) for data in bench.data("approval")] == [(False, "nobody")]
    assert [request.tool for request in gate.unmet] == ["write"]


class Outside:
    """A read of something outside the workspace, which may run beside others."""

    name, description, arguments = "slow", "Look outside.", Arguments

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="read", paths=("/etc/hostname",))

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        return ToolResult(content="seen")


async def test_questions_come_one_at_a_time_and_reads_still_run_together(bench: Any) -> None:
    person = Person(Answer(allow=True))
    turns = [Reply(tool_calls=tuple(use("slow", id=str(n)) for n in range(3))), Reply(text="ok")]
    await bench.session(turns, Outside(), approver=Gate(Policy(), person)).submit("go")
    assert [question.request.call_id for question in person.asked] == ["0", "1", "2"]
    assert [data["content"] for data in bench.data("tool.end")] == ["seen"] * 3


class Move:
    """As a shell whose `cd` lasts."""

    name, description, arguments = "agents", "Move.", Arguments

    def intent(self, args: Arguments, /) -> Intent:
        return Intent(act="run")

    async def run(self, args: Arguments, context: ToolContext, /) -> ToolResult:
        return ToolResult(content="moved", state={"cwd": f"{context.root}/sub"})


async def test_paths_count_from_where_an_earlier_call_of_the_round_went(bench: Any) -> None:
    def writable(path: str) -> bool:
        return path != "sub/a.txt"

    calls = (use("agents", id="1"), use("write", id="2", path="a.txt", content="x"))
    turns = [Reply(tool_calls=calls), Reply(text="ok")]
    approver = Gate(Policy(mode="auto", rules=(Rule(effect="allow", tool="agents"),)))
    root = str(bench.workspace)
    await bench.session(turns, Move(), approver=approver, writable=writable, root=root).submit("go")
    assert [data["is_error"] for data in bench.data("tool.end")] == [None, True]
    assert not (bench.workspace / "a.txt").exists()
