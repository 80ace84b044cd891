"""Background commands of a session: their end is told once, and none outlives it."""

import asyncio
import json
import os
from typing import Any

import pytest

from codergen.sandbox.base import SpawnRequest
from codergen.tools.base import Arguments, Intent, ToolContext, ToolResult
from providers.scripted import Reply, ScriptedClient, call


class Line(Arguments):
    command: str


class Background:
    """Starts a command and goes on."""

    name, description, arguments = "slow", "Run in the background.", Line

    def intent(self, args: Line, /) -> Intent:
        return Intent(act="run", command=args.command)

    async def run(self, args: Line, context: ToolContext, /) -> ToolResult:
        request = SpawnRequest(argv=("/bin/bash", "-c", args.command))
        live = await context.processes.start(context.sandbox, request, f"b{len(list(context.processes)) + 1}")
        return ToolResult(content=live.id)


def background(command: str) -> Reply:
    return Reply(tool_calls=(call("slow", json.dumps({"command": command})),))


NAP = Reply(tool_calls=(call("shell", json.dumps({"command": "sleep 0.5"})),))


async def test_an_end_is_told_after_the_round_and_once(bench: Any) -> None:
    client = ScriptedClient(turns=[background("exit 3"), NAP, NAP, Reply(text="ok")])
    await bench.session(client, Background()).submit("go")
    assert bench.data("note") == [{"about": "process", "text": "The background command b1 has ended: exit code 3."}]
    assert [message.role for message in client.requests[2].messages][-2:] == ["tool", "system"]


async def test_an_end_in_the_last_answer_comes_with_the_next_turn(bench: Any) -> None:
    client = ScriptedClient(turns=[background("sleep 0.1"), Reply(text="ok", delay=0.5), Reply(text="I see.")])
    session = bench.session(client, Background())
    assert (await session.submit("go")).text == "ok"
    assert bench.data("note") == []
    await session.submit("and?")
    assert [message.role for message in client.requests[2].messages][-2:] == ["user", "system"]


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_command_goes_on_after_the_turn_and_ends_with_the_session(bench: Any, cancelled: bool) -> None:
    turns = [background("echo $$ > pid; sleep 30"), NAP, Reply(text="slow answer in pieces", pause=0.3 * cancelled)]
    session = bench.session(turns, Background())
    task = asyncio.create_task(session.submit("go"))
    if cancelled:
        while len(bench.data("tool.end")) < 2:
            await asyncio.sleep(0.02)
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    pid = int((bench.workspace / "pid").read_text())
    os.kill(pid, 0)
    await session.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
