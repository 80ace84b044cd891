"""No sandbox: commands run as the user, on the host, with a clean environment and the same collector and file tools.
Level 0; it is never chosen automatically."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from codergen.errors import PolicyUnsupported, SandboxUnavailable
from codergen.sandbox.base import (
    Capabilities,
    ExecRequest,
    ExecResult,
    FileStat,
    OutputSink,
    Process,
    SandboxSpec,
    SpawnRequest,
    StartRecord,
)
from codergen.sandbox.collector import Run
from codergen.sandbox.files import Workspace
from codergen.sandbox.launch import take_terminal
from codergen.sandbox.local import (
    Commands,
    LocalFiles,
    bounds_of,
    command_cwd,
    command_env,
    home_files,
    not_started,
    popen,
    refusal,
    result_of,
    started,
    wires_for,
)
from codergen.sandbox.owner import mark
from codergen.sandbox.proctable import Entry, entries, send_to_groups
from codergen.sandbox.selftest import self_test
from codergen.sandbox.spawned import Spawned, unstarted
from codergen.sandbox.tree import until

NOT_ENFORCED = (
    "filesystem", "network", "pid_namespace", "syscalls", "protect", "read_only", "mounts", "memory:hard", "pids:hard",
    "disk", "inodes", "tmp", "file_bytes", "descriptors", "daemons",
)  # fmt: skip
_GONE_WITHIN_S = 5.0
_LOOKS = 20
"""How often a session is looked through for ones that were forked meanwhile."""


class Group:
    """The process group of one command. A child that makes a session of its own is not in it: gap `daemons`."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._pgid = process.pid
        self._killed = False

    def begun(self) -> bool:
        return True

    def send(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pgid, number)

    def kill(self) -> None:
        if not self._killed:  # afterwards the number may belong to somebody else
            self._killed = True
            self.send(signal.SIGKILL)

    async def gone(self) -> None:
        await until(lambda: not self._lives(), within_s=_GONE_WITHIN_S)

    def _lives(self) -> bool:
        try:
            os.killpg(self._pgid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return any(entry.group == self._pgid and entry.runs for entry in entries())


class Session:
    """The session of one spawned command: also the groups that its shell makes for jobs. The gap is the same."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._id = process.pid
        self._killed: set[int] | None = None
        """Those that were there to be killed; None before `kill`. Afterwards the number may belong to somebody else."""

    def begun(self) -> bool:
        return True

    def send(self, number: int) -> None:
        send_to_groups(self._members(), number)

    def kill(self) -> None:
        if self._killed is not None:
            return
        self._killed = set()
        for _ in range(_LOOKS):  # whoever was forked while we looked; a killed one forks no more
            if not (found := {entry.pid for entry in self._members()} - self._killed):
                return
            for pid in found:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._killed |= found

    async def gone(self) -> None:
        if self._killed:
            await until(lambda: not self._members(), within_s=_GONE_WITHIN_S)

    def _members(self) -> list[Entry]:
        return [entry for entry in entries() if entry.session == self._id and entry.runs]


class HostSandbox:
    """`Sandbox` without walls."""

    name = "host"

    def __init__(self) -> None:
        self._files: LocalFiles | None = None
        self._spec: SandboxSpec | None = None
        self._scratch: Path | None = None
        self._commands = Commands(self.name)

    def capabilities(self) -> Capabilities:
        return Capabilities(
            fs_isolated=False,
            net=frozenset({"full"}),
            limits=frozenset({"output", "time"}),
            pid_ns=False,
            syscall_filter=False,
            spawn=frozenset({"pipes", "terminal"}),
        )

    async def start(self, spec: SandboxSpec) -> StartRecord:
        for mount in spec.mounts:
            if mount.target not in {None, str(mount.source)}:
                raise PolicyUnsupported(f"sandbox 'host' cannot show {mount.source} as {mount.target}")
        laid = home_files(spec)
        try:
            root = spec.workspace.resolve(strict=True)
            held = Workspace.hold(root, str(root), closed=(".",) if spec.read_only else spec.protect)
        except OSError as error:
            raise SandboxUnavailable(
                self.name, f"workspace {spec.workspace}: {error.strerror}", "make it first"
            ) from error
        self._scratch = Path(tempfile.mkdtemp(prefix=f"codergen-host-{mark()}-"))
        for folder in ("home", "tmp"):
            (self._scratch / folder).mkdir(mode=0o700)
        for path, content in laid:
            target = self._scratch / "home" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o600)
        self._spec, self._files = spec, LocalFiles(spec, held)
        test = await self_test(self.exec, spec)
        missing = NOT_ENFORCED if os.geteuid() != 0 else (*NOT_ENFORCED, "uid")
        return StartRecord(backend=self.name, level=0, not_enforced=missing, self_test=test, inside=str(root))

    async def stop(self, *, delete: bool = True) -> None:
        await self._commands.end_all(_GONE_WITHIN_S)
        files, self._files = self._files, None
        if files is not None:
            files.workspace.close()
        if delete and self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    async def exec(self, request: ExecRequest, on_output: OutputSink | None = None) -> ExecResult:
        run = self._begin(request, on_output)
        if isinstance(run, ExecResult):
            return run
        if run.feed is not None and request.stdin is not None:
            run.feed.give(request.stdin)
        return await self._commands.run(_outcome(run))

    async def spawn(self, request: SpawnRequest, on_output: OutputSink | None = None) -> Process:
        run = self._begin(request, on_output)
        if isinstance(run, ExecResult):
            return unstarted(run, request, on_output)
        return Spawned(run, await self._commands.start(_outcome(run)))

    def _begin(self, request: ExecRequest | SpawnRequest, on_output: OutputSink | None) -> Run | ExecResult:
        """The command, running, or why it is not."""
        files, spec, scratch = started(self._files, self.name), self._spec, self._scratch
        assert spec is not None and scratch is not None
        if (refused := refusal(request)) is not None:
            return refused
        env = command_env(spec, request, home=str(scratch / "home"), tmp=str(scratch / "tmp"))
        cwd = command_cwd(files.workspace, request)
        found = shutil.which(request.argv[0], path=env["PATH"]) if "/" not in request.argv[0] else request.argv[0]
        if found is None:
            return not_started(request.argv, FileNotFoundError(2, "command not found"))
        wires = wires_for(request)
        first = take_terminal if wires.is_terminal else None
        try:
            process = popen(request.argv, wires, env=env, cwd=cwd, executable=found, preexec_fn=first)
        except OSError as error:
            return not_started(request.argv, error)
        tree = Group(process) if isinstance(request, ExecRequest) else Session(process)
        return Run(process, tree, wires, bounds_of(spec, request), on_output)

    async def read_file(self, path: str, *, max_bytes: int | None = None) -> bytes:
        return await started(self._files, self.name).read(path, max_bytes)

    async def write_file(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        await started(self._files, self.name).write(path, data, mode)

    async def stat(self, path: str) -> FileStat | None:
        return await started(self._files, self.name).stat(path)

    async def upload(self, src: Path, dst: str) -> None:
        await started(self._files, self.name).upload(src, dst)

    async def download(self, src: str, dst: Path, *, exclude: Sequence[str] = ()) -> None:
        await started(self._files, self.name).download(src, dst, exclude)


async def _outcome(run: Run) -> ExecResult:
    return result_of(await run.over())
