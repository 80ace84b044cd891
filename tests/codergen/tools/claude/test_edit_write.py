"""`Edit` and `Write`: every way it can go, and what the model is told that it knows."""

import stat

import pytest

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox


async def edit(bench, path, old, new, **more):
    return await bench("Edit", file_path=path, old_string=old, new_string=new, **more)


async def test_what_the_model_knows_decides_what_it_is_told(bench):
    path = bench.put("a.txt", "one two three\n")
    assert (await edit(bench, path, "one", "1")).said.case == "Edit.ok"
    assert path not in bench.state.files
    await bench("Read", file_path=path, limit=1)
    assert (await edit(bench, path, "two", "2")).said.case == "Edit.ok"
    await bench("Read", file_path=path)
    assert (await edit(bench, path, "three", "3")).said.case == "Edit.ok_current"
    assert (await edit(bench, path, "3", "4")).said.case == "Edit.ok_current"
    (bench.root / "a.txt").write_text("1 2 4\nmore\n")
    assert (await edit(bench, path, "more", "less")).said.case == "Edit.ok"
    assert not bench.state.files[path].whole
    assert (bench.root / "a.txt").read_text() == "1 2 4\nless\n"


@pytest.mark.parametrize(
    ("old", "new", "case"),
    [
        ("nothere", "x", "Edit.not_found"),
        ("a", "b", "Edit.several"),
        ("alpha", "alpha", "Edit.same"),
        ("", "x", "Edit.exists"),
        ("alpha", "\ud800", "Edit.binary"),
    ],
)
async def test_what_cannot_be_replaced(bench, old, new, case):
    path = bench.put("a.txt", "alpha\n")
    told = await edit(bench, path, old, new)
    assert (told.said.case, told.is_error) == (case, True)
    assert told.content.startswith("<tool_use_error>") and told.content.endswith("</tool_use_error>")
    assert (bench.root / "a.txt").read_text() == "alpha\n"


async def test_the_text_that_was_sought_is_told_last(bench):
    told = await edit(bench, bench.put("a.txt", "x\n"), "y\nz", "w")
    assert told.content.endswith("\nString: y\nz</tool_use_error>")


async def test_all_occurrences(bench):
    path = bench.put("a.txt", "a b a\n")
    assert (await edit(bench, path, "a", "c", replace_all=True)).said.case == "Edit.all"
    assert (bench.root / "a.txt").read_text() == "c b c\n"
    await bench("Read", file_path=path)
    assert (await edit(bench, path, "c", "d", replace_all=True)).said.case == "Edit.all_current"


async def test_paths_are_told_as_they_were_written(bench):
    bench.put("sub/a.txt", "one\n")
    await bench("Bash", command="cd sub")
    assert (await edit(bench, "a.txt", "one", "two")).said.fields["path"] == "a.txt"
    assert (await bench("Write", file_path="b.txt", content="x")).said.fields["path"] == "b.txt"
    assert (bench.root / "sub/b.txt").exists()


async def test_files_that_are_not_there(bench):
    missing = await edit(bench, str(bench.root / "none"), "a", "b")
    assert missing.said.case == "Edit.missing" and str(bench.root) in missing.content
    made = await edit(bench, str(bench.root / "new/one"), "", "text")
    assert made.said.case == "Edit.ok_current" and (bench.root / "new/one").read_text() == "text"
    assert (await edit(bench, str(bench.root / "new"), "a", "b")).said.case == "Edit.directory"


async def test_line_ends_of_windows_stay(bench):
    path = bench.put("a.txt", "one\r\ntwo\r\nthree\r\n")
    assert (await edit(bench, path, "one\ntwo", "1\n2\nhalf")).said.case == "Edit.ok"
    assert (bench.root / "a.txt").read_bytes() == b"1\r\n2\r\nhalf\r\nthree\r\n"


async def test_permission_bits_stay(bench):
    path = bench.put("run", "#!/bin/sh\n")
    (bench.root / "run").chmod(0o755)
    await edit(bench, path, "sh", "bash")
    assert stat.S_IMODE((bench.root / "run").stat().st_mode) == 0o755
    await bench("Write", file_path=path, content="x")
    assert stat.S_IMODE((bench.root / "run").stat().st_mode) == 0o755


async def test_writing(bench):
    path = str(bench.root / "new/file.txt")
    told = await bench("Write", file_path=path, content="one\n")
    assert (told.said.case, told.is_error, bench.state.files[path].whole) == ("Write.created", None, True)
    assert (await bench("Write", file_path=path, content="two\n")).said.case == "Write.updated"
    assert (bench.root / "new/file.txt").read_text() == "two\n"
    assert (await edit(bench, path, "two", "three")).said.case == "Edit.ok_current"
    assert (await bench("Write", file_path=str(bench.root / "new"), content="")).said.case == "Write.directory"
    assert (await bench("Write", file_path=path, content="\udc00")).said.case == "Write.broken"


async def test_what_may_not_be_written(bench, tmp_path):
    outside = await bench("Write", file_path=str(tmp_path / "x"), content="x")
    assert (outside.said.case, outside.is_error) == ("Write.denied", True) and not (tmp_path / "x").exists()
    path = bench.put("a.txt", "alpha\n")
    closed = HostSandbox()
    await closed.start(SandboxSpec(workspace=bench.root, read_only=True))
    bench.sandbox, opened = closed, bench.sandbox
    assert (await edit(bench, path, "alpha", "x")).said.case == "Edit.denied"
    assert (await bench("Write", file_path=path, content="x")).said.case == "Write.denied"
    await closed.stop()
    bench.sandbox = opened
