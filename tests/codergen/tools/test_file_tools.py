"""read, write and edit on real files."""

import stat
from pathlib import Path

import pytest

from codergen.errors import ToolMisuse
from codergen.tools.base import ToolContext, ToolResult
from codergen.tools.edit import Edit, EditArguments
from codergen.tools.read import Read, ReadArguments
from codergen.tools.truncate import Cut
from codergen.tools.write import Write, WriteArguments


async def test_read_numbers_lines_and_keeps_the_exact_text(workspace: Path, context: ToolContext) -> None:
    (workspace / "a.txt").write_bytes(b"one\r\ntwo\n\nfour")
    assert await Read().run(ReadArguments(path="a.txt"), context) == ToolResult(
        content="1\tone\r\n2\ttwo\n3\t\n4\tfour",
        details={"path": "a.txt", "offset": 1, "lines": 4, "text": "one\r\ntwo\n\nfour"},
    )


async def test_read_gives_a_slice_and_says_how_much_follows(workspace: Path, context: ToolContext) -> None:
    (workspace / "a.txt").write_text("1\n2\n3\n4\n5\n")
    result = await Read().run(ReadArguments(path="a.txt", offset=2, limit=2), context)
    assert result.content == "2\t2\n3\t3\n(2 more lines)"
    assert result.details["text"] == "2\n3\n"


async def test_read_cuts_what_the_model_sees_but_not_the_details(workspace: Path, context: ToolContext) -> None:
    text = "word " * 2_000
    (workspace / "a.txt").write_text(text)
    result = await Read(Cut(chars=300, keep="head")).run(ReadArguments(path="a.txt"), context)
    assert len(result.content) <= 300
    assert "characters cut here" in result.content
    assert result.details["text"] == text


async def test_read_empty_file(workspace: Path, context: ToolContext) -> None:
    (workspace / "a.txt").touch()
    assert (await Read().run(ReadArguments(path="a.txt"), context)).content == "(the file is empty)"


@pytest.mark.parametrize(
    ("path", "offset", "said"),
    [
        ("missing.py", 1, "no such file"),
        ("../outside.txt", 1, "inside the workspace"),
        ("link.txt", 1, "inside the workspace|not a regular file"),
        ("folder", 1, "folder"),
        ("bytes.bin", 1, "not text in UTF-8"),
        ("short.txt", 9, "1 lines"),
    ],
)
async def test_read_refuses_in_words(workspace: Path, context: ToolContext, path: str, offset: int, said: str) -> None:
    (workspace.parent / "outside.txt").write_text("secret")
    (workspace / "link.txt").symlink_to(workspace.parent / "outside.txt")
    (workspace / "folder").mkdir()
    (workspace / "bytes.bin").write_bytes(b"\xff\xfe\x00")
    (workspace / "short.txt").write_text("only\n")
    with pytest.raises(ToolMisuse, match=said):
        await Read().run(ReadArguments(path=path, offset=offset), context)


async def test_write_makes_folders_and_keeps_permission_bits(workspace: Path, context: ToolContext) -> None:
    await Write().run(WriteArguments(path="new/deep/a.txt", content="hello\n"), context)
    assert (workspace / "new/deep/a.txt").read_text() == "hello\n"
    script = workspace / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    result = await Write().run(WriteArguments(path="run.sh", content="#!/bin/sh\nexit 0"), context)
    assert stat.S_IMODE(script.stat().st_mode) == 0o755
    assert result.content == "Wrote run.sh (2 lines)."


async def test_write_refuses_half_a_surrogate_pair_and_a_path_outside(context: ToolContext) -> None:
    with pytest.raises(ToolMisuse, match="surrogate"):
        await Write().run(WriteArguments(path="a.txt", content="\ud800"), context)
    with pytest.raises(ToolMisuse, match="inside the workspace"):
        await Write().run(WriteArguments(path="../a.txt", content=""), context)


async def test_edit_replaces_one_place_byte_for_byte(workspace: Path, context: ToolContext) -> None:
    (workspace / "a.py").write_bytes(b"a = 1\r\n\tb = 2\r\nc = 3")
    result = await Edit().run(EditArguments(path="a.py", old_string="\tb = 2\r\n", new_string=""), context)
    assert (workspace / "a.py").read_bytes() == b"a = 1\r\nc = 3"
    assert result.details == {"path": "a.py", "line": 2, "count": 1}


async def test_edit_replaces_all_when_asked(workspace: Path, context: ToolContext) -> None:
    (workspace / "a.py").write_text("x x x")
    args = EditArguments(path="a.py", old_string="x", new_string="y", replace_all=True)
    assert "3 places" in (await Edit().run(args, context)).content
    assert (workspace / "a.py").read_text() == "y y y"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("x = 1", "x = 1", "the same"),
        ("nothing", "y", "not in the file\\. Read"),
        ("x  =  1", "y", "other blanks"),
        ("x", "y", "3 times"),
    ],
)
async def test_edit_refuses_and_leaves_the_file(
    workspace: Path, context: ToolContext, old: str, new: str, said: str
) -> None:
    (workspace / "a.py").write_text("x = 1; x = x2")
    with pytest.raises(ToolMisuse, match=said):
        await Edit().run(EditArguments(path="a.py", old_string=old, new_string=new), context)
    assert (workspace / "a.py").read_text() == "x = 1; x = x2"
