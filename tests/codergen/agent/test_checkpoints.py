"""Files put back exactly, whatever the workspace's own git says."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from codergen.agent.checkpoints import CheckpointLimits, Checkpoints, NotKept, for_session
from codergen.errors import UsageError

GIT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return workspace


@pytest.fixture
def kept(tmp_path: Path, work: Path) -> Checkpoints:
    return Checkpoints(store=tmp_path / "s.files", workspace=work)


def state(folder: Path) -> dict[str, object]:
    """Every file and link with its mode and content; a repository's own folder left out."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if ".git" in path.parts or (path.is_dir() and not path.is_symlink()):
            continue
        name = str(path.relative_to(folder))
        found[name] = os.readlink(path) if path.is_symlink() else (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
    return found


def fill(work: Path) -> None:
    (work / "a.txt").write_text("one\r\ntwo\n")
    (work / "tool.sh").write_text("#!/bin/sh\n")
    (work / "tool.sh").chmod(0o755)
    (work / "key").write_text("private\n")
    (work / "key").chmod(0o600)
    (work / "deep" / "er").mkdir(parents=True)
    (work / "deep" / "er" / "b.bin").write_bytes(bytes(range(256)))
    (work / "link").symlink_to("deep/er/b.bin")
    (work / "dangling").symlink_to("/nowhere")
    (work / b"n\xff\nme".decode("utf-8", "surrogateescape")).write_text("odd name")
    (work / "git~1").write_text("odd name too")


def spoil(work: Path) -> None:
    (work / "a.txt").write_text("changed\n")
    (work / "tool.sh").unlink()
    (work / "key").unlink()
    (work / "link").unlink()
    (work / "link").write_text("a file now")
    (work / "deep" / "er" / "b.bin").unlink()
    (work / "deep" / "er").rmdir()
    (work / "deep" / "er").write_text("was a folder")
    (work / "new" / "er").mkdir(parents=True)
    (work / "new" / "er" / "file").write_text("made since")


async def test_files_come_back_exactly_and_the_way_back_too(work: Path, kept: Checkpoints) -> None:
    fill(work)
    before = state(work)
    first = await kept.take()
    spoil(work)
    after = state(work)
    restored = await kept.restore(first)
    assert state(work) == before
    assert set(restored.removed) == {"new/er/file", "deep/er"}
    assert not (work / "new").exists()
    await kept.restore(restored.before)
    assert state(work) == after


async def test_the_same_files_are_the_same_tree(work: Path, kept: Checkpoints) -> None:
    fill(work)
    first = await kept.take()
    (work / "a.txt").write_text("x")
    second = await kept.take()
    (work / "a.txt").write_bytes(b"one\r\ntwo\n")
    third = await kept.take()
    assert first.tree == third.tree != second.tree
    assert (first.modes, first.left_out) == (third.modes, ())


async def test_ignored_files_are_neither_kept_nor_touched(work: Path, kept: Checkpoints) -> None:
    (work / ".gitignore").write_text("build/\n*.log\n")
    (work / "build").mkdir()
    (work / "build" / "x.o").write_text("object")
    (work / "a.py").write_text("1")
    first = await kept.take()
    (work / "build" / "x.o").write_text("newer")
    (work / "run.log").write_text("log")
    (work / "a.py").write_text("2")
    await kept.restore(first)
    assert (work / "a.py").read_text() == "1"
    assert ((work / "build" / "x.o").read_text(), (work / "run.log").read_text()) == ("newer", "log")


async def test_what_was_ignored_then_survives_ignore_files_that_changed(work: Path, kept: Checkpoints) -> None:
    (work / ".gitignore").write_text("*.log\n")
    (work / "run.log").write_text("log")
    first = await kept.take()
    (work / ".gitignore").write_text("")
    (work / "made.txt").write_text("made since")
    await kept.restore(first)
    assert (work / "run.log").read_text() == "log"
    assert not (work / "made.txt").exists()
    assert (work / ".gitignore").read_text() == "*.log\n"


async def test_a_repository_and_its_filters_have_no_say(work: Path, kept: Checkpoints, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.invalid", "-C", str(work)]
    subprocess.run([*git, "init", "-q"], check=True, env=GIT)
    (work / "a.txt").write_bytes(b"one\r\ntwo\n$Id$\n")
    subprocess.run([*git, "add", "-A"], check=True, env=GIT)
    subprocess.run([*git, "commit", "-qm", "base"], check=True, env=GIT)
    (work / ".gitattributes").write_text("* text=auto eol=crlf filter=evil ident\n")
    for key in ("filter.evil.clean", "filter.evil.smudge", "core.fsmonitor"):
        subprocess.run([*git, "config", key, f"touch {ran}"], check=True, env=GIT)
    hook = work / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    status = subprocess.run([*git, "rev-parse", "HEAD"], check=True, env=GIT, capture_output=True).stdout
    index = (work / ".git" / "index").read_bytes()
    before = state(work)
    first = await kept.take()
    (work / "a.txt").write_text("x")
    await kept.restore(first)
    assert state(work) == before
    assert not ran.exists()
    assert (work / ".git" / "index").read_bytes() == index
    assert subprocess.run([*git, "rev-parse", "HEAD"], check=True, env=GIT, capture_output=True).stdout == status


async def test_repositories_inside_the_workspace_are_kept_too(work: Path, kept: Checkpoints) -> None:
    inner = work / "vendor" / "lib"
    inner.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(inner)], check=True, env=GIT)
    (inner / "code.c").write_text("int x;")
    (inner / ".gitignore").write_text("*.o\n")
    (inner / "x.o").write_text("object")
    first = await kept.take()
    (inner / "code.c").write_text("int y;")
    (inner / "more.c").write_text("int z;")
    await kept.restore(first)
    assert (inner / "code.c").read_text() == "int x;"
    assert not (inner / "more.c").exists()
    assert (inner / "x.o").exists()
    assert (inner / ".git" / "HEAD").exists()


