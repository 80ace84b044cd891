import subprocess

import pytest

from router.errors import RepositoryError
from router.line.workspace import FileChange, changed_in_place, open_repo


def git(folder, *args):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *args], cwd=folder, check=True, timeout=20
    )


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.py").write_text("x = 1\n")
    (folder / "data.bin").write_bytes(bytes(range(256)))
    (folder / ".gitignore").write_text("*.log\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


async def test_a_workspace_is_the_base_tree_without_a_git_directory(source, tmp_path):
    repo = await open_repo(source, "HEAD", tmp_path / "job" / "git")
    await repo.checkout(tmp_path / "ws")
    names = sorted(p.name for p in (tmp_path / "ws").iterdir())
    assert names == [".gitignore", "a.py", "data.bin"]
    assert (tmp_path / "ws" / "data.bin").read_bytes() == bytes(range(256))


async def test_the_diff_is_taken_from_the_files_and_can_be_laid_out_again(source, tmp_path):
    repo = await open_repo(source, "main", tmp_path / "git")
    ws = tmp_path / "ws"
    await repo.checkout(ws)
    (ws / "a.py").write_text("x = 2\r\n")
    (ws / "new").mkdir()
    (ws / "new" / "b.txt").write_text("hé\n")
    (ws / "data.bin").unlink()
    (ws / "noise.log").write_text("ignored")
    patch = await repo.patch_from_workspace(ws)
    assert patch.files == (
        FileChange(path="a.py", kind="modified", old_mode="100644", new_mode="100644", size=7),
        FileChange(path="data.bin", kind="deleted", old_mode="100644", new_mode="000000", size=0),
        FileChange(path="new/b.txt", kind="added", old_mode="000000", new_mode="100644", size=4),
    )
    await repo.checkout(tmp_path / "again", patch)
    assert (tmp_path / "again" / "a.py").read_bytes() == b"x = 2\r\n"
    assert not (tmp_path / "again" / "data.bin").exists()
    assert await repo.patch_from_text(patch.text) == patch


async def test_attributes_filters_and_a_planted_git_directory_do_nothing(source, tmp_path):
    repo = await open_repo(source, "HEAD", tmp_path / "git")
    ws = tmp_path / "ws"
    await repo.checkout(ws)
    ran = tmp_path / "ran"
    subprocess.run(["git", "init", "-q", str(ws)], check=True)
    for key in ("core.fsmonitor", "filter.x.clean", "core.sshCommand", "diff.external"):
        subprocess.run(["git", "-C", str(ws), "config", key, f"touch {ran}; cat"], check=True)
    (ws / ".gitattributes").write_text("* filter=x text eol=crlf -diff\n")
    (ws / "a.py").write_text("x = 3\n")
    patch = await repo.patch_from_workspace(ws)
    assert [change.path for change in patch.files] == [".gitattributes", "a.py"]
    assert "+x = 3\n" in patch.text
    assert not ran.exists()


async def test_links_and_submodules_are_named_by_their_modes(source, tmp_path):
    repo = await open_repo(source, "HEAD", tmp_path / "git")
    ws = tmp_path / "ws"
    await repo.checkout(ws)
    (ws / "link").symlink_to("/etc/passwd")
    inner = ws / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    git(inner, "commit", "-q", "--allow-empty", "-m", "x")
    patch = await repo.patch_from_workspace(ws)
    assert {change.path: change.new_mode for change in patch.files} == {"link": "120000", "inner": "160000"}


async def test_what_is_no_repository_or_commit_is_named(source, tmp_path):
    with pytest.raises(RepositoryError, match="no such folder"):
        await open_repo(tmp_path / "nowhere", "HEAD", tmp_path / "git")
    (tmp_path / "plain").mkdir()
    with pytest.raises(RepositoryError, match=r"not a git repository(.|\n)*git init"):
        await open_repo(tmp_path / "plain", "HEAD", tmp_path / "git")
    with pytest.raises(RepositoryError, match="has no commit 'v9'"):
        await open_repo(source, "v9", tmp_path / "git")
    with pytest.raises(RepositoryError, match="not a commit"):
        await open_repo(source, "--output=x", tmp_path / "git")


async def test_a_patch_that_does_not_apply_is_an_error(source, tmp_path):
    repo = await open_repo(source, "HEAD", tmp_path / "git")
    with pytest.raises(RepositoryError):
        await repo.patch_from_text("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-y = 1\n+y = 2\n")
    assert (await repo.patch_from_text("")).empty


async def test_uncommitted_work_is_noticed(source):
    assert not await changed_in_place(source)
    (source / "a.py").write_text("x = 5\n")
    assert await changed_in_place(source)


async def test_a_tree_takes_some_paths_from_another(source, tmp_path):
    repo = await open_repo(source, "HEAD", tmp_path / "git")
    ws = tmp_path / "ws"
    await repo.checkout(ws)
    (ws / "a.py").write_text("x = 2\n")
    (ws / "été.py").write_text("new\n")
    (ws / "data.bin").unlink()
    changed = await repo.patch_from_workspace(ws)
    without = await repo.graft(("été.py", "data.bin"), onto=changed.tree, source=repo.base)
    assert [(c.path, c.kind) for c in (await repo.patch_to(without)).files] == [("a.py", "modified")]
    only = await repo.graft(("été.py", "data.bin"), onto=repo.base, source=changed.tree)
    files = (await repo.patch_to(only)).files
    assert [(c.path, c.kind) for c in files] == [("data.bin", "deleted"), ("été.py", "added")]
