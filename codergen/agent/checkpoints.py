"""How the files of a workspace were, kept as git trees in a store of the session's own, and put back on demand.

The store lies outside the workspace. Neither the workspace's own `.git` nor any configuration, attribute file, filter
or hook in it has a say: its ignore files do, and what they leave out is neither kept nor touched. Empty folders are not
kept.
"""

import asyncio
import json
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from codergen import git
from codergen.agent.checkpoint_files import look, settle, unusual
from codergen.errors import CodergenError, UsageError

LOCAL = frozenset({"host", "bubblewrap"})
"""Sandboxes whose workspace is a folder of this host."""
_CONFIG = (
    "-c", "core.compression=1", "-c", "core.protectNTFS=false", "-c", "core.protectHFS=false", "-c", "gc.auto=0",
    "-c", "core.excludesFile=/dev/null", "-c", "core.ignoreCase=false", "-c", "core.fileMode=true",
    "-c", "core.untrackedCache=false", "-c", "core.trustctime=true", "-c", "core.sparseCheckout=false",
)  # fmt: skip
_OK = (0,)
_MANY = 200
"""New files that are worth a pack of their own: a third of the time and of the space of loose objects."""


class NotKept(CodergenError):
    """Files that git could not read or write; a session goes on without this checkpoint."""

    exit_code = 9