async def test_large_files_are_named_and_stay(work: Path, kept: Checkpoints) -> None:
    kept.limits = CheckpointLimits(file_bytes=1000)
    (work / "small").write_text("s")
    (work / "grew").write_text("g")
    (work / "shrank").write_bytes(b"x" * 2000)
    first = await kept.take()
    assert first.left_out == ("shrank",)
    (work / "small").write_text("t")
    (work / "grew").write_bytes(b"g" * 2000)
    (work / "shrank").write_text("x")
    (work / "big").write_bytes(b"b" * 2000)
    restored = await kept.restore(first)
    assert restored.before.left_out == ("big", "grew")
    assert (work / "small").read_text() == "s"
    assert ((work / "grew").stat().st_size, (work / "shrank").read_text(), (work / "big").stat().st_size) == (
        2000,
        "x",
        2000,
    )


async def test_too_much_is_refused_and_says_what_to_do(work: Path, kept: Checkpoints) -> None:
    kept.limits = CheckpointLimits(files=2)
    for number in range(3):
        (work / f"f{number}").write_text("x")
    with pytest.raises(NotKept, match=r"3 new or changed files .* \.gitignore"):
        await kept.take()


async def test_a_lock_of_a_killed_process_is_no_obstacle(work: Path, kept: Checkpoints) -> None:
    fill(work)
    await kept.take()
    (kept.store / "index.lock").write_text("")
    (work / "a.txt").write_text("x")
    await kept.take()


async def test_a_fork_has_its_own_store(work: Path, kept: Checkpoints, tmp_path: Path) -> None:
    fill(work)
    first = await kept.take()
    other = Checkpoints(store=tmp_path / "t.files", workspace=work)
    kept.copy_to(other.store)
    before = state(work)
    spoil(work)
    await other.restore(first)
    assert state(work) == before


async def test_a_link_put_in_a_folders_place_leads_nowhere(work: Path, kept: Checkpoints, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (work / "dir").mkdir()
    (work / "dir" / "f").write_text("mine")
    first = await kept.take()
    (work / "dir" / "f").unlink()
    (work / "dir").rmdir()
    (work / "dir").symlink_to(outside)
    await kept.restore(first)
    assert (work / "dir" / "f").read_text() == "mine"
    assert not (work / "dir").is_symlink()
    assert list(outside.iterdir()) == []


def test_a_workspace_elsewhere_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--conversation"):
        for_session(tmp_path / "s.jsonl", tmp_path, "remote")
    assert for_session(tmp_path / "s.jsonl", tmp_path, "host").store == tmp_path / "s.files"
