"""`Bash`: folders that last, exit codes, long outputs, the background."""

import asyncio

import pytest

from codergen.sandbox.base import ExecRequest
from codergen.tools.claude import output


async def test_the_folder_lasts_and_variables_do_not(bench):
    (bench.root / "sub dir").mkdir()
    told = await bench("Bash", command="cd 'sub dir'; X=1; echo \"$X $GREETING\"")
    assert (told.content, told.is_error) == ("1 hello", False)
    assert told.details["cwd_before"] == str(bench.root)
    assert told.details["cwd"] == bench.state.cwd == str(bench.root / "sub dir")
    assert (await bench("Bash", command='pwd; echo "[$X]"')).content == f"{bench.root}/sub dir\n[]"


async def test_a_command_that_fails_leaves_the_folder_as_it_was(bench):
    (bench.root / "sub").mkdir()
    told = await bench("Bash", command="cd sub && false")
    assert (told.content, told.is_error, bench.state.cwd) == ("Exit code 1", True, "")


async def test_leaving_the_workspace_puts_the_shell_back(bench):
    (bench.root / "sub").mkdir()
    await bench("Bash", command="cd sub")
    told = await bench("Bash", command="cd /; true")
    assert told.content.endswith(f" {bench.root}") and told.said.case == "Bash.reset_empty"
    assert bench.state.cwd == str(bench.root)
    assert (await bench("Bash", command="cd / && pwd")).content.startswith("/\n")


async def test_a_link_that_leads_out_is_outside(bench, tmp_path):
    (bench.root / "out").symlink_to(tmp_path)
    assert (await bench("Bash", command="cd out")).said.case == "Bash.reset_empty"


async def test_a_folder_that_is_gone_starts_in_the_workspace(bench):
    await bench("Bash", command="mkdir gone && cd gone")
    (bench.root / "gone").rmdir()
    assert (await bench("Bash", command="pwd")).content == str(bench.root)
    assert bench.state.cwd == str(bench.root)


@pytest.mark.parametrize(
    ("command", "content", "is_error"),
    [
        ("echo out; echo err >&2", "out\nerr", False),
        ("echo err >&2; sleep 0.1; echo out; sleep 0.1; echo more >&2", "err\nout\nmore", False),
        ("printf '\n \n  lead \n\n'", "  lead", False),
        ("exec 2> /dev/null; echo lost >&2; cd /tmp; cd - > /dev/null", "", False),
        ("printf '\\033[31mred\\033[0m  '", "\x1b[31mred\x1b[0m", False),
        ("echo out; echo err >&2; exit 3", "Exit code 3\nout\nerr", True),
        ("kill -9 $$", "Exit code 137", True),
        ("cat; read x || echo none", "none", False),
        ('echo "$0 $# $1"; set -- a b; cd /; cd - > /dev/null', "/bin/bash 0", False),
        ("cat <<'X'\nit's \\$HOME\nX", "it's \\$HOME", False),
    ],
)
async def test_what_a_command_says(bench, command, content, is_error):
    told = await bench("Bash", command=command)
    assert told.is_error is is_error
    assert told.content == content if content else told.said.case == "Bash.empty"


async def test_a_command_that_cannot_be_parsed_is_an_error_like_any_other(bench):
    told = await bench("Bash", command="if true; then")
    assert told.is_error and told.content.startswith("Exit code 2\n")


async def test_time_is_in_milliseconds_and_what_was_printed_is_kept(bench):
    told = await bench("Bash", command="echo begun; sleep 30", timeout=300)
    lines = told.content.split("\n")
    assert (lines[0], lines[2], told.is_error) == ("Exit code 143", "begun", True)
    assert told.said.fields["limit"] == "0s" and told.details["timed_out"]


async def test_where_the_shell_ended_is_shown_to_nobody(bench):
    shown: list[tuple[str, bytes]] = []
    bench.on_output = lambda stream, chunk: shown.append((stream, chunk))
    told = await bench("Bash", command="echo a >&2; mkdir sub; cd sub")
    assert told.content == "a" and bench.state.cwd.endswith("/sub")
    assert b"".join(chunk for _, chunk in shown) == b"a\n"


