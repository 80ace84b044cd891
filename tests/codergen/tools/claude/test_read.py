"""`Read`: numbered lines, pictures, what is no text, instructions beside a file."""

import base64

import pytest

from codergen.tools.claude import read


async def test_lines_are_numbered_with_the_one_after_the_last_end(bench):
    path = bench.put("a.txt", "alpha\nbeta\n")
    told = await bench("Read", file_path=path)
    assert (told.content, told.is_error) == ("1\talpha\n2\tbeta\n3\t", None)
    assert bench.state.files[path].whole
    assert (await bench("Read", file_path=bench.put("b.txt", "one\r\ntwo"))).content == "1\tone\n2\ttwo"


@pytest.mark.parametrize(
    ("part", "content", "whole"),
    [
        ({"offset": 2, "limit": 1}, "2\tbeta", False),
        ({"offset": 0}, "1\talpha\n2\tbeta\n3\t", True),
        ({"offset": 3}, "3\t", False),
        ({"limit": -1}, "1\talpha\n2\tbeta\n3\t", True),
        ({"limit": 99}, "1\talpha\n2\tbeta\n3\t", True),
    ],
)
async def test_parts(bench, part, content, whole):
    path = bench.put("a.txt", "alpha\nbeta\n")
    assert (await bench("Read", file_path=path, **part)).content == content
    assert bench.state.files[path].whole is whole


async def test_past_the_end_and_an_empty_file_are_told_as_reminders(bench):
    past = await bench("Read", file_path=bench.put("a.txt", "alpha\n"), offset=50)
    empty = await bench("Read", file_path=bench.put("b.txt", ""))
    assert past.said.fields == {"offset": "50", "lines": "2"}
    for told in (past, empty):
        assert told.content.startswith("<system-reminder>Warning: ") and told.is_error is None


async def test_what_cannot_be_read(bench):
    (bench.root / "sub").mkdir()
    (bench.root / "x.dat").write_bytes(b"a\0b")
    (bench.root / "latin").write_bytes(b"caf\xe9")
    cases = {"none.txt": "Read.missing", "sub": "Read.directory", "x.dat": "Read.binary", "latin": "Read.binary"}
    for path, case in cases.items():
        told = await bench("Read", file_path=str(bench.root / path))
        assert (told.said.case, told.is_error) == (case, True)


async def test_a_file_beside_that_differs_in_its_suffix_is_named(bench):
    bench.put("sub/app.py", "x")
    told = await bench("Read", file_path=str(bench.root / "sub/app.txt"))
    assert told.said.case == "Read.missing_like" and told.content.endswith(" app.py?")


async def test_a_relative_path_counts_from_where_commands_start(bench):
    bench.put("sub/a.txt", "x")
    await bench("Bash", command="cd sub")
    assert (await bench("Read", file_path="a.txt")).content == "1\tx"


async def test_pictures_and_documents_come_as_such(bench):
    (bench.root / "p.png").write_bytes(b"\x89PNG")
    (bench.root / "d.pdf").write_bytes(b"%PDF-1.7")
    picture = await bench("Read", file_path=str(bench.root / "p.png"))
    assert (picture.content, picture.media[0].media_type) == ("", "image/png")
    assert base64.b64decode(picture.media[0].data) == b"\x89PNG"
    document = await bench("Read", file_path=str(bench.root / "d.pdf"), pages="1-2")
    assert document.content and (document.media[0].media_type, document.media[0].name) == ("application/pdf", "d.pdf")


async def test_a_very_long_file_has_to_be_asked_for(bench):
    path = bench.put("a.txt", "x" * (read.TOKENS * read.CHARS_PER_TOKEN + 100))
    refused = await bench("Read", file_path=path)
    assert refused.is_error and refused.said.case == "Read.too_large" and path not in bench.state.files
    assert len((await bench("Read", file_path=path, allow_large=True)).content) > read.TOKENS * read.CHARS_PER_TOKEN


async def test_other_places_are_read_as_a_command_sees_them(bench, tmp_path):
    (tmp_path / "out.txt").write_text("x\n")
    (bench.root / "link").symlink_to(tmp_path / "out.txt")
    for path in (tmp_path / "out.txt", bench.root / "link"):
        assert (await bench("Read", file_path=str(path))).content == "1\tx\n2\t"
    assert (await bench("Read", file_path=str(tmp_path))).said.case == "Read.directory"
    assert (await bench("Read", file_path=str(tmp_path / "none"))).said.case == "Read.missing"


async def test_instructions_come_with_the_first_file_below_them(bench):
    bench.put("CLAUDE.md", "root")
    outer = bench.put("a/CLAUDE.md", "outer\n")
    bench.put("a/AGENTS.md", "hidden by the other")
    inner = bench.put("a/b/c/AGENTS.md", "inner")
    path = bench.put("a/b/c/x.txt", "x")
    told = await bench("Read", file_path=path)
    assert told.after == (
        f"<system-reminder>\nContents of {outer}:\n\nouter\n\n</system-reminder>\n"
        f"<system-reminder>\nContents of {inner}:\n\ninner\n</system-reminder>"
    )
    assert bench.state.instructions == {outer, inner}
    assert (await bench("Read", file_path=path)).after == ""
    assert (await bench("Read", file_path=bench.put("top.txt", "x"))).after == ""


async def test_instructions_that_are_read_themselves_are_not_shown_twice(bench):
    assert (await bench("Read", file_path=bench.put("a/CLAUDE.md", "outer\n"))).after == ""
