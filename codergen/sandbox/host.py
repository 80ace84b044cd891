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
    SandboxSpec,
    StartRecord,
)
from codergen.sandbox.collector import collect, until
from codergen.sandbox.files import Workspace
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
)
from codergen.sandbox.owner import mark
from codergen.sandbox.selftest import self_test

NOT_ENFORCED = (
    "filesystem", "network", "pid_namespace", "syscalls", "protect", "read_only", "mounts", "memory:hard", "pids:hard",
    "disk", "inodes", "tmp", "file_bytes", "descriptors", "daemons",
)  # fmt: skip
_GONE_WITHIN_S = 5.0


class Group:
    """The process group of one command. A child that makes a session of its own is not in it: gap `daemons`."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._pgid = process.pid
        self._killed = False

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        if not self._killed:  # afterwards the number may belong to somebody else
            self._killed = True
            self._send(signal.SIGKILL)

    async def gone(self) -> None:
        await until(lambda: not _group_lives(self._pgid), within_s=_GONE_WITHIN_S)

    def _send(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pgid, number)


def _group_lives(pgid: int) -> bool:
    """Someone in the group still runs; zombies that nobody has waited for yet do not count."""
    try:
        os.killpg(pgid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, group = entry.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if int(group) == pgid and state not in {"Z", "X"}:
                return True
    return False


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
        files, spec, scratch = started(self._files, self.name), self._spec, self._scratch
        assert spec is not None and scratch is not None
        if (refused := refusal(request)) is not None:
            return refused
        env = command_env(spec, request, home=str(scratch / "home"), tmp=str(scratch / "tmp"))
        cwd = command_cwd(files.workspace, request)
        found = shutil.which(request.argv[0], path=env["PATH"]) if "/" not in request.argv[0] else request.argv[0]
        if found is None:
            return not_started(request.argv, FileNotFoundError(2, "command not found"))
        try:
            process = popen(request.argv, stdin=request.stdin, env=env, cwd=cwd, executable=found)
        except OSError as error:
            return not_started(request.argv, error)
        bounds = bounds_of(spec, request)
        work = collect(process, Group(process), bounds, stdin=request.stdin, on_output=on_output)
        return result_of(await self._commands.run(work))

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
