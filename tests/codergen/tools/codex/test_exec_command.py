"""Commands, waited for and talked to."""

import re

import pytest

from codergen.profiles.native_data import load_wording
from codergen.tools.base import Intent
from codergen.tools.codex import tokens
from codergen.tools.codex.exec_command import ExecCommand, ExecCommandArguments
from codergen.tools.codex.heredoc import shell_patch
from codergen.tools.codex.sessions import LOOKED_MS, WRITTEN_MS, waiting
from codergen.tools.processes import Output

ENDED = re.compile(
    r"Chunk ID: [0-9a-f]{6}\nWall time: \d+\.\d{4} seconds\nProcess exited with code (\d+)\n"
    r"Original token count: (\d+)\nOutput:\n(.*)",
    re.DOTALL,
)
RUNNING = re.compile(
    r"Chunk ID: .{6}\nWall time: .*\nProcess running with session ID (\d+)\n.*Output:\n(.*)", re.DOTALL
)


def ended(result):
    found = ENDED.fullmatch(result.content)
    assert found, result.content
    return int(found[1]), int(found[2]), found[3]


async def test_a_command_says_its_code_and_its_output(call):
    assert ended(await call("exec_command", cmd="printf 'a\\n\\n'; exit 3")) == (3, 1, "a\n\n")
    assert ended(await call("exec_command", cmd="true")) == (0, 0, "")


async def test_each_command_starts_afresh_where_it_is_told_to(call, workspace):
    (workspace / "sub").mkdir()
    assert ended(await call("exec_command", cmd="cd sub; X=1; pwd"))[2] == f"{workspace}/sub\n"
    assert ended(await call("exec_command", cmd='pwd; echo "<$X>"'))[2] == f"{workspace}\n<>\n"
    assert ended(await call("exec_command", cmd="pwd", workdir="sub/../sub"))[2] == f"{workspace}/sub\n"
    assert ended(await call("exec_command", cmd="pwd", workdir="/"))[2] == "/\n"


async def test_a_login_shell_keeps_the_path_of_the_job(call):
    plain = ended(await call("exec_command", cmd="echo $PATH; shopt -q login_shell || echo no", login=False))
    login = ended(await call("exec_command", cmd="echo $PATH; shopt -q login_shell && echo yes; echo $GREETING"))
    assert plain[2].splitlines()[1] == "no"
    assert login[2].splitlines() == [plain[2].splitlines()[0], "yes", "hello"]


async def test_no_folder_no_leave(call):
    missing = await call("exec_command", cmd="true", workdir="none")
    outside = await call("exec_command", cmd="true", workdir="/nonexistent")
    assert missing.content == outside.content
    assert missing.content.startswith("exec_command failed: ")
    escalated = await call("exec_command", cmd="touch x", sandbox_permissions="require_escalated")
    assert escalated.said.case == "exec_command.escalated"


async def test_what_goes_on_is_a_session(call, context):
    begun = await call("exec_command", cmd="cat", tty=True, yield_time_ms=250)
    session = RUNNING.fullmatch(begun.content)
    assert session
    spoken = await call("write_stdin", session_id=int(session[1]), chars="hi\n", yield_time_ms=1000)
    assert "hi" in RUNNING.fullmatch(spoken.content)[2]
    last = await call("write_stdin", session_id=float(session[1]), chars="\x04", yield_time_ms=20_000)
    assert ended(last)[0] == 0
    again = await call("write_stdin", session_id=int(session[1]))
    assert again.content.startswith("write_stdin failed: ")
    assert again.content.endswith(session[1])
    assert context.processes.ended() == ()


async def test_without_a_terminal_input_is_closed_and_ctrl_c_ends(call):
    assert ended(await call("exec_command", cmd="cat"))[0] == 0
    begun = await call("exec_command", cmd="echo on; sleep 60", yield_time_ms=1)
    session = int(RUNNING.fullmatch(begun.content)[1])
    assert (await call("write_stdin", session_id=session, chars="x")).said.case == "write_stdin.closed"
    assert ended(await call("write_stdin", session_id=session, chars="\x03", yield_time_ms=20_000))[0] != 0


async def test_long_output_loses_its_middle(call):
    result = await call("exec_command", cmd="seq 1 20000", max_output_tokens=50)
    code, count, output = ended(result)
    assert (code, count) == (0, 27224)
    head, _, rest = output.partition("…27174 tokens truncated…")
    assert head.startswith(
        "Warning: truncated output (original token count: 27224)\nTotal output lines: 20000\n\n1\n2\n"
    )
    assert len(head.partition("\n\n")[2]) == len(rest) == 100
    assert len(result.details["output"]) == 108_894