async def test_a_long_output_is_kept_where_read_and_commands_find_it(bench):
    told = await bench("Bash", command="seq 1 20000")
    path = told.said.fields["path_out"]
    assert told.content.startswith("<persisted-output>\n") and told.said.fields["size"] == "106.3KB"
    assert told.content.endswith("\n527\n...\n</persisted-output>")
    assert (await bench("Read", file_path=path, offset=20000)).content == "20000\t20000"
    assert (await bench("Bash", command=f"tail -n 2 {path} | tr '\\n' ' '")).content == "19999 20000"
    assert (await bench("Bash", command=f"cat; wc -c < {path}")).content == "108893"


async def test_of_a_failing_commands_long_output_both_ends_are_shown(bench):
    told = await bench("Bash", command="seq 1 20000; exit 1")
    assert told.content.startswith("Exit code 1\n1\n2\n") and told.content.endswith("\n6221\n62")
    assert told.said.fields["removed"] == "20012" and told.details["output"].endswith("\n20000")


async def test_a_command_goes_on_in_the_background_and_its_end_is_told_once(bench):
    told = await bench(
        "Bash", command="echo begun; until [ -e go ]; do sleep 0.05; done; echo done; exit 4", run_in_background=True
    )
    path, live = told.said.fields["path_out"], bench.processes.get(told.details["id"])
    async with asyncio.timeout(10):
        while "begun" not in (await bench("Read", file_path=path)).content:
            await asyncio.sleep(0.05)
    assert bench.processes.ended() == ()
    (bench.root / "go").touch()
    assert await live.settle(10)
    (ended,) = bench.processes.ended()
    told = bench.kit.notices.process_ended(ended.id, ended.result)
    for part in (f"<task-id>{live.id}</task-id>", path, "<status>failed</status>", " 4</summary>", "until [ -e go ]"):
        assert part in told
    assert (await bench("Read", file_path=path)).content == "1\tbegun\n2\tdone\n3\t"


async def test_a_background_command_starts_in_the_folder_and_can_be_stopped(bench):
    await bench("Bash", command="mkdir sub && cd sub")
    told = await bench("Bash", command="touch here; sleep 60", run_in_background=True)
    async with asyncio.timeout(10):
        while not (bench.root / "sub" / "here").exists():
            await asyncio.sleep(0.02)
    stopped = await bench("TaskStop", task_id=told.details["id"])
    assert stopped.is_error is None and "touch here" in stopped.content
    assert (await bench("TaskStop", shell_id=told.details["id"])).said.case == "TaskStop.ended"
    assert (await bench("TaskStop", task_id="none")).said.case == "TaskStop.missing"
    assert bench.processes.ended() == ()


async def test_too_many_in_the_background_are_refused(bench):
    bench.processes._at_most = 0
    told = await bench("Bash", command="true", run_in_background=True)
    assert told.is_error and told.said.case == "Bash.no_background"


@pytest.mark.parametrize(
    ("characters", "told"), [(512, "512 bytes"), (1024, "1KB"), (108894, "106.3KB"), (3 << 20, "3MB"), (1 << 31, "2GB")]
)
def test_sizes(characters, told):
    assert output.size(characters) == told


@pytest.mark.parametrize(("seconds", "told"), [(1.5, "1s"), (59.4, "59s"), (120, "2m 0s"), (3725, "1h 2m 5s")])
def test_durations(seconds, told):
    assert output.duration(seconds) == told


def test_a_preview_ends_with_a_line_where_one_is_near():
    assert output.preview("x" * 5000) == "x" * 2000
    assert output.preview("x" * 1500 + "\n" + "y" * 5000) == "x" * 1500
    assert output.preview("x\n" + "y" * 5000) == "x\n" + "y" * 1998


async def test_the_shell_sees_only_the_job_s_environment(bench):
    env = await bench.sandbox.exec(ExecRequest(argv=("/usr/bin/env",)))
    told = await bench("Bash", command="env | grep -c CODERGEN || true")
    assert b"CODERGEN" not in env.stdout and told.content == "0"
