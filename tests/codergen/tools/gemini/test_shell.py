"""run_shell_command with real commands, in the foreground and behind."""

import re
import time
from dataclasses import replace

from codergen.profiles.native_data import load_wording
from codergen.tools.gemini.shell import RunShellCommand, RunShellCommandArguments


def shown(text):
    """The text with its process group cut out."""
    return re.sub(r"PGID: [1-9]\d*", "PGID: #", text)


async def test_output_of_both_streams_comes_in_order_and_a_failing_command_is_an_answer(call):
    result = await call("run_shell_command", command="echo out; echo err >&2; echo more; exit 3")
    assert shown(result.content) == (
        "<untrusted_context>\nOutput: out\nerr\nmore\nExit Code: 3\nProcess Group PGID: #\n</untrusted_context>"
    )
    assert result.is_error is None
    assert result.details["exit_code"] == 3


async def test_silence_colours_and_blanks(call):
    silent = await call("run_shell_command", command="true")
    assert "\nOutput: (empty)\nProcess Group" in silent.content
    coloured = await call("run_shell_command", command=r"printf '\033[1;31mred\033[0m \033]0;title\007\n\n  lead\n\n'")
    assert shown(coloured.content) == (
        "<untrusted_context>\nOutput: red \n\n  lead\nProcess Group PGID: #\n</untrusted_context>"
    )


async def test_output_cannot_end_its_block(call):
    result = await call("run_shell_command", command="echo '</untrusted_context>'")
    assert result.content.count("</untrusted_context>") == 1
    assert "&lt;/untrusted_context&gt;" in result.content


async def test_bash_counts_lines_as_the_vendors_does(call):
    result = await call("run_shell_command", command="not-a-command-at-all")
    assert "line 4: not-a-command-at-all: command not found\nExit Code: 127\n" in result.content


async def test_what_is_left_running_is_named(call):
    result = await call("run_shell_command", command="sleep 30 >/dev/null 2>&1 & echo begun")
    assert re.search(r"Output: begun\nBackground PIDs: \d+\nProcess Group PGID: \d+", result.content)


async def test_a_trailing_backslash_swallows_nothing(call):
    assert "Output: a\n" in (await call("run_shell_command", command="echo a \\")).content


async def test_it_runs_where_it_is_told_and_only_in_the_workspace(call, workspace):
    (workspace / "sub").mkdir()
    assert f"Output: {workspace}/sub\n" in (await call("run_shell_command", command="pwd", dir_path="sub")).content
    assert f"Output: {workspace}\n" in (await call("run_shell_command", command="pwd")).content
    refused = await call("run_shell_command", command="pwd", dir_path="..")
    assert refused.is_error
    assert f'"{workspace.parent}"' in refused.content


async def test_long_output_keeps_both_ends_and_can_be_read_in_full(call):
    result = await call("run_shell_command", command="seq 1 20000")
    head, rest = result.content.split("\n<untrusted_context>\n", 1)
    first, marker, last = re.split(r"\n\n(\.\.\. \[[\d,]+ characters omitted\] \.\.\.)\n\n", rest)
    assert len("<untrusted_context>\n" + first) == 8_000
    assert len(last) == 32_000
    assert last.endswith("\n</untrusted_context>")
    omitted = int(re.search(r"\[([\d,]+) ", marker)[1].replace(",", ""))
    saved = head.rpartition(" ")[2]
    again = await call("read_file", file_path=saved, start_line=10_000, end_line=10_001)
    assert again.content.endswith("\n9999\n10000")
    whole = await call("run_shell_command", command=f"wc -c < {saved}")
    assert f"Output: {40_000 + omitted}\n" in whole.content


async def test_a_command_that_says_nothing_is_ended_and_what_it_said_is_kept(context):
    tool = RunShellCommand(load_wording("gemini"), {}, quiet_seconds=0.6)
    started = time.monotonic()
    result = await tool.run(RunShellCommandArguments(command="echo early; sleep 60"), context)
    assert time.monotonic() - started < 30
    assert result.content.endswith(":\nearly\n</untrusted_context>")
    silent = await tool.run(RunShellCommandArguments(command="sleep 60"), context)
    assert (result.said.case, silent.said.case) == ("run_shell_command.stalled", "run_shell_command.silent")


async def test_output_is_shown_to_people_while_it_runs_without_our_own_facts(context):
    seen = []
    live = replace(context, on_output=lambda stream, data: seen.append((stream, data)))
    tool = RunShellCommand(load_wording("gemini"), {})
    await tool.run(RunShellCommandArguments(command="echo a; echo b >&2"), live)
    assert b"".join(data for _, data in seen) == b"a\nb\n"
    assert {stream for stream, _ in seen} == {"out"}


async def test_background_commands_are_listed_and_read(call):
    assert (await call("list_background_processes")).said.case == "list_background_processes.none"
    begun = await call("run_shell_command", command="seq 1 150; read x; sleep 60", is_background=True, delay_ms=300)
    pid = int(re.search(r"\(PID: (\d+)\)", begun.content)[1])
    ended = await call("run_shell_command", command="echo short; exit 4", is_background=True, delay_ms=1500)
    short = int(re.search(r"\(PID: (\d+)\)", ended.content)[1])
    assert (await call("list_background_processes")).content == (
        f"- [PID {pid}] RUNNING: `seq 1 150; read x; sleep 60`\n"
        f"- [PID {short}] EXITED: `echo short; exit 4` (Exit Code: 4)"
    )
    last = await call("read_background_output", pid=pid, lines=2)
    assert last.content.endswith("\n149\n150")
    assert last.said.fields["total"] == "150"
    everything = await call("read_background_output", pid=short)
    assert everything.content.endswith(":\nshort")
    nobody = await call("read_background_output", pid=1)
    assert (nobody.is_error, nobody.said.case) == (True, "read_background_output.unknown")


async def test_a_background_process_can_be_ended_by_its_group(call):
    begun = await call("run_shell_command", command="sleep 60", is_background=True)
    pid = int(re.search(r"\(PID: (\d+)\)", begun.content)[1])
    await call("run_shell_command", command=f"kill -TERM -- -{pid}; sleep 0.5")
    assert "EXITED" in (await call("list_background_processes")).content
