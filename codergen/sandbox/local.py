"""What every backend shares that runs commands as local processes over a local folder: file tools, environment,
starting with bare pipes, and turning what was collected into a result."""

import asyncio
import subprocess
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from codergen.errors import PathEscape, SandboxDied
from codergen.sandbox.base import ExecRequest, ExecResult, FileStat, SandboxSpec
from codergen.sandbox.collector import Bounds, Collected
from codergen.sandbox.copying import copy_in, copy_out
from codergen.sandbox.files import Workspace

SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
_LARGE = 1 << 20


class LocalFiles:
    """The five file methods of `Sandbox`, on a held workspace. Large transfers leave the event loop."""

    def __init__(self, spec: SandboxSpec, workspace: Workspace) -> None:
        self._spec, self.workspace = spec, workspace

    async def read(self, path: str, max_bytes: int | None) -> bytes:
        return self.workspace.read(path, self._spec.limits.read_bytes if max_bytes is None else max_bytes)

    async def write(self, path: str, data: bytes, mode: int) -> None:
        if len(data) < _LARGE:
            self.workspace.write(path, data, mode)
        else:
            await asyncio.to_thread(self.workspace.write, path, data, mode)

    async def stat(self, path: str) -> FileStat | None:
        return self.workspace.stat(path)

    async def upload(self, src: Path, dst: str) -> None:
        await asyncio.to_thread(copy_in, self.workspace, src, dst, self._spec.limits)

    async def download(self, src: str, dst: Path, exclude: Sequence[str]) -> None:
        await asyncio.to_thread(copy_out, self.workspace, src, dst, exclude, self._spec.limits)


class Commands:
    """The commands of one sandbox that run now, so that stopping ends them."""

    def __init__(self, backend: str) -> None:
        self._backend = backend
        self._running: set[asyncio.Task[Collected]] = set()

    async def run(self, work: Coroutine[Any, Any, Collected]) -> Collected:
        """`work` to its end. Cancelling the caller cancels it and waits; `end_all` makes it SandboxDied."""
        task = asyncio.create_task(work)
        self._running.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is not None and me.cancelling():
                raise
            raise SandboxDied(f"sandbox {self._backend!r} was stopped during a command") from None
        finally:
            self._running.discard(task)

    async def end_all(self, within_s: float) -> None:
        running = list(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=within_s)


def started(held: LocalFiles | None, backend: str) -> LocalFiles:
    """The files of a sandbox that runs, or SandboxDied."""
    if held is None:
        raise SandboxDied(f"sandbox {backend!r} is not running: start it first, and not after stop")
    return held


def command_env(spec: SandboxSpec, request: ExecRequest, *, home: str, tmp: str) -> dict[str, str]:
    """The whole environment of one command: ours, then the job's, then the request's."""
    own = {"PATH": ":".join((*spec.path, *SYSTEM_PATH)), "HOME": home, "LANG": "C.UTF-8", "TMPDIR": tmp}
    return own | dict(spec.env) | dict(request.env)


def home_files(spec: SandboxSpec) -> tuple[tuple[str, bytes], ...]:
    """The files for HOME, path and content. Raises PathEscape for a path that would leave it."""
    for name in spec.home:
        path = PurePosixPath(name)
        if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in name:
            raise PathEscape(name)
    return tuple(spec.home.items())


def refusal(request: ExecRequest) -> ExecResult | None:
    """A request that no command can come of: nothing to run, or a zero byte, which would end an option early."""
    words = (*request.argv, *request.env, *request.env.values(), request.cwd or "")
    if request.argv and not any("\0" in word for word in words):
        return None
    why = b"a zero byte in the command, its environment or its folder\n" if request.argv else b"no command\n"
    return ExecResult(stdout=b"", stderr=why, exit_code=126, total_bytes=len(why))


def command_cwd(workspace: Workspace, request: ExecRequest) -> str:
    """Absolute folder that the command starts in, as it is shown inside. Absolute folders elsewhere are the command's
    own business: the wall decides what is there."""
    if request.cwd is None or request.cwd == ".":
        return workspace.shown
    if request.cwd.startswith("/"):
        return request.cwd
    if ".." in request.cwd.split("/"):
        raise PathEscape(request.cwd)
    return f"{workspace.shown.rstrip('/')}/{request.cwd}"


def bounds_of(spec: SandboxSpec, request: ExecRequest) -> Bounds:
    """The request's own bounds, else the job's."""
    limits = spec.limits
    return Bounds(
        timeout_s=limits.command_seconds if request.timeout_s is None else request.timeout_s,
        keep=limits.output_bytes if request.max_output is None else request.max_output,
        stop_at=limits.output_stop_bytes,
    )


def popen(
    argv: Sequence[str], *, stdin: bytes | None, env: Mapping[str, str], **more: object
) -> "subprocess.Popen[bytes]":
    """A process in a session of its own with unbuffered pipes and no other descriptor of ours."""
    return subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        bufsize=0,
        start_new_session=True,
        close_fds=True,
        **more,  # pyright: ignore[reportArgumentType, reportCallIssue]
    )


def not_started(argv: Sequence[str], error: OSError) -> ExecResult:
    """What a shell would say of a command that cannot be started: 127 when absent, else 126."""
    name = str(error.filename or argv[0])
    code = 127 if isinstance(error, FileNotFoundError) and name == argv[0] else 126
    text = f"{name}: {error.strerror}\n".encode()
    return ExecResult(stdout=b"", stderr=text, exit_code=code, total_bytes=len(text))


def result_of(done: Collected, *, oom: bool = False) -> ExecResult:
    """Data for the caller; a signal or a timeout leaves no exit code."""
    by_signal = -done.returncode if done.returncode < 0 else None
    return ExecResult(
        stdout=done.stdout,
        stderr=done.stderr,
        exit_code=None if by_signal is not None or done.timed_out else done.returncode,
        signal=by_signal,
        timed_out=done.timed_out,
        oom=oom,
        truncated=done.truncated,
        total_bytes=done.total_bytes,
        duration_ms=done.duration_ms,
    )