class TooMuch(NotKept):
    """A workspace that is too large to be kept; the next try would end the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointLimits:
    """What is too much for a store that grows with each change."""

    file_bytes: int = 10 << 20
    """A larger file is left out, and named."""
    new_bytes: int = 256 << 20
    """Of new and changed files in one checkpoint."""
    files: int = 50_000
    seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How the files were."""

    tree: str
    """Object id in the store."""
    modes: str = ""
    """Object id of a JSON table path -> permission bits, of files whose bits git itself does not keep; or nothing."""
    left_out: tuple[str, ...] = ()
    """Files too large to keep: they stay as they are when files are put back."""
    seconds: float = 0.0

    def data(self) -> dict[str, Any]:
        """As the event has it."""
        return {
            "tree": self.tree, "modes": self.modes, "left_out": list(self.left_out), "seconds": round(self.seconds, 4)
        }  # fmt: skip

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Checkpoint":
        return cls(tree=data["tree"], modes=data["modes"], left_out=tuple(data["left_out"]), seconds=data["seconds"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What putting files back did."""

    before: Checkpoint
    """How they were before: what undoes it."""
    written: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(slots=True)
class Checkpoints:
    """The store of one session for one workspace. One act at a time."""

    store: Path
    """A folder that only this session uses, made when it is needed."""
    workspace: Path
    """On this host."""
    limits: CheckpointLimits = field(default_factory=CheckpointLimits)
    given_up: bool = False
    """One was too much, so no more are asked for; putting files back is tried all the same."""
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take(self) -> Checkpoint:
        """How the files are now. Raises NotKept."""
        async with self._busy:
            try:
                return await self._take()
            except TooMuch:
                self.given_up = True
                raise

    async def restore(self, to: Checkpoint) -> Restored:
        """Put the files back: changed ones are written, missing ones made, those made since removed. How they were is
        kept first. Raises NotKept, and then nothing was changed."""
        async with self._busy:
            before = await self._take()
            try:
                return await self._restore(before, to)
            except git.GitFailed as error:
                raise NotKept(f"files were not put back: {error}") from error

    async def _restore(self, before: Checkpoint, to: Checkpoint) -> Restored:
        target = await self._target(before, to)
        changed = await self._changed(before.tree, target)
        if changed:
            await self._git("read-tree", "-m", "-u", before.tree, target)
        spared = await self._spare(before, [path for path, kind in changed if kind == "D"])
        modes = await self._modes(to), await self._modes(before)
        written = tuple(path for path, kind in changed if kind != "D")
        bits = {path: modes[0].get(path) for path in (*written, *modes[0], *modes[1])}
        bits |= {path: modes[1].get(path) for path in spared}
        await asyncio.to_thread(settle, self.workspace, bits, (*written, *spared))
        removed = tuple(path for path, kind in changed if kind == "D" and path not in spared)
        return Restored(before=before, written=written, removed=removed)

    async def _target(self, before: Checkpoint, to: Checkpoint) -> str:
        """The tree to go to: what was too large to keep, then or now, stays as it is."""
        stay = (*before.left_out, *to.left_out)
        if not stay:
            return to.tree
        rows = await self._rows(before.tree, to.left_out)
        told = b"".join(b"0 " + b"0" * 40 + b"\t" + os.fsencode(path) + b"\0" for path in stay) + rows
        await self._git("read-tree", to.tree, index="target.index")
        await self._git("update-index", "-z", "--index-info", stdin=told, index="target.index")
        return (await self._git("write-tree", index="target.index")).decode().strip()

    async def _spare(self, before: Checkpoint, removed: Sequence[str]) -> tuple[str, ...]:
        """Put back what the ignore files, as they are again, leave out: it was there then, and was not kept."""
        if not removed:
            return ()
        told = b"".join(os.fsencode(path) + b"\0" for path in removed)
        found = await self._git("check-ignore", "--no-index", "-z", "--stdin", stdin=told, good=(0, 1))
        spared = tuple(os.fsdecode(path) for path in found.split(b"\0") if path)
        if spared:
            await self._git("update-index", "-z", "--index-info", stdin=await self._rows(before.tree, spared))
            await self._git("checkout-index", "--force", "-z", "--stdin", stdin=found)
            await self._git("update-index", "--force-remove", "-z", "--stdin", stdin=found)
        return spared

    async def _rows(self, tree: str, paths: Sequence[str]) -> bytes:
        """Entries of a tree as `update-index --index-info` takes them."""
        if not paths:
            return b""
        return await self._git("--literal-pathspecs", "ls-tree", "-r", "-z", tree, "--", *paths)

    def copy_to(self, store: Path) -> None:
        """Give a forked session a store with the same objects, as names of the same files."""
        if self.store.exists():
            shutil.copytree(self.store, store, copy_function=_link)

    async def _take(self) -> Checkpoint:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.limits.seconds):
                await self._make()
                left_out = await self._update()
                tree = (await self._git("write-tree")).decode().strip()
                modes = await self._keep_modes()
        except TimeoutError as error:
            raise TooMuch(f"checkpoint: {self.workspace} took more than {self.limits.seconds:g} s") from error
        except (git.GitFailed, OSError) as error:
            raise NotKept(f"checkpoint: {error}") from error
        return Checkpoint(tree=tree, modes=modes, left_out=left_out, seconds=time.monotonic() - began)

    async def _make(self) -> None:
        """The store, and what of the workspace's own repository says what is ignored."""
        info = self.store / "info"
        if not (self.store / "HEAD").exists():
            self.store.mkdir(parents=True, exist_ok=True, mode=0o700)
            await git.run(("init", "--quiet", "--bare", "--template=", str(self.store)), env=self._env, cwd=self.store)
            info.mkdir(exist_ok=True)
            (info / "attributes").write_text(git.ATTRIBUTES, encoding="utf-8")
        own = self.workspace / ".git" / "info" / "exclude"
        text = own.read_text("utf-8", "replace") if own.is_file() and not own.is_symlink() else ""
        (info / "exclude").write_text(git.LEFT_BEHIND + text, encoding="utf-8")
        for lock in self.store.glob("*.lock"):  # of a process that was killed; there is no other one
            lock.unlink()

    async def _update(self) -> tuple[str, ...]:
        """Bring the index up to date; returns the files that are too large."""
        listed = await self._listed(self.workspace, "")
        found = await asyncio.to_thread(look, self.workspace, listed, self.limits.file_bytes)
        if found.bytes > self.limits.new_bytes or len(found.new) > self.limits.files:
            raise TooMuch(
                f"checkpoint: {len(found.new)} new or changed files of {found.bytes >> 20} MiB in {self.workspace} "
                "are too much; put what is not source into .gitignore"
            )
        for paths, act in (((*found.gone, *found.large), "--force-remove"), (found.new, "--add")):
            if paths:  # of a file that grew too large, no older state may be put back over it
                pack = ("-c", "core.bigFileThreshold=1") if len(paths) > _MANY else ()
                told = b"\0".join((*paths, b""))
                await self._git(*pack, "update-index", act, "--replace", "-z", "--stdin", stdin=told)
        return tuple(sorted(os.fsdecode(path) for path in found.large))

    async def _listed(self, folder: Path, prefix: str) -> list[bytes]:
        """New, changed and missing files; those of repositories inside the workspace too, which git passes over."""
        options = ("--others", "--modified", "--deleted", "--exclude-standard", "-z")
        raw = await self._git("ls-files", *options, tree=folder, index="none.index" if prefix else "index")
        out: list[bytes] = []
        for path in filter(None, raw.split(b"\0")):
            if path.endswith(b"/"):
                inner = os.fsdecode(path)
                if not (folder / inner).is_symlink():
                    out += await self._listed(folder / inner, prefix + inner)
            else:
                out.append(os.fsencode(prefix) + path)
        return out

    async def _changed(self, before: str, after: str) -> tuple[tuple[str, str], ...]:
        raw = await self._git("diff-tree", "-r", "-z", "--no-renames", "--name-status", before, after)
        parts = [os.fsdecode(part) for part in raw.split(b"\0") if part]
        return tuple(zip(parts[1::2], parts[0::2], strict=True))

    async def _keep_modes(self) -> str:
        paths = (await self._git("ls-files", "-z")).split(b"\0")
        bits = await asyncio.to_thread(unusual, self.workspace, paths)
        if not bits:
            return ""
        text = json.dumps(bits, sort_keys=True).encode()
        return (await self._git("hash-object", "-w", "--stdin", stdin=text)).decode().strip()

    async def _modes(self, of: Checkpoint) -> Mapping[str, int]:
        if not of.modes:
            return {}
        return cast("dict[str, int]", json.loads(await self._git("cat-file", "blob", of.modes)))

    @property
    def _env(self) -> dict[str, str]:
        return {**git.ENVIRONMENT, "GIT_DIR": str(self.store), "GIT_ATTR_NOSYSTEM": "1"}

    async def _git(
        self,
        *args: str,
        stdin: bytes = b"",
        tree: Path | None = None,
        index: str = "index",
        good: tuple[int, ...] = (0,),
    ) -> bytes:
        at = tree or self.workspace
        env = self._env | {"GIT_WORK_TREE": str(at), "GIT_INDEX_FILE": str(self.store / index)}
        return await git.run((*_CONFIG, *args), env=env, cwd=at, stdin=stdin, good=good)


def for_session(journal: Path, workspace: Path, sandbox: str) -> Checkpoints:
    """The checkpoints of the session that is kept in `journal`. Raises UsageError where files cannot be kept."""
    if sandbox not in LOCAL:
        raise UsageError(
            f"files in a sandbox of kind {sandbox!r} cannot be put back: they are not on this host",
            remedy="rewind the conversation alone with --conversation",
        )
    if shutil.which("git", path=git.ENVIRONMENT["PATH"]) is None:
        raise UsageError("files cannot be put back without git", remedy="install git, or use --conversation")
    return Checkpoints(store=journal.with_suffix(".files"), workspace=workspace)


def _link(source: str, target: str) -> None:
    """Objects never change; what may change is copied."""
    if "/objects/" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)