def test_only_whole_characters_are_shown():
    wording = load_wording("codex")
    assert tokens.shown(wording, Output(head=b"ab"), 0).endswith("…1 tokens truncated…")
    assert "\ufffd" not in tokens.shown(wording, Output(head="é".encode() * 1000), 11)
    assert tokens.shown(wording, Output(head=b"x" * 40_000), 99_999) == "x" * 40_000
    assert tokens.shown(wording, Output(head=b"x" * 40_001), None) != "x" * 40_001


async def test_of_what_nobody_kept_the_size_is_told(call):
    code, count, output = ended(await call("exec_command", cmd="seq 1 200000", max_output_tokens=10))
    assert (code, count) == (0, 322_224)
    assert output == (
        "Warning: truncated output (original token count: 322224)\n... 240319 bytes omitted ...\n\n"
        "1\n2\n3\n4\n5\n6\n7\n8\n9\n10…262142 tokens truncated…99998\n199999\n200000\n"
    )


async def test_tokens_are_those_of_the_bytes(call):
    assert ended(await call("exec_command", cmd="printf 'a\\xffb\\n'")) == (0, 1, "a\ufffdb\n")


async def test_programs_write_for_a_reader_of_text(call):
    shown = ended(await call("exec_command", cmd='echo "$PAGER $GIT_PAGER $TERM $NO_COLOR $LC_ALL"'))[2]
    assert shown == "cat cat dumb 1 C.UTF-8\n"


@pytest.mark.parametrize(
    ("bounds", "asked", "seconds"),
    [
        (WRITTEN_MS, None, 10.0),
        (WRITTEN_MS, 1, 0.25),
        (WRITTEN_MS, 99_000, 30.0),
        (WRITTEN_MS, 1500, 1.5),
        (LOOKED_MS, 300, 5.0),
        (LOOKED_MS, 60_000, 60.0),
    ],
)
def test_waits_have_bounds(bounds, asked, seconds):
    assert waiting(asked, 10_000, bounds) == seconds


async def test_who_only_looks_waits_for_what_is_about_to_end(call):
    begun = await call("exec_command", cmd="sleep 1.2; echo late", yield_time_ms=250)
    session = int(RUNNING.fullmatch(begun.content)[1])
    assert ended(await call("write_stdin", session_id=session, yield_time_ms=250)) == (0, 2, "late\n")


PATCH = "*** Begin Patch\n*** Add File: n.txt\n+1\n*** End Patch\n"


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        (f"apply_patch <<'EOF'\n{PATCH}EOF", ""),
        (f"apply_patch << EOF\n{PATCH}EOF\n", ""),
        (f'cd "a b" && apply_patch <<"X"\n{PATCH}X', "a b"),
        (f"apply_patch <<'EOF'\n{PATCH}EOF\nls", None),
        (f"ls && apply_patch <<'EOF'\n{PATCH}EOF", None),
        ("apply_patch --help", None),
    ],
)
def test_a_patch_in_a_shell_is_found(command, folder):
    found = shell_patch(command)
    assert (found and found.folder) == folder
    assert found is None or found.patch == PATCH


async def test_a_patch_in_a_shell_is_carried_out_as_one(call, workspace):
    (workspace / "sub").mkdir()
    done = await call("exec_command", cmd=f"cd sub && apply_patch <<'EOF'\n{PATCH}EOF")
    assert (workspace / "sub/n.txt").read_text() == "1\n"
    assert re.fullmatch(
        r"Wall time: 0\.0000 seconds\nOutput:\nExit code: 0\nWall time: 0 seconds\nOutput:\n.+\nA n\.txt\n",
        done.content,
    )


def test_what_a_call_would_do():
    tool = ExecCommand(load_wording("codex"), {})
    assert tool.intent(ExecCommandArguments(cmd="ls")) == Intent(act="run", command="ls")
    patch = tool.intent(ExecCommandArguments(cmd=f"cd sub && apply_patch <<'EOF'\n{PATCH}EOF"))
    assert patch == Intent(act="edit", paths=("sub/n.txt",))


async def test_the_end_of_a_session_is_told_once_it_is_looked_at(call, context):
    """The loop drains `ended` for its notices before the model looks."""
    begun = await call("exec_command", cmd="echo a; sleep 0.6; echo b", yield_time_ms=250)
    session = int(RUNNING.fullmatch(begun.content)[1])
    assert await context.processes.get(str(session)).settle(20)
    assert len(context.processes.ended()) == 1
    code, _, output = ended(await call("write_stdin", session_id=session))
    assert (code, output.splitlines()[-1]) == (0, "b")
