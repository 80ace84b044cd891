"""What a bubblewrap sandbox holds on the host between its commands: the id, the groups, the staged folders, the files
written for it. Made once by `prepare`, undone by `release`."""

import os
import secrets
import shutil
import stat
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from codergen.errors import PathEscape, SandboxUnavailable
from codergen.sandbox import policy, probe, seccomp
from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.beneath import open_beneath
from codergen.sandbox.cgroup import Groups, make_groups
from codergen.sandbox.files import Workspace
from codergen.sandbox.launch import Identity
from codergen.sandbox.local import LocalFiles, home_files
from codergen.sandbox.owner import mark
from codergen.sandbox.ownership import hand_over
from codergen.sandbox.staging import Stage, stage

_ETC_OWN = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1000:agent:/home/agent:/bin/sh\n",
    "group": "root:x:0:\nagent:x:1000:\n",
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What one started sandbox holds on the host."""

    spec: SandboxSpec
    files: LocalFiles
    bwrap: str
    facts: policy.SystemFacts
    view: policy.View
    identity: Identity | None
    owner_before: tuple[int, int]
    stage: Stage | None
    groups: Groups
    filter: bytes | None
    home: tuple[tuple[str, bytes], ...]
    scratch: Path

    def protect(self) -> tuple[str, ...]:
        """The protected paths that exist now. A link is none of them: binding would show what it points to."""
        found: list[str] = []
        for path in self.spec.protect:
            relative = self.files.workspace.relative(path).rstrip("/")
            try:
                fd = open_beneath(self.files.workspace.fd, relative, os.O_PATH, links=False)
            except (FileNotFoundError, NotADirectoryError, PathEscape):
                continue
            mode = os.fstat(fd).st_mode
            os.close(fd)
            if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
                found.append(relative)
        return tuple(found)

    def not_enforced(self) -> tuple[str, ...]:
        missing = {"memory:hard", "pids:hard"} - self.groups.enforced
        missing |= {f"protect:{path}" for path in self.spec.protect if self._is_link(path)}
        if self.filter is None:
            missing.add("syscalls")
        return ("disk", "inodes", *sorted(missing))

    def _is_link(self, path: str) -> bool:
        found = self.files.workspace.stat(path)
        return found is not None and found.kind == "link"

    def release(self, *, delete: bool) -> None:
        """Every step is taken although one fails; the processes first, the descriptor last."""
        with ExitStack() as last_first:
            last_first.callback(self.files.workspace.close)
            if delete:
                last_first.callback(shutil.rmtree, self.scratch, ignore_errors=True)
            if self.identity is not None:
                last_first.callback(hand_over, self.files.workspace.fd, self.owner_before)
            if self.stage is not None:
                last_first.callback(self.stage.close)
            last_first.callback(self.groups.remove)


def prepare(spec: SandboxSpec, tool: probe.Tool) -> Prepared:
    """Raises SandboxUnavailable; leaves nothing behind when it does."""
    with ExitStack() as undo:
        try:
            prepared = _prepared(spec, tool, undo)
        except FileNotFoundError as error:
            raise SandboxUnavailable("bubblewrap", f"{error.filename} does not exist", "make it first") from error
        except OSError as error:
            what = f"{error.filename or spec.workspace}: {error.strerror or error}"
            raise SandboxUnavailable("bubblewrap", what, probe.remedy(str(error))) from error
        undo.pop_all()
    return prepared


def _prepared(spec: SandboxSpec, tool: probe.Tool, undo: ExitStack) -> Prepared:
    home = home_files(spec)
    root = spec.workspace.resolve(strict=True)
    facts = probe.system_facts()
    identity = probe.unused_identity()
    owner = None if identity is None else (identity.uid, identity.gid)
    closed = (".",) if spec.read_only else spec.protect
    held = Workspace.hold(root, spec.inside, owner=owner, closed=closed)
    undo.callback(held.close)
    info = os.fstat(held.fd)
    scratch = Path(tempfile.mkdtemp(prefix=f"codergen-bubblewrap-{mark()}-", dir="/tmp"))
    undo.callback(shutil.rmtree, scratch, ignore_errors=True)
    staged = _stage(spec, root, tool) if identity is not None else None
    if staged is not None:
        undo.callback(staged.close)
    groups = make_groups(f"codergen-{mark()}-{secrets.token_hex(4)}", spec.limits)
    undo.callback(groups.remove)
    if owner is not None:
        undo.callback(hand_over, held.fd, (info.st_uid, info.st_gid))
        hand_over(held.fd, owner)
    return Prepared(
        spec=spec,
        files=LocalFiles(spec, held),
        bwrap=_tool_path(tool, staged),
        facts=facts,
        view=_view(spec, root, staged, _etc(scratch, facts)),
        identity=identity,
        owner_before=(info.st_uid, info.st_gid),
        stage=staged,
        groups=groups,
        filter=seccomp.program(),
        home=home,
        scratch=scratch,
    )


def _stage(spec: SandboxSpec, root: Path, tool: probe.Tool) -> Stage | None:
    """None for a root that may not make mount namespaces (containers): it has to do with the paths as they are, and the
    self-test finds out whether the dropped id reaches them."""
    sources = {"workspace": root}
    sources |= {f"mount-{n}": mount.source.resolve(strict=True) for n, mount in enumerate(spec.mounts)}
    sources |= {folder.name: folder for folder in tool.companions if folder.is_dir()}
    try:
        return stage(sources)
    except OSError:
        return None


def _tool_path(tool: probe.Tool, staged: Stage | None) -> str:
    if staged is None or not tool.companions:
        return str(tool.path)
    package = tool.companions[0]
    return f"{staged.at(package.name)}/{tool.path.relative_to(package)}"


def _view(spec: SandboxSpec, root: Path, staged: Stage | None, etc: str) -> policy.View:
    return policy.View(
        workspace=str(root) if staged is None else staged.at("workspace"),
        mounts=tuple(
            (
                str(mount.source.resolve(strict=True)) if staged is None else staged.at(f"mount-{number}"),
                mount.target or str(mount.source),
            )
            for number, mount in enumerate(spec.mounts)
        ),
        etc=etc,
    )


def _etc(scratch: Path, facts: policy.SystemFacts) -> str:
    """A folder with what /etc holds inside."""
    etc = scratch / "etc"
    for name in facts.etc_folders:
        (etc / name).mkdir(parents=True)
    etc.mkdir(exist_ok=True)
    for name in policy.ETC_FILES:
        with suppress(OSError):
            shutil.copyfile(Path("/etc") / name, etc / name)
    for name, text in _ETC_OWN.items():
        (etc / name).write_text(text)
    for path in (scratch, etc, *etc.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return str(etc)
