"""shell with real commands."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from codergen.tools.base import ToolContext
from codergen.tools.shell import Shell, ShellArguments
from codergen.tools.truncate import Cut


async def test_a_failing_command_is_an_answer(context: ToolContext) -> None:
    result = await Shell().run(ShellArguments(command="echo out; echo err >&2; exit 3"), context)
    assert result.content == "out\n[stderr]\nerr\n[exit code 3]"
    assert not result.is_error
    assert (result.details["exit_code"], result.details["timed_out"]) == (3, False)


async def test_silence_still_says_how_it_ended(context: ToolContext) -> None:
    assert (await Shell().run(ShellArguments(command="true"), context)).content == "[exit code 0]"


async def test_it_runs_in_the_workspace_with_the_given_environment(workspace: Path, context: ToolContext) -> None:
    result = await Shell({"COLOUR": "red"}).run(ShellArguments(command="pwd; echo $COLOUR"), context)
    assert result.content.split("\n")[:2] == [str(workspace), "red"]


async def test_timeout_keeps_what_came_and_names_the_way_out(context: ToolContext) -> None:
    started = time.monotonic()
    result = await Shell().run(ShellArguments(command="echo early; sleep 30", timeout_s=0.3), context)
    assert time.monotonic() - started < 10
    assert result.content.startswith("early\n[ended after 0.3 s; a larger timeout_s")
    assert result.details["timed_out"] is True


async def test_long_output_is_cut_for_the_model_only(context: ToolContext) -> None:
    tool = Shell(cut=Cut(chars=500, lines=20))
    result = await tool.run(ShellArguments(command="seq 1 5000"), context)
    assert len(result.content) < 540
    assert result.content.startswith("1\n2\n")
    assert result.content.endswith("5000\n[exit code 0]")
    assert result.details["output"].count("\n") == 4999


async def test_output_is_shown_while_it_runs(context: ToolContext) -> None:
    seen: list[tuple[str, bytes]] = []
    live = replace(context, on_output=lambda stream, data: seen.append((stream, data)))
    await Shell().run(ShellArguments(command="echo a; echo b >&2"), live)
    assert sorted(seen) == [("err", b"b\n"), ("out", b"a\n")]


async def test_cancelling_ends_the_command(workspace: Path, context: ToolContext) -> None:
    task = asyncio.create_task(Shell().run(ShellArguments(command="sleep 1; touch late"), context))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(1.2)
    assert not (workspace / "late").exists()


def test_a_timeout_has_a_ceiling() -> None:
    with pytest.raises(ValidationError):
        ShellArguments(command="true", timeout_s=601)
