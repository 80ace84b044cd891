"""The execution boundary's protocol and values. Backends live beside it; tools and stations know only this file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

MIB = 1 << 20
OutputSink = Callable[[Literal["out", "err"], bytes], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sandbox may use. A backend enforces each or lists it in `StartRecord.not_enforced`."""

    processes: int = 256
    memory_bytes: int = 2 << 30
    output_bytes: int = MIB
    """Kept per command, half from the head and half from the tail; the rest is counted."""
    output_stop_bytes: int = 1 << 30
    """A command that has produced this much is ended."""
    disk_bytes: int = 1 << 30
    inodes: int = 100_000
    tmp_bytes: int = 256 * MIB
    shm_bytes: int = 64 * MIB
    file_bytes: int = 1 << 30
    descriptors: int = 4096
    read_bytes: int = 10 * MIB
    """Largest file that `read_file` returns."""
    command_seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A host folder or file shown read-only inside."""

    source: Path
    target: str | None = None
    """Absolute path inside; None is the same path as on the host, the only one that `host` can give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSpec:
    """What `Sandbox.start` is asked for."""

    workspace: Path
    """Host folder that holds the job's files; shown inside as `inside`, writable."""
    inside: str = "/workspace"
    """Where the workspace stands inside. `host` cannot move it and shows it at its own path."""
    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """The whole environment of commands besides the backend's own PATH, HOME, LANG, TMPDIR; never the launcher's."""
    path: tuple[str, ...] = ()
    """Folders (as inside) put before /usr/bin and /bin on PATH."""
    home: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Files laid into HOME, by path relative to it. They are a command's own copies, to be changed as it likes."""
    read_only: bool = False
    """Show the workspace read-only."""
    protect: tuple[str, ...] = (".git",)
    """Paths in the workspace shown read-only where they exist."""
    network: Literal["none"] = "none"
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecRequest:
    """One command. A shell is asked for as `("/bin/bash", "-c", text)`, never by joining strings."""

    argv: tuple[str, ...]
    cwd: str | None = None
    """Absolute inside, or relative to the workspace; None is the workspace."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    stdin: bytes | None = None
    timeout_s: float | None = None
    """None takes `Limits.command_seconds`."""
    max_output: int | None = None
    """None takes `Limits.output_bytes`; per stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecResult:
    """How a command ended. A failing command is data, never an exception; partial output is kept on timeout."""

    stdout: bytes
    stderr: bytes
    exit_code: int | None
    """None when a signal ended it or it timed out."""
    signal: int | None = None
    timed_out: bool = False
    oom: bool = False
    truncated: bool = False
    """Some output was dropped from the middle; `total_bytes` counts all of it."""
    total_bytes: int = 0
    duration_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpawnRequest:
    """A command that is talked to while it runs."""

    argv: tuple[str, ...]
    cwd: str | None = None
    """As in `ExecRequest`."""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    terminal: tuple[int, int] | None = None
    """(rows, columns) of a terminal that is its stdin, stdout and stderr; None gives it three pipes. What comes out of
    a terminal is told as `out`."""
    max_output: int | None = None
    """Kept for `wait`, per stream; None takes `Limits.output_bytes`. The sink sees everything."""


class Process(Protocol):
    """A command that runs. It has no time limit of its own: it lives until it ends, is killed, or the sandbox stops."""

    @property
    def result(self) -> ExecResult | None:
        """How it ended; None while it runs, and when it is the boundary that failed."""
        ...

    async def write(self, data: bytes) -> None:
        """To its stdin; returns when its side has taken all of it, so a command that does not read holds the writer:
        give it a time. Cancelled, what was not taken yet is not sent. Raises ProcessEnded when nobody reads any more,
        or after `close_input`."""
        ...

    async def close_input(self) -> None:
        """The end of its stdin, after what was written before; on a terminal, end of transmission. Idempotent."""
        ...

    async def interrupt(self) -> None:
        """SIGINT to everything it started; on a terminal, what Ctrl-C does there now, also past input that nobody has
        read. Nothing when it has ended."""
        ...

    async def wait(self) -> ExecResult:
        """Until it has ended and all of its output went to the sink. Cancelling a wait leaves it running. Raises
        SandboxDied when the boundary failed."""
        ...

    async def kill(self) -> ExecResult:
        """TERM, then KILL, to everything it started; returns when nothing of it is left. Idempotent. Raises as
        `wait`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStat:
    """lstat of one path inside the workspace."""

    kind: Literal["file", "dir", "link", "other"]
    size: int
    mode: int
    """Permission bits only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Facts about a backend on this host."""

    fs_isolated: bool
    net: frozenset[str]
    """Of {"none", "allowlist", "full"}: what it can give."""
    limits: frozenset[str]
    """Of {"pids", "memory", "cpu", "disk", "output", "time"}: what it enforces here."""
    pid_ns: bool
    syscall_filter: bool
    own_kernel: bool = False
    persistent: bool = False
    spawn: frozenset[str] = frozenset()
    """Of {"pipes", "terminal"}: how a command can be talked to while it runs."""
    level: int = 0
    """0 none, 1 same kernel with gaps, 2 same kernel with namespaces and filter, 3 own kernel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecord:
    """What `start` found out; kept word for word in the job's record."""

    backend: str
    level: int
    not_enforced: tuple[str, ...]
    """e.g. ("memory:hard", "disk"): limits and walls that this backend does not hold here."""
    self_test: Mapping[str, str]
    """probe name -> "held" or what leaked."""
    inside: str = "/workspace"
    """Where the workspace stands for commands here: `SandboxSpec.inside`, on `host` its own path."""


class Sandbox(Protocol):
    """One object is one workspace. Cancelling a call kills the whole process tree of that call before it returns."""

    name: str

    def capabilities(self) -> Capabilities: ...

    async def start(self, spec: SandboxSpec) -> StartRecord:
        """Raises SandboxUnavailable(reason, remedy); PolicyUnsupported for a limit that must hold and cannot."""
        ...

    async def stop(self, *, delete: bool = True) -> None:
        """End every process, idempotent, within 10 s; `delete` removes what the backend made (never the workspace)."""
        ...

    async def exec(self, request: ExecRequest, on_output: OutputSink | None = None) -> ExecResult:
        """Raises SandboxUnavailable or SandboxDied when the boundary itself failed, never for a failing command."""
        ...

    async def spawn(self, request: SpawnRequest, on_output: OutputSink | None = None) -> Process:
        """Start a command and return while it runs; others may run beside it. It ends everything that it started, as a
        command of `exec` does. Raises as `exec`, and PolicyUnsupported for a way of talking that `Capabilities.spawn`
        does not name; a command that cannot be started is a process that has ended (126, 127)."""
        ...

    async def read_file(self, path: str, *, max_bytes: int | None = None) -> bytes:
        """Raises FileNotFoundError, PathEscape, FileRefused (not a regular file, or too large)."""
        ...

    async def write_file(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Atomic; makes parent folders. Raises PathEscape, FileRefused."""
        ...

    async def stat(self, path: str) -> FileStat | None:
        """lstat; None when absent. Raises PathEscape."""
        ...

    async def upload(self, src: Path, dst: str) -> None:
        """Copy a host file or folder in; refuses links that leave."""
        ...

    async def download(self, src: str, dst: Path, *, exclude: Sequence[str] = ()) -> None:
        """Copy a file or folder out; the same checks. `exclude` are names (fnmatch) left out at any depth."""
        ...
