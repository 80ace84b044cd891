"""read_file, replace, write_file, list_directory on real files."""

import base64
import os

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEUlEQVR4nGP4z8DA8B+MgBgAHfAD/dPQfSYAAAAASUVORK5CYII="
)


async def test_text_comes_as_it_is(call, workspace):
    (workspace / "a.txt").write_text("alpha\nbeta\n")
    (workspace / "empty").touch()
    assert (await call("read_file", file_path="a.txt")).content == "alpha\nbeta\n"
    assert (await call("read_file", file_path=str(workspace / "a.txt"))).content == "alpha\nbeta\n"
    assert (await call("read_file", file_path="empty")).content == ""


async def test_parts_say_which(call, workspace):
    (workspace / "a.txt").write_text("".join(f"{n}\n" for n in range(1, 3001)))
    fields = (await call("read_file", file_path="a.txt")).said.fields
    assert [fields[name] for name in ("start", "end", "total", "next")] == ["1", "2000", "3001", "2001"]
    assert fields["text"].endswith("\n2000")
    some = await call("read_file", file_path="a.txt", start_line=2, end_line=3)
    assert some.content.endswith("\n--- FILE CONTENT (truncated) ---\n2\n3")
    beyond = (await call("read_file", file_path="a.txt", start_line=9000)).said.fields
    assert (await call("read_file", file_path="a.txt", start_line=3, end_line=2)).said.case == "read_file.backwards"
    assert [beyond[name] for name in ("start", "end", "total", "text")] == ["3002", "3001", "3001", ""]


async def test_long_lines_are_cut(call, workspace):
    (workspace / "a.txt").write_text("x" * 2001 + "\nshort\n")
    result = await call("read_file", file_path="a.txt")
    assert result.content.endswith("\n" + "x" * 2000 + "... [truncated]\nshort\n")


async def test_a_picture_rides_beside_and_other_binaries_do_not(call, workspace):
    (workspace / "p.png").write_bytes(PNG)
    (workspace / "b.dat").write_bytes(bytes(range(256)))
    (workspace / "sound.mp3").write_text("no sound at all")
    result = await call("read_file", file_path="p.png")
    assert [(part.media_type, base64.b64decode(part.data)) for part in result.media] == [("image/png", PNG)]
    binary = await call("read_file", file_path="b.dat")
    assert (binary.is_error, binary.said.fields["path"], binary.media) == (None, "b.dat", ())
    assert (await call("read_file", file_path="sound.mp3")).content == "no sound at all"


async def test_what_cannot_be_read_is_an_error(call, workspace):
    (workspace / "sub").mkdir()
    (workspace / "out").symlink_to("/etc/hostname")
    for path, case in (("none", "missing"), ("sub", "folder"), ("out", "missing")):
        result = await call("read_file", file_path=path)
        assert (result.is_error, result.said.case) == (True, f"read_file.{case}")
        assert result.content.endswith(f"{workspace}/{path}")
    outside = await call("read_file", file_path="/etc/hostname")
    assert (outside.is_error, outside.said.case) == (True, "path.outside")


async def test_replace_shows_the_lines_around(call, workspace):
    (workspace / "a.txt").write_text("".join(f"{n}\n" for n in range(1, 21)))
    result = await call("replace", file_path="a.txt", instruction="i", old_string="10\n", new_string="ten\n")
    assert result.content.endswith(":\n...\n5\n6\n7\n8\n9\nten\n11\n12\n13\n14\n15\n...")
    assert (workspace / "a.txt").read_text().splitlines()[9] == "ten"


async def test_replace_that_cannot_be_done_changes_nothing(call, workspace):
    (workspace / "a.txt").write_text("a b a\n")
    (workspace / "sub").mkdir()
    wrong = {
        "absent": {"file_path": "a.txt", "old_string": "nowhere", "new_string": "x"},
        "several": {"file_path": "a.txt", "old_string": "a", "new_string": "x"},
        "same": {"file_path": "a.txt", "old_string": "b", "new_string": "b"},
        "exists": {"file_path": "a.txt", "old_string": "", "new_string": "x"},
        "missing": {"file_path": "none", "old_string": "a", "new_string": "x"},
        "folder": {"file_path": "sub", "old_string": "a", "new_string": "x"},
    }
    for case, args in wrong.items():
        result = await call("replace", instruction="i", **args)
        assert (result.is_error, result.said.case) == (True, f"replace.{case}")
    assert (workspace / "a.txt").read_text() == "a b a\n"
    assert sorted(p.name for p in workspace.iterdir()) == ["a.txt", "sub"]


