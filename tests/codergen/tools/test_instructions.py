"""Instruction files below the root, on a real workspace."""

from dataclasses import replace
from pathlib import Path

import pytest

from codergen.tools.base import ToolContext
from codergen.tools.instructions import LONGEST, RULES, Found, below, first, nested
from codergen.tools.state import ToolState

CLAUDE = RULES["claude"].names


@pytest.fixture
def here(context: ToolContext, workspace: Path) -> ToolContext:
    return replace(context, root=str(workspace))


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/w", ()),
        ("/w/", ()),
        ("/", ()),
        ("/other/a", ()),
        ("/w/../etc", ()),
        ("/wide", ()),
        ("/w/a", ("/w/a",)),
        ("/w/a/b/../c", ("/w/a", "/w/a/c")),
        ("/w/..a/b", ("/w/..a", "/w/..a/b")),
    ],
)
def test_only_folders_below_the_root_are_looked_into(folder: str, expected: tuple[str, ...]) -> None:
    assert below("/w", folder) == expected


def test_the_first_name_that_is_there_counts() -> None:
    assert first(CLAUDE, "/w", {"/w/AGENTS.md", "/w/CLAUDE.md"}) == "/w/CLAUDE.md"
    assert first(CLAUDE, "/w", {"/w/AGENTS.md"}) == "/w/AGENTS.md"
    assert first(CLAUDE, "/w", {"/w/a/AGENTS.md"}) is None


async def test_files_on_the_way_down_are_found_outermost_first(here: ToolContext, workspace: Path) -> None:
    deep = workspace / "a" / "b"
    deep.mkdir(parents=True)
    (workspace / "CLAUDE.md").write_text("of the root")
    (workspace / "a" / "AGENTS.md").write_text("of a, unseen beside CLAUDE.md")
    (workspace / "a" / "CLAUDE.md").write_text("of a")
    (deep / "AGENTS.md").write_text("\ufeffof b")
    outer, inner = (f"{workspace}/a/CLAUDE.md", f"{deep}/AGENTS.md")
    both = (Found(path=outer, text="of a"), Found(path=inner, text="of b"))
    assert await nested(str(deep), here, CLAUDE) == both
    assert await nested(str(deep), here, CLAUDE, but=inner) == both[:1]
    shown = replace(here, state=ToolState(instructions=frozenset({outer})))
    assert await nested(str(deep), shown, CLAUDE) == both[1:]


async def test_a_file_that_was_shown_is_not_replaced_by_the_next_name(here: ToolContext, workspace: Path) -> None:
    (workspace / "a").mkdir()
    for name in CLAUDE:
        (workspace / "a" / name).write_text(name)
    shown = replace(here, state=ToolState(instructions=frozenset({f"{workspace}/a/CLAUDE.md"})))
    assert await nested(f"{workspace}/a", shown, CLAUDE) == ()


async def test_what_cannot_be_instructions_is_passed_over(here: ToolContext, workspace: Path, tmp_path: Path) -> None:
    for name in ("blank", "huge", "folder", "out"):
        (workspace / name).mkdir()
    (workspace / "blank" / "CLAUDE.md").write_text(" \n")
    (workspace / "blank" / "AGENTS.md").write_text("second")
    (workspace / "huge" / "CLAUDE.md").write_bytes(b"x" * (LONGEST + 1))
    (workspace / "folder" / "CLAUDE.md").mkdir()
    (tmp_path / "secret").write_text("not yours")
    (workspace / "out" / "CLAUDE.md").symlink_to(tmp_path / "secret")
    found = {name: await nested(f"{workspace}/{name}", here, CLAUDE) for name in ("blank", "huge", "folder", "out")}
    assert found == {
        "blank": (Found(path=f"{workspace}/blank/AGENTS.md", text="second"),),
        "huge": (),
        "folder": (),
        "out": (),
    }
