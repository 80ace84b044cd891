"""Workspaces and diffs: a git directory that no sandbox ever sees, work trees without one, changes as git trees.

Host git never reads configuration, attributes or hooks of a folder that a station could write: it works with its own
git directory, an attribute file that wins over the tree's, and an empty environment (`codergen.git`).
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from codergen.git import ATTRIBUTES, ENVIRONMENT, LEFT_BEHIND, GitFailed, run
from router.errors import RepositoryError

ChangeKind = Literal["added", "modified", "deleted", "type"]
_KINDS: Mapping[str, ChangeKind] = {"A": "added", "M": "modified", "D": "deleted", "T": "type"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One path that a patch touches."""

    path: str
    kind: ChangeKind
    """`type` is a change between file, link and submodule."""
    old_mode: str
    new_mode: str
    """Git's octal modes: 100644, 100755, 120000 link, 160000 submodule, 000000 absent."""
    size: int
    """Bytes after the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A change against the base commit. Its truth is `tree`; `text` is for people and evidence."""

    tree: str
    """Object id of the whole tree after the change, in the job's own git directory."""
    text: str
    """Unified diff as git writes it, binary files included."""
    encoding: Literal["utf-8", "latin-1"] = "utf-8"
    """How `text` stands for the diff's bytes: latin-1 where a changed file is not UTF-8."""
    files: tuple[FileChange, ...]

    @property
    def empty(self) -> bool:
        return not self.files

    @property
    def data(self) -> bytes:
        """The diff as git gave it."""
        return self.text.encode(self.encoding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repo:
    """One job's own copy of a repository's history, and the commit the work starts from."""

    git_dir: Path
    base: str
    """Full commit id, or a tree's where a verifier's base holds more than a commit."""

    async def checkout(self, dest: Path, patch: Patch | None = None) -> None:
        """Write the base tree, or the tree after `patch`, into a new folder without a `.git`."""
        dest.mkdir(parents=True)
        index = dest.with_name(f"{dest.name}.index")
        await self._git("read-tree", patch.tree if patch else self.base, index=index, tree=dest)
        await self._git("checkout-index", "--all", "--force", index=index, tree=dest)
        index.unlink()

    async def patch_from_workspace(self, workspace: Path) -> Patch:
        """What a folder changes against base. Ignored files are not part of it."""
        index = self.git_dir / "taken.index"
        index.unlink(missing_ok=True)
        await self._git("read-tree", self.base, index=index, tree=workspace)
        await self._git("add", "--all", ".", index=index, tree=workspace)
        return await self._patch(index)

    async def patch_from_text(self, text: str) -> Patch:
        """A unified diff against base; raises RepositoryError where it does not apply."""
        index = self.git_dir / "given.index"
        index.unlink(missing_ok=True)
        await self._git("read-tree", self.base, index=index)
        if text.strip():
            await self._git("apply", "--cached", "--whitespace=nowarn", index=index, stdin=text.encode())
        return await self._patch(index)

    async def files(self) -> tuple[str, ...]:
        """All paths at base."""
        listing = await self._git("ls-tree", "-r", "-z", "--name-only", self.base)
        return tuple(name for name in listing.decode("utf-8", "backslashreplace").split("\0") if name)

    async def read(self, path: str) -> bytes:
        """A file's bytes at base; raises RepositoryError when it is not there."""
        return await self._git("cat-file", "blob", f"{self.base}:{path}")

    async def graft(self, paths: Iterable[str], *, onto: str, source: str) -> str:
        """Object id of the tree `onto` with `paths` as they are in the tree `source`; absent there is removed."""
        listing = await self._git("ls-tree", "-r", "-z", source)
        entries = dict(
            row.split("\t", 1)[::-1] for row in listing.decode("utf-8", "backslashreplace").split("\0") if row
        )
        index = self.git_dir / "graft.index"
        index.unlink(missing_ok=True)
        await self._git("read-tree", onto, index=index)
        gone = f"000000 {'0' * 40}"  # told on standard input: git removes a named path only where it has a work tree
        rows = [f"{_entry(entries[path]) if path in entries else gone}\t{path}\0" for path in paths]
        told = "".join(rows).encode("utf-8", "surrogateescape")
        await self._git("update-index", "-z", "--index-info", index=index, stdin=told)
        return (await self._git("write-tree", index=index)).decode().strip()

    async def _patch(self, index: Path) -> Patch:
        return await self.patch_to((await self._git("write-tree", index=index)).decode().strip())

    async def patch_to(self, tree: str) -> Patch:
        """The change from base to a tree of this git directory."""
        against = ("--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", self.base, tree)
        text = await self._git("diff", "--binary", "--full-index", *against)
        raw = await self._git("diff", "--raw", "-z", "--abbrev=40", *against)
        sizes = await self._sizes(tree)
        files = _changes(raw, sizes)
        try:
            return Patch(tree=tree, text=text.decode("utf-8"), files=files)
        except UnicodeDecodeError:
            return Patch(tree=tree, text=text.decode("latin-1"), encoding="latin-1", files=files)

    async def _sizes(self, tree: str) -> Mapping[str, int]:
        listing = (await self._git("ls-tree", "-r", "-z", "--long", tree)).decode("utf-8", "backslashreplace")
        sizes: dict[str, int] = {}
        for row in listing.split("\0"):
            meta, _, path = row.partition("\t")
            if path:
                size = meta.split()[-1]
                sizes[path] = int(size) if size.isdigit() else 0
        return sizes

    async def _git(self, *args: str, index: Path | None = None, tree: Path | None = None, stdin: bytes = b"") -> bytes:
        env = dict(ENVIRONMENT, GIT_DIR=str(self.git_dir))
        if index is not None:
            env["GIT_INDEX_FILE"] = str(index)
        if tree is not None:
            env["GIT_WORK_TREE"] = str(tree)
        return await _run(args, env=env, cwd=tree or self.git_dir, stdin=stdin)


async def open_repo(source: Path, base: str, git_dir: Path) -> Repo:
    """Copy the history of the repository at `source` into `git_dir` and resolve `base` there.

    Raises RepositoryError when `source` is no git repository or `base` no commit of it.
    """
    config = git_dir.with_name(f"{git_dir.name}.config")
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")  # ours to read, whoever owns it
    env = dict(ENVIRONMENT, GIT_CONFIG_GLOBAL=str(config))
    top = await _toplevel(source, env)
    commit = await _resolve(top, base, env)
    if git_dir.exists():
        shutil.rmtree(git_dir)
    clone = ("clone", "--quiet", "--bare", "--template=", "--no-tags", str(top), str(git_dir))
    await _run(clone, env=env, cwd=git_dir.parent)
    repo = Repo(git_dir=git_dir, base=commit)
    if not await _has(repo, commit):
        fetch = ("fetch", "--quiet", str(top), commit)
        await _run(fetch, env=dict(env, GIT_DIR=str(git_dir)), cwd=git_dir)
    (git_dir / "info").mkdir(exist_ok=True)
    (git_dir / "info" / "attributes").write_text(ATTRIBUTES, encoding="utf-8")
    (git_dir / "info" / "exclude").write_text(LEFT_BEHIND, encoding="utf-8")
    return repo


async def merge_base(source: Path, base: str) -> str:
    """Where the work tree's commit and `base` parted, or `base` itself when they share nothing.

    Raises RepositoryError for what is no repository or commit.
    """
    env = dict(ENVIRONMENT)
    top = await _toplevel(source, env)
    commit = await _resolve(top, base, env)
    try:
        found = await _run(("merge-base", commit, "HEAD"), env=env, cwd=top)
    except RepositoryError:
        return commit
    return found.decode().strip()


async def toplevel(source: Path) -> Path:
    """The root of the repository that `source` lies in; raises RepositoryError."""
    return await _toplevel(source, dict(ENVIRONMENT))


async def texts_at(source: Path, base: str, folder: str, *, most: int) -> Mapping[str, bytes]:
    """Path below the repository's root -> bytes of the regular files below `folder` in the commit `base`.

    Links are left out: one could name any file of this host. Raises RepositoryError, also for a file over `most` bytes.
    """
    env = dict(ENVIRONMENT)
    top = await _toplevel(source, env)
    commit = await _resolve(top, base, env)
    rows = await _run(("ls-tree", "-r", "-z", "-l", commit, "--", folder), env=env, cwd=top)
    found: dict[str, bytes] = {}
    for row in rows.decode("utf-8", "replace").split("\0")[:-1]:
        facts, _, path = row.partition("\t")
        mode, _, blob, size = facts.split()
        if mode not in {"100644", "100755"}:
            continue
        if int(size) > most:
            raise RepositoryError(f"{path} in {commit[:12]}: {size} bytes", remedy=f"at most {most:,}")
        found[path] = await _run(("cat-file", "blob", blob), env=env, cwd=top)
    return found


async def changed_in_place(source: Path) -> bool:
    """Whether the work tree at `source` has changes that no commit holds (they are not part of a job)."""
    env = dict(ENVIRONMENT)
    done = await _run(("status", "--porcelain"), env=env, cwd=source)
    return bool(done.strip())


async def _toplevel(source: Path, env: Mapping[str, str]) -> Path:
    if not source.is_dir():
        raise RepositoryError(f"no such folder: {source}", remedy="name a git repository with --repo DIR")
    try:
        found = await _run(("rev-parse", "--show-toplevel"), env=env, cwd=source)
    except RepositoryError as error:
        raise RepositoryError(
            f"not a git repository: {source}", remedy="`git init` it and commit once, or name another with --repo DIR"
        ) from error
    return Path(found.decode().strip())


async def _resolve(top: Path, base: str, env: Mapping[str, str]) -> str:
    if base.startswith("-"):
        raise RepositoryError(f"not a commit: {base!r}", remedy="name a branch, tag or commit id")
    command = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    try:
        found = await _run(command, env=env, cwd=top)
    except RepositoryError as error:
        hint = "the repository has no commit yet" if base == "HEAD" else "name a branch, tag or commit id"
        raise RepositoryError(f"{top} has no commit {base!r}", remedy=hint) from error
    return found.decode().strip().splitlines()[-1]


async def _has(repo: Repo, commit: str) -> bool:
    try:
        await _run(("cat-file", "-e", commit), env=dict(ENVIRONMENT, GIT_DIR=str(repo.git_dir)), cwd=repo.git_dir)
    except RepositoryError:
        return False
    return True


def _entry(row: str) -> str:
    """`mode object` of a line of ls-tree."""
    mode, _, blob = row.split(" ")
    return f"{mode} {blob}"


def _changes(raw: bytes, sizes: Mapping[str, int]) -> tuple[FileChange, ...]:
    fields = raw.decode("utf-8", "backslashreplace").split("\0")
    changes: list[FileChange] = []
    for meta, path in zip(fields[0::2], fields[1::2], strict=False):
        old_mode, new_mode, _, _, status = meta.lstrip(":").split(" ")
        changes.append(
            FileChange(path=path, kind=_KINDS[status[0]], old_mode=old_mode, new_mode=new_mode, size=sizes.get(path, 0))
        )
    return tuple(changes)


async def _run(args: tuple[str, ...], *, env: Mapping[str, str], cwd: Path, stdin: bytes = b"") -> bytes:
    try:
        return await run(args, env=env, cwd=cwd, stdin=stdin)
    except GitFailed as error:
        raise RepositoryError(str(error)) from error