async def test_replace_several_and_make_a_new_file(call, workspace):
    (workspace / "a.txt").write_text("a b a\n")
    args = {"file_path": "a.txt", "instruction": "i", "old_string": "a", "new_string": "$&", "allow_multiple": True}
    assert (await call("replace", **args)).said.fields["count"] == "2"
    assert (workspace / "a.txt").read_text() == "$& b $&\n"
    made = await call("replace", file_path="deep/new.txt", instruction="i", old_string="", new_string="fresh\n")
    assert (made.said.case, (workspace / "deep/new.txt").read_text()) == ("replace.created", "fresh\n")


async def test_line_ends_and_mode_stay(call, workspace):
    path = workspace / "a.sh"
    path.write_bytes(b"one\r\ntwo\r\n")
    path.chmod(0o755)
    await call("replace", file_path="a.sh", instruction="i", old_string="one\ntwo", new_string="1\n2")
    assert (path.read_bytes(), os.stat(path).st_mode & 0o777) == (b"1\r\n2\r\n", 0o755)
    await call("write_file", file_path="a.sh", content="x\ny\n")
    assert path.read_bytes() == b"x\r\ny\r\n"


async def test_write_file_new_and_over(call, workspace):
    new = await call("write_file", file_path="d/e.txt", content="one\n")
    over = await call("write_file", file_path="d/e.txt", content="two\n")
    assert [new.said.case, over.said.case] == ["write_file.created", "write_file.overwrote"]
    assert new.content.endswith(f"{workspace}/d/e.txt. It reads:\none\n")
    assert (await call("write_file", file_path="d", content="x")).said.case == "write_file.folder"


async def test_a_listing_counts_what_is_ignored(call, workspace):
    (workspace / ".git").mkdir()
    (workspace / ".gitignore").write_text("*.log\n/built/\n")
    (workspace / ".geminiignore").write_text("secret*\n")
    for name in ("b.txt", "a.py", "x.log", "secret.txt"):
        (workspace / name).write_text("12345")
    for name in ("sub", "built"):
        (workspace / name).mkdir()
    result = await call("list_directory", dir_path=".", ignore=["*.py"])
    assert result.said.fields["entries"].split("\n") == [
        "[DIR] sub", ".geminiignore (8 bytes)", ".gitignore (14 bytes)", "b.txt (5 bytes)"
    ]  # fmt: skip
    assert result.content.endswith("\n\n(4 left out)")
    everything = {"respect_git_ignore": False, "respect_gemini_ignore": False}
    all_of_it = await call("list_directory", dir_path=".", file_filtering_options=everything)
    assert "[DIR] .git\n[DIR] built\n[DIR] sub\n" in all_of_it.content
    assert "ignored" not in all_of_it.said.case


async def test_what_cannot_be_listed(call, workspace):
    (workspace / "sub").mkdir()
    (workspace / "file").touch()
    for path, case, wrong in (("sub", "empty", None), ("none", "missing", True), ("file", "not_a_folder", True)):
        result = await call("list_directory", dir_path=path)
        assert (result.said.case, result.is_error) == (f"list_directory.{case}", wrong)


async def test_instructions_of_a_folder_come_once_with_the_first_result_from_it(call, workspace):
    (workspace / "sub/deep").mkdir(parents=True)
    (workspace / "GEMINI.md").write_text("root")
    (workspace / "sub/GEMINI.md").write_text("\nBe kind.\n")
    (workspace / "sub/deep/GEMINI.md").write_text("Be deep.")
    (workspace / "sub/deep/a.txt").write_text("text\n")
    first = await call("read_file", file_path="sub/deep/a.txt")
    assert first.content == (
        "text\n\n\n--- Newly Discovered Project Context ---\n"
        f"--- Context from: {workspace}/sub/GEMINI.md ---\nBe kind.\n"
        f"--- End of Context from: {workspace}/sub/GEMINI.md ---\n\n"
        f"--- Context from: {workspace}/sub/deep/GEMINI.md ---\nBe deep.\n"
        f"--- End of Context from: {workspace}/sub/deep/GEMINI.md ---\n--- End Project Context ---"
    )
    assert (await call("read_file", file_path="sub/deep/a.txt")).content == "text\n"
    assert "Context" not in (await call("list_directory", dir_path="sub")).content
