"""The default: every command in a bubblewrap of its own, so that nothing survives it. What stands around the tool (the
id, the control group, the staging of folders) is `prepared` once per sandbox; what is shown inside is `policy`."""

import asyncio
import os
import secrets
import subprocess
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from codergen.errors import PolicyUnsupported, SandboxDied, SandboxUnavailable
from codergen.sandbox import policy, probe, seccomp
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
from codergen.sandbox.cgroup import Groups
from codergen.sandbox.collector import Run
from codergen.sandbox.launch import before_exec, limits_of
from codergen.sandbox.local import (
    Commands,
    LocalFiles,
    Request,
    bounds_of,
    command_cwd,
    command_env,
    popen,
    refusal,
    wires_for,
)
from codergen.sandbox.namespace import Namespace, command_result
from codergen.sandbox.prepared import Prepared, prepare
from codergen.sandbox.selftest import self_test
from codergen.sandbox.spawned import Spawned, unstarted
from codergen.sandbox.tree import to_the_end
from codergen.sandbox.wires import Wires

_NAME = "bubblewrap"
_END_WITHIN_S = 5.0


class BubblewrapSandbox:
    """`Sandbox` by bubblewrap. Level 2 with its system call filter, else 1."""

    name = _NAME

    def __init__(
        self,
        tools: Callable[[], list[probe.Tool]] = probe.candidates,
        session_maker: Callable[[], str | None] = probe.session_maker,
    ) -> None:
        self._tools, self._session_maker = tools, session_maker
        self._prepared: Prepared | None = None
        self._commands = Commands(_NAME)

    def capabilities(self) -> Capabilities:
        hard = frozenset[str]() if self._prepared is None else self._prepared.groups.enforced
        filtered = seccomp.program() is not None
        return Capabilities(
            fs_isolated=True,
            net=frozenset({"none"}),
            limits=frozenset({"output", "time"} | {name.removesuffix(":hard") for name in hard}),
            pid_ns=True,
            syscall_filter=filtered,
            spawn=frozenset({"pipes", "terminal"} if self._session_maker() else {"pipes"}),
            level=2 if filtered else 1,
        )

    async def start(self, spec: SandboxSpec) -> StartRecord:
        if self._prepared is not None:
            raise SandboxDied("this sandbox was started before; one object is one workspace")
        tool, why = probe.first_usable(self._tools())
        if tool is None:
            raise SandboxUnavailable(_NAME, why, probe.INSTALL + probe.WITHOUT)
        self._prepared = await _prepared_aside(spec, tool)
        try:
            held = await self._tested(spec)
        except BaseException:
            await self.stop()
            raise
        return StartRecord(
            backend=_NAME,
            level=self.capabilities().level,
            not_enforced=self._prepared.not_enforced(),
            self_test=held,
            inside=spec.inside,
        )

    async def _tested(self, spec: SandboxSpec) -> dict[str, str]:
        try:
            held = await self_test(self.exec, spec)
        except SandboxDied as error:
            raise SandboxUnavailable(_NAME, str(error), probe.remedy(str(error))) from error
        if bad := [f"{name}: {verdict}" for name, verdict in held.items() if verdict.startswith(("leaked", "did not"))]:
            raise SandboxUnavailable(_NAME, "its self-test failed: " + "; ".join(bad), probe.remedy(" ".join(bad)))
        return held

    async def stop(self, *, delete: bool = True) -> None:
        await self._commands.end_all(_END_WITHIN_S)
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            await asyncio.to_thread(prepared.release, delete=delete)

    async def exec(self, request: ExecRequest, on_output: OutputSink | None = None) -> ExecResult:
        begun = self._begin(request, on_output)
        if isinstance(begun, ExecResult):
            return begun
        if begun.run.feed is not None and request.stdin is not None:
            begun.run.feed.give(request.stdin)
        return await self._commands.run(begun.outcome(request.argv))

    async def spawn(self, request: SpawnRequest, on_output: OutputSink | None = None) -> Process:
        begun = self._begin(request, on_output)
        if isinstance(begun, ExecResult):
            return unstarted(begun, request, on_output)
        return Spawned(begun.run, await self._commands.start(begun.outcome(request.argv)))

    def _begin(self, request: Request, on_output: OutputSink | None) -> "_Begun | ExecResult":
        """The command, running, or why it is not."""
        prepared = self._running()
        if (refused := refusal(request)) is not None:
            return refused
        words = self._words(request)
        spawned = isinstance(request, SpawnRequest)
        groups = prepared.groups.within(secrets.token_hex(4)) if spawned else prepared.groups
        oom_before = groups.oom_kills()
        try:
            process, wires, status = _start(prepared, request, words, groups.doors)
        except BaseException:
            if spawned:
                groups.remove()
            raise
        tree = Namespace(process, status)
        run = Run(process, tree, wires, bounds_of(prepared.spec, request), on_output)
        return _Begun(run=run, tree=tree, groups=groups, groups_are_own=spawned, oom_before=oom_before)

    def _words(self, request: Request) -> tuple[str, ...]:
        """What bwrap starts. The session that it makes has no terminal, which keeps process 1 out of reach of the keys;
        a terminal goes to a session that is made inside."""
        if isinstance(request, ExecRequest) or request.terminal is None:
            return request.argv
        if (maker := self._session_maker()) is None:
            raise PolicyUnsupported("sandbox 'bubblewrap' can give no terminal here: there is no setsid (util-linux)")
        return (maker, "-c", "--", *request.argv)

    def _running(self) -> Prepared:
        if self._prepared is None:
            raise SandboxDied("sandbox 'bubblewrap' is not running: start it first, and not after stop")
        return self._prepared

    def _files(self) -> LocalFiles:
        return self._running().files

    async def read_file(self, path: str, *, max_bytes: int | None = None) -> bytes:
        return await self._files().read(path, max_bytes)

    async def write_file(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        await self._files().write(path, data, mode)

    async def stat(self, path: str) -> FileStat | None:
        return await self._files().stat(path)

    async def upload(self, src: Path, dst: str) -> None:
        await self._files().upload(src, dst)

    async def download(self, src: str, dst: Path, *, exclude: Sequence[str] = ()) -> None:
        await self._files().download(src, dst, exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """One command in its bubblewrap."""

    run: Run
    tree: Namespace
    groups: Groups
    groups_are_own: bool
    """Of what lives long, so that another's lack of memory is not told as its own."""
    oom_before: int

    async def outcome(self, argv: tuple[str, ...]) -> ExecResult:
        try:
            done = await self.run.over()
            oom = self.groups.oom_kills() > self.oom_before
        finally:
            self.tree.close()
            if self.groups_are_own:
                await to_the_end(asyncio.to_thread(self.groups.remove))
        return command_result(argv, done, self.tree.status, oom=oom)


async def _prepared_aside(spec: SandboxSpec, tool: probe.Tool) -> Prepared:
    """`prepare` walks the workspace, so it leaves the event loop; cancelled meanwhile, what it made is undone."""
    making = asyncio.ensure_future(asyncio.to_thread(prepare, spec, tool))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        (await making).release(delete=True)
        raise


def _start(
    prepared: Prepared, request: Request, words: tuple[str, ...], doors: tuple[int, ...]
) -> tuple["subprocess.Popen[bytes]", Wires, int]:
    """bwrap with `words` as its command, our ends of it, and the reading end of what bwrap reports. Its own environment
    is empty, since process 1 inside is bwrap itself; its options come by descriptor, since process 1's arguments can be
    read too."""
    spec = prepared.spec
    env = command_env(spec, request, home=policy.HOME, tmp=policy.TMP)
    own = policy.command_options(env, command_cwd(prepared.files.workspace, request))
    with ExitStack() as ours, ExitStack() as undo:
        status, status_in = os.pipe2(os.O_CLOEXEC)
        undo.callback(os.close, status)
        ours.callback(os.close, status_in)
        filter_fd = None if prepared.filter is None else _memory(prepared.filter, ours)
        home = tuple((path, _memory(content, ours)) for path, content in prepared.home)
        options = policy.options(
            prepared.facts,
            prepared.view,
            policy.Descriptors(status=status_in, seccomp=filter_fd, home=home),
            inside=spec.inside,
            read_only=spec.read_only,
            protect=prepared.protect(),
            limits=spec.limits,
        )
        args = _memory(_zero_separated((*options, *own)), ours)
        inherited = [fd for fd in (args, status_in, filter_fd, *(fd for _, fd in home)) if fd is not None]
        wires = wires_for(request)
        if prepared.identity is not None:
            wires.give_to(prepared.identity.uid)
        try:
            process = popen(
                (prepared.bwrap, "--args", str(args), "--", *words),
                wires,
                env={},
                cwd="/",
                pass_fds=inherited,
                preexec_fn=before_exec(
                    identity=prepared.identity,
                    namespace=None if prepared.stage is None else prepared.stage.namespace,
                    groups=doors,
                    limits=limits_of(spec.limits),
                ),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise SandboxDied(f"bubblewrap could not be started: {error}") from error
        undo.pop_all()
    return process, wires, status


def _memory(content: bytes, ours: ExitStack) -> int:
    """A descriptor that reads as `content`, of our own until `ours` closes it."""
    fd = os.memfd_create("codergen", os.MFD_CLOEXEC)
    ours.callback(os.close, fd)
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _zero_separated(arguments: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(argument) + b"\0" for argument in arguments)
