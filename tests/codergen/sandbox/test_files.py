"""File tools against races, and the way without openat2."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from codergen.errors import FileRefused, PathEscape
from codergen.sandbox.beneath import kernel_resolves, open_beneath, walk_open
from codergen.sandbox.copying import link_stays
from codergen.sandbox.files import Workspace
from codergen.sandbox.ownership import hand_over

READS = 5000


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Workspace]:
    (tmp_path / "ws").mkdir()
    workspace = Workspace.hold(tmp_path / "ws", "/workspace")
    yield workspace
    workspace.close()


def test_swapped_links_never_lead_out(held: Workspace, tmp_path: Path) -> None:
    outside, real, link = tmp_path / "outside", held.root / "d", held.root / "other"
    outside.mkdir()
    real.mkdir()
    (outside / "f").write_text("secret")
    (real / "f").write_text("ours")
    link.symlink_to(outside)
    over = threading.Event()
    swaps = 0

    def swap() -> None:
        nonlocal swaps
        while not over.is_set():
            os.rename(real, held.root / "spare")
            os.rename(link, real)
            os.rename(real, link)
            os.rename(held.root / "spare", real)
            swaps += 1

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen: dict[str, int] = {}
    try:
        for _ in range(READS):
            try:
                what = held.read("d/f", 100).decode()
            except (PathEscape, FileNotFoundError) as error:
                what = type(error).__name__
            seen[what] = seen.get(what, 0) + 1
    finally:
        over.set()
        swapper.join()
    assert "secret" not in seen
    assert seen.get("ours", 0) > 0
    assert swaps > 10


@pytest.mark.parametrize("opener", [open_beneath, walk_open])
def test_both_ways_hold_the_same_wall(opener: object, held: Workspace, tmp_path: Path) -> None:
    assert callable(opener)
    (tmp_path / "secret").write_text("secret")
    (held.root / "d").mkdir()
    (held.root / "d" / "f").write_text("ours")
    (held.root / "out").symlink_to("..")
    (held.root / "abs").symlink_to(tmp_path)
    (held.root / "file").symlink_to(tmp_path / "secret")
    fd = opener(held.fd, "d/f", os.O_RDONLY)
    assert os.read(fd, 10) == b"ours"
    os.close(fd)
    os.close(opener(held.fd, ".", os.O_RDONLY | os.O_DIRECTORY))
    for path in ("out/secret", "abs/secret", "file", "d/../../secret"):
        with pytest.raises(PathEscape):
            opener(held.fd, path, os.O_RDONLY)
    with pytest.raises(FileNotFoundError):
        opener(held.fd, "d/none", os.O_RDONLY)


def test_kernel_resolves_here() -> None:
    assert kernel_resolves()


def test_protected_paths_are_closed_for_writing(tmp_path: Path) -> None:
    held = Workspace.hold(tmp_path, "/workspace", closed=(".git",))
    held.write(".gitignore", b"", 0o644)
    for path in (".git/hooks/x", "/workspace/.git", "a/../.git/config"):
        with pytest.raises(FileRefused):
            held.write(path, b"", 0o644)
    held.close()


@pytest.mark.parametrize(
    ("target", "depth", "stays"),
    [
        ("f", 0, True),
        ("d/f", 0, True),
        ("../f", 1, True),
        ("../../f", 1, False),
        ("../f", 0, False),
        ("/f", 3, False),
        ("d/..", 0, False),
        ("d/../f", 2, False),
        ("", 1, False),
        ("./.././f", 1, True),
    ],
)
def test_links_that_stay(target: str, depth: int, stays: bool) -> None:
    assert link_stays(target, depth) is stays


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands files over")
def test_handing_over_spares_shared_files(held: Workspace, tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("shared")
    (held.root / "d").mkdir()
    (held.root / "d" / "f").hardlink_to(tmp_path / "shared")
    (held.root / "link").symlink_to(tmp_path / "shared")
    (held.root / "run").write_text("")
    (held.root / "run").chmod(0o4755)
    hand_over(held.fd, (12345, 12345))
    assert (tmp_path / "shared").stat().st_uid == 0
    assert (tmp_path / "shared").stat().st_nlink == 1
    assert (held.root / "d" / "f").read_text() == "shared"
    for path in (held.root, *held.root.rglob("*")):
        assert path.lstat().st_uid == 12345
    assert (held.root / "run").stat().st_mode & 0o7777 == 0o755
