"""Files that commands change after the model saw them."""

from codergen.tools.claude.watch import SHOWN, new_lines


async def changes(bench, command):
    return (await bench("Bash", command=command)).details.get("changed", [])


async def test_a_file_that_was_read_and_is_changed_is_told_once_with_its_new_lines(bench):
    path = bench.put("a.txt", "one\ntwo\nthree\n")
    bench.put("b.txt", "never read")
    await bench("Read", file_path=path)
    assert await changes(bench, "true") == []
    told = await changes(bench, "printf 'one\\n2\\nhalf\\nthree\\n' > a.txt; echo x > b.txt")
    assert told == [{"path": path, "lines": "1\tone\n2\t2\n3\thalf\n4\tthree"}]
    assert await changes(bench, "true") == []
    edited = await bench("Edit", file_path=path, old_string="half", new_string="2.5")
    assert edited.said.case == "Edit.ok_current"
    assert await changes(bench, "true") == []


async def test_a_command_that_fails_may_have_changed_files_too(bench):
    path = bench.put("a.txt", "one\n")
    await bench("Read", file_path=path)
    assert await changes(bench, "echo two >> a.txt; false") == [{"path": path, "lines": "1\tone\n2\ttwo"}]


async def test_after_a_resume_the_lines_are_not_known(bench):
    path = bench.put("a.txt", "one\n")
    bench.state = bench.state.apply({"files": {path: ["0" * 64, True]}})
    assert await changes(bench, "true") == [{"path": path, "lines": ""}]
    assert not bench.state.files[path].whole
    assert await changes(bench, "true") == []


async def test_a_file_that_is_gone_is_told_once(bench):
    path = bench.put("a.txt", "one\n")
    await bench("Read", file_path=path)
    assert await changes(bench, "rm a.txt") == [{"path": path, "lines": None}]
    assert path not in bench.state.files
    assert await changes(bench, "true") == []


def test_new_lines():
    many = [str(line) for line in range(1, 31)]
    told = new_lines("\n".join(many), "\n".join([*many[:14], "x", *many[15:]]) + "\n").split("\n")
    assert told[0] == "7\t7" and told[8] == "15\tx" and told[-1] == "23\t23"
    assert new_lines("a\nb\nc", "a\nc") == "1\ta\n2\tc"
    assert new_lines("a", "b") == "1\tb"
    cut = new_lines("", "\n".join("x" * 50 for _ in range(1000)))
    assert len(cut) <= SHOWN + 4 and cut.endswith("\n...")
