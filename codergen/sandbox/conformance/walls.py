"""Behaviours of the boundary itself: what a command cannot see, reach or change. Baits are our own files,
processes and ports; files of the kernel are opened and never written."""

import os
import secrets
import socket
import subprocess
import tempfile
from pathlib import Path

from codergen.errors import FileRefused
from codergen.sandbox.conformance.bench import Behaviour, Bench, expect, expect_error, python_mounts


async def files_outside_are_unreadable(bench: Bench) -> None:
    (bench.tmp / "secret").write_text("secret")
    async with bench.started() as box:
        done = await box.sh('cat "$1" ; cat "/proc/1/root/$1"; cat ../secret', str(bench.tmp / "secret"))
        expect(b"secret" not in done.stdout, done.stdout)


async def accounts_and_homes_are_hidden(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("cat /etc/shadow /etc/machine-id 2>/dev/null; ls -A /root /var /srv /opt 2>/dev/null")
        expect(done.stdout == b"", done.stdout[:200])


async def files_outside_are_unwritable(bench: Bench) -> None:
    async with bench.started() as box:
        await box.sh('echo x > "$1"; echo x > ../beside', str(bench.tmp / "written"))
    expect(not (bench.tmp / "written").exists() and not (bench.tmp / "beside").exists(), "written outside")


async def system_is_read_only(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("for d in / /usr /usr/bin /etc /dev; do test -w $d && echo $d; done; true")
        expect(done.stdout == b"", done.stdout)


def _bearer(word: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "30"], env={"BAIT": word})


async def environments_outside_are_hidden(bench: Bench) -> None:
    word = secrets.token_hex(16)
    bearer = _bearer(word)
    try:
        async with bench.started() as box:
            done = await box.sh(
                "cat /proc/[0-9]*/environ /proc/1/cmdline | tr '\\0' '\\n'; tr '\\0' '\\n' < /proc/1/environ"
            )
            expect(word.encode() not in done.stdout and str(bench.tmp).encode() not in done.stdout, done.stdout[:300])
    finally:
        bearer.kill()
        bearer.wait()


async def processes_outside_are_invisible(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh('test -d "/proc/$1" && readlink "/proc/$1/exe"; kill -0 "$1"', str(os.getpid()))
        expect(done.exit_code != 0 and b"python" not in done.stdout, done)


async def loopback_of_the_host_is_unreachable(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as port:
        async with bench.started() as box:
            done = await box.sh(f"exec 3<>/dev/tcp/127.0.0.1/{port.getsockname()[1]}")
            expect(done.exit_code != 0, "connected")


async def there_is_no_network(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '")
        expect(done.stdout == b"lo\n", done.stdout)


async def own_loopback_works(bench: Bench) -> None:
    text = (
        "import socket; s = socket.create_server(('localhost', 0)); "
        "c = socket.create_connection(s.getsockname()); print('connected')"
    )
    async with bench.started(mounts=python_mounts()) as box:
        done = await box.python(text)
        expect(done.stdout == b"connected\n", done)


async def path_sockets_of_the_host_are_unreachable(bench: Bench) -> None:
    with (
        tempfile.TemporaryDirectory() as short,  # a socket's path has 107 bytes at most
        socket.socket(socket.AF_UNIX) as listening,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        path = f"{short}/s"
        listening.bind(path)
        listening.listen()
        name = f"\0codergen-{os.getpid()}"
        abstract.bind(name)
        abstract.listen()
        text = (
            "import socket, sys\nfor n in (sys.argv[1], chr(0) + sys.argv[2]):\n  s = socket.socket(socket.AF_UNIX)\n"
        )
        text += "  try: s.connect(n); print('connected')\n  except OSError: pass"
        async with bench.started(mounts=python_mounts()) as box:
            done = await box.python(text, path, name[1:])
            expect(done.stdout == b"" and done.exit_code == 0, done)


async def user_is_not_root(bench: Bench) -> None:
    async with bench.started() as box:
        done = await box.sh("id -u; echo x > mine")
        expect(done.stdout.strip() not in {b"", b"0"}, done.stdout)
        expect((box.workspace / "mine").stat().st_uid != 0, "its files are root's on the host")


async def kernel_settings_are_closed(bench: Bench) -> None:
    text = (
        "import os, sys\nfor p in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger'):\n"
        "  try: os.close(os.open(p, os.O_WRONLY)); print(p)\n  except OSError: pass"
    )
    async with bench.started(mounts=python_mounts()) as box:
        done = await box.python(text)
        expect((done.exit_code, done.stdout) == (0, b""), done)


_CALLS = """
import ctypes, errno, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def refused(name, call):
    ctypes.set_errno(0)
    try: result = call()
    except OSError as error: code = error.errno
    else: code = ctypes.get_errno() if isinstance(result, int) and result == -1 else 0
    if code not in (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EAFNOSUPPORT): print(name, code)
"""


async def namespaces_and_mounts_are_refused(bench: Bench) -> None:
    text = _CALLS + (
        "refused('mount', lambda: libc.mount(b'none', b'/nowhere', b'tmpfs', 0, None))\n"
        "refused('setns', lambda: libc.setns(-1, 0))\n"
        "refused('unshare user', lambda: libc.unshare(0x10000000))\n"
        "refused('unshare net', lambda: libc.unshare(0x40000000))\n"
    )
    async with bench.started(mounts=python_mounts()) as box:
        done = await box.python(text)
        expect((done.exit_code, done.stdout) == (0, b""), done)


async def rare_calls_are_refused(bench: Bench) -> None:
    text = _CALLS + (
        "refused('ptrace', lambda: libc.ptrace(16, -1, 0, 0))\n"
        "refused('bpf', lambda: libc.syscall(321 if os.uname().machine == 'x86_64' else 280, 0, 0, 0))\n"
        "refused('perf', lambda: libc.syscall(298 if os.uname().machine == 'x86_64' else 241, 0, 0, 0, 0, 0))\n"
        "refused('io_uring', lambda: libc.syscall(425, 1, 0))\n"
        "refused('keyctl', lambda: libc.syscall(250 if os.uname().machine == 'x86_64' else 219, 6, -3))\n"
    )
    async with bench.started(mounts=python_mounts()) as box:
        done = await box.python(text)
        expect((done.exit_code, done.stdout) == (0, b""), done)


async def odd_sockets_are_refused(bench: Bench) -> None:
    text = _CALLS + (
        "for name, family in (('vsock', 40), ('alg', 38), ('netlink', 16), ('packet', 17)):\n"
        "    refused(name, lambda: socket.socket(family, socket.SOCK_DGRAM if family != 38 else 5).close())\n"
    )
    async with bench.started(mounts=python_mounts()) as box:
        done = await box.python(text)
        expect((done.exit_code, done.stdout) == (0, b""), done)


async def set_id_bits_are_refused(bench: Bench) -> None:
    text = _CALLS + (
        "os.close(os.open('f', os.O_CREAT | os.O_WRONLY, 0o755))\n"
        "refused('chmod', lambda: os.chmod('f', 0o4755))\n"
        "refused('create', lambda: os.close(os.open('g', os.O_CREAT | os.O_WRONLY, 0o4755)))\n"
    )
    async with bench.started(mounts=python_mounts()) as box:
        done = await box.python(text)
        expect((done.exit_code, done.stdout) == (0, b""), done)


async def devices_cannot_be_made(bench: Bench) -> None:
    text = _CALLS + "refused('mknod', lambda: os.mknod('d', 0o060600, os.makedev(7, 0)))\n"
    async with bench.started(mounts=python_mounts()) as box:
        done = await box.python(text)
        expect((done.exit_code, done.stdout) == (0, b""), done)


async def no_descriptor_is_inherited(bench: Bench) -> None:
    (bench.tmp / "secret").write_text("secret")
    ours = os.open(bench.tmp / "secret", os.O_RDONLY)
    try:
        os.set_inheritable(ours, True)
        async with bench.started() as box:
            done = await box.sh("ls /proc/self/fd | tr '\\n' ' '")
            expect(done.stdout == b"0 1 2 3 ", done.stdout)  # 3 is the listing itself
    finally:
        os.close(ours)


async def shared_memory_is_own(bench: Bench) -> None:
    async with bench.started() as box:
        name = f"codergen-{os.getpid()}"
        await box.sh(f"echo x > /dev/shm/{name}; echo x > /tmp/{name}")
        left = [path for path in (Path("/dev/shm") / name, Path("/tmp") / name) if path.exists()]
        for path in left:
            path.unlink()
        expect(not left, left)


async def workspace_can_be_read_only(bench: Bench) -> None:
    (bench.tmp / "workspace").mkdir()
    (bench.tmp / "workspace" / "f").write_text("old")
    async with bench.started(read_only=True) as box:
        await box.sh("echo new > f; echo new > g; rm -f f; mkdir d")
        await expect_error(FileRefused, box.sandbox.write_file("f", b"new"))
    expect((bench.tmp / "workspace" / "f").read_text() == "old", "changed")
    expect(len(list((bench.tmp / "workspace").iterdir())) == 1, "added")


async def protected_paths_stay(bench: Bench) -> None:
    workspace = bench.tmp / "workspace"
    (workspace / ".git").mkdir(parents=True)
    (workspace / ".git" / "config").write_text("old")
    async with bench.started() as box:
        await box.sh("echo new >> .git/config; mv .git moved; rm -rf .git; mkdir -p .git/hooks; echo x > .git/hooks/y")
        await expect_error(FileRefused, box.sandbox.write_file(".git/config", b"new"))
        await expect_error(FileRefused, box.sandbox.write_file("a/../.git/config", b"new"))
    expect([p.name for p in (workspace / ".git").iterdir()] == ["config"], list((workspace / ".git").iterdir()))
    expect((workspace / ".git" / "config").read_text() == "old", "changed")


async def folders_above_a_protected_path_stay(bench: Bench) -> None:
    workspace = bench.tmp / "workspace"
    (workspace / "a" / "b").mkdir(parents=True)
    (workspace / "a" / "b" / "f").write_text("old")
    async with bench.started(protect=("a/b/f",)) as box:
        await box.sh("mv a c; mv a/b a/c; mkdir -p a/b; echo new > a/b/f")
        done = await box.sh("echo free > a/b/g && cat a/b/f")
        expect(done.stdout == b"old", done)


BEHAVIOURS: tuple[Behaviour, ...] = (
    files_outside_are_unreadable,
    accounts_and_homes_are_hidden,
    files_outside_are_unwritable,
    system_is_read_only,
    environments_outside_are_hidden,
    processes_outside_are_invisible,
    loopback_of_the_host_is_unreachable,
    there_is_no_network,
    own_loopback_works,
    path_sockets_of_the_host_are_unreachable,
    user_is_not_root,
    kernel_settings_are_closed,
    namespaces_and_mounts_are_refused,
    rare_calls_are_refused,
    odd_sockets_are_refused,
    set_id_bits_are_refused,
    devices_cannot_be_made,
    no_descriptor_is_inherited,
    shared_memory_is_own,
    workspace_can_be_read_only,
    protected_paths_stay,
    folders_above_a_protected_path_stay,
)
