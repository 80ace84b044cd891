"""Looking through a real workspace from outside: what comes back as values, and what is refused."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from codergen.errors import ToolMisuse
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.search import (
    Entry,
    FileLines,
    FilesFound,
    Folder,
    LineFound,
    Lines,
    LinesFound,
    Listing,
    Refused,
    Where,
    find_files,
    find_lines,
    folder_tree,
    list_folder,
)


@pytest.fixture
async def sandbox(workspace: Path) -> AsyncIterator[HostSandbox]:
    made = HostSandbox()
    await made.start(SandboxSpec(workspace=workspace, path=(str(Path(sys.executable).parent),)))
    yield made
    await made.stop()


async def test_names_with_line_ends_and_other_scripts_come_whole(sandbox: HostSandbox, workspace: Path) -> None:
    for name in ("a\nb.txt", "é ü.txt"):
        (workspace / name).write_text("näh\n")
    where = Where(root=str(workspace), folder=str(workspace))
    assert await list_folder(sandbox, where) == Listing(
        entries=(Entry(name="a\nb.txt", is_dir=False, size=5), Entry(name="é ü.txt", is_dir=False, size=5)), ignored=0
    )
    found = await find_files(sandbox, where, "*.txt")
    assert isinstance(found, FilesFound)
    assert [file.path for file in found.files] == [f"{workspace}/a\nb.txt", f"{workspace}/é ü.txt"]
    lines = await find_lines(sandbox, where, Lines(pattern="NÄH", most=1))
    hit = LineFound(number=1, text="näh", is_match=True)
    assert lines == LinesFound(files=(FileLines(path="a\nb.txt", lines=(hit,)),), count=1, limited=True)


async def test_a_tree_goes_level_by_level_and_says_where_it_ends(sandbox: HostSandbox, workspace: Path) -> None:
    for name in ("a", "sub/b", "sub/c", "other/d", "node_modules/e"):
        (workspace / name).parent.mkdir(exist_ok=True)
        (workspace / name).touch()
    where = Where(root=str(workspace), folder=str(workspace))
    whole = await folder_tree(sandbox, where)
    assert isinstance(whole, Folder)
    assert (whole.files, [(f.name, f.files, f.closed) for f in whole.folders]) == (
        ("a",),
        [("node_modules", (), True), ("other", ("d",), False), ("sub", ("b", "c"), False)],
    )
    part = await folder_tree(sandbox, where, limit=6)
    assert isinstance(part, Folder)
    assert [(f.name, f.files, f.more_files) for f in part.folders[1:]] == [
        ("other", ("d",), False),
        ("sub", ("b",), True),
    ]
    assert not part.whole
    top = await folder_tree(sandbox, where, limit=2)
    assert isinstance(top, Folder)
    assert (len(top.folders), top.more_folders) == (1, True)


async def test_links_are_not_followed(sandbox: HostSandbox, workspace: Path) -> None:
    (workspace / "loop").symlink_to(workspace)
    (workspace / "out").symlink_to("/etc")
    (workspace / "a.txt").write_text("x")
    found = await find_files(sandbox, Where(root=str(workspace), folder=str(workspace)), "**/*")
    assert isinstance(found, FilesFound)
    assert [file.path for file in found.files] == [f"{workspace}/a.txt"]


async def test_what_is_refused(sandbox: HostSandbox, workspace: Path) -> None:
    (workspace / "file").touch()
    root = str(workspace)
    assert await list_folder(sandbox, Where(root=root, folder=f"{root}/none")) == Refused(why="missing")
    assert await folder_tree(sandbox, Where(root=root, folder=f"{root}/file")) == Refused(why="not_a_folder")
    wrong = await find_lines(sandbox, Where(root=root, folder=root), Lines(pattern="["))
    assert isinstance(wrong, Refused)
    assert (wrong.why, bool(wrong.told)) == ("pattern", True)


async def test_without_a_python_inside_it_says_so(workspace: Path) -> None:
    bare = HostSandbox()
    await bare.start(SandboxSpec(workspace=workspace, env={"PATH": "/nowhere"}))
    try:
        with pytest.raises(ToolMisuse, match="python3"):
            await list_folder(bare, Where(root=str(workspace), folder=str(workspace)))
    finally:
        await bare.stop()
