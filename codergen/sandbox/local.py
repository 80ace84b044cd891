"""What every backend shares that runs commands as local processes over a local folder: file tools, environment,
starting with bare pipes, and turning what was collected into a result."""

import asyncio
import subprocess
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from codergen.errors import PathEscape, SandboxDied
from codergen.sandbox.base import ExecRequest, ExecResult, FileStat, SandboxSpec, SpawnRequest
from codergen.sandbox.collector import Bounds, Collected
from codergen.sandbox.copying import copy_in, copy_out
from codergen.sandbox.files import Workspace
from codergen.sandbox.tree import to_the_end
from codergen.sandbox.wires import Wires, pipes, terminal

Request = ExecRequest | SpawnRequest
T = TypeVar("T")

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
        self._running: set[asyncio.Task[Any]] = set()

    async def start(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Returns when the first step of `work` is taken: cancelled before that, nobody would end what it is about.
        Cancelled itself, this ends `work` and waits."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._over)
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            task.cancel()
            await to_the_end(_ended([task]))
            raise
        return task

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """`work` to its end. Cancelling the caller cancels it and waits; `end_all` makes it SandboxDied."""
        task = await self.start(work)
        try:
            return await task
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is not None and me.cancelling():
                raise
            raise SandboxDied(f"sandbox {self._backend!r} was stopped during a command") from None

    async def end_all(self, within_s: float) -> None:
        await asyncio.sleep(0)  # the first step of each is taken
        running = list(self._running)
        for task in running:
            task.cancel()
        await _ended(running, within_s)

    def _over(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits hears of it; nobody has to


async def _ended(tasks: "list[asyncio.Task[Any]]", within_s: float | None = None) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=within_s)


def started(held: LocalFiles | None, backend: str) -> LocalFiles:
    """The files of a sandbox that runs, or SandboxDied."""
    if held is None:
        raise SandboxDied(f"sandbox {backend!r} is not running: start it first, and not after stop")
    return held


def command_env(spec: SandboxSpec, request: Request, *, home: str, tmp: str) -> dict[str, str]:
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


def refusal(request: Request) -> ExecResult | None:
    """A request that no command can come of: nothing to run, or a zero byte, which would end an option early."""
    words = (*request.argv, *request.env, *request.env.values(), request.cwd or "")
    if request.argv and not any("\0" in word for word in words):
        return None
    why = b"a zero byte in the command, its environment or its folder\n" if request.argv else b"no command\n"
    return ExecResult(stdout=b"", stderr=why, exit_code=126, total_bytes=len(why))


def command_cwd(workspace: Workspace, request: Request) -> str:
    """Absolute folder that the command starts in, as it is shown inside. Absolute folders elsewhere are the command's
    own business: the wall decides what is there."""
    if request.cwd is None or request.cwd == ".":
        return workspace.shown
    if request.cwd.startswith("/"):
        return request.cwd
    if ".." in request.cwd.split("/"):
        raise PathEscape(request.cwd)
    return f"{workspace.shown.rstrip('/')}/{request.cwd}"


def bounds_of(spec: SandboxSpec, request: Request) -> Bounds:
    """The request's own bounds, else the job's; only what is talked to while it runs has no time of its own."""
    limits = spec.limits
    own = request.timeout_s if isinstance(request, ExecRequest) else None
    return Bounds(
        timeout_s=limits.command_seconds if isinstance(request, ExecRequest) and own is None else own,
        keep=limits.output_bytes if request.max_output is None else request.max_output,
        stop_at=limits.output_stop_bytes,
    )


def wires_for(request: Request) -> Wires:
    """Open; `popen` gives the command its ends."""
    if isinstance(request, ExecRequest):
        return pipes(input=request.stdin is not None)
    return pipes(input=True) if request.terminal is None else terminal(*request.terminal)


def popen(argv: Sequence[str], wires: Wires, *, env: Mapping[str, str], **more: object) -> "subprocess.Popen[bytes]":
    """A process in a session of its own with its ends of the wires and no other descriptor of ours. When it cannot be
    started, all of the wires are closed."""
    stdin, stdout, stderr = wires.theirs
    try:
        return subprocess.Popen(
            list(argv),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=dict(env),
            bufsize=0,
            start_new_session=True,
            close_fds=True,
            **more,  # pyright: ignore[reportArgumentType, reportCallIssue]
        )
    except BaseException:
        wires.close()
        raise
    finally:
        wires.close_theirs()


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
