"""Behaviours of the limits: what a command cannot use up. Every attempt here is bounded, also where no limit holds."""

from codergen.sandbox.base import Limits
from codergen.sandbox.conformance.bench import Behaviour, Bench, expect, python_mounts

_MIB = 1 << 20


FORKS = (
    "import os, signal\nmade = []\n"
    "for _ in range(120):\n"
    "  try: pid = os.fork()\n"
    "  except OSError: break\n"
    "  if pid == 0: signal.pause()\n"
    "  made.append(pid)\n"
    "print(len(made))\n"
    "for pid in made: os.kill(pid, 9)\n"
)
"""Prints how many processes could be made, of 120."""


async def processes_are_limited(bench: Bench) -> None:
    async with bench.started(mounts=python_mounts(), limits=Limits(processes=40)) as box:
        done = await box.python(FORKS)
        expect(0 < int(done.stdout) <= 50, done.stdout)


async def memory_is_limited(bench: Bench) -> None:
    text = (
        "import subprocess, sys\n"
        "hog = 'x = bytearray(60 << 20); x[::4096] = bytes(len(x[::4096])); print(1, flush=True); input()'\n"
        "pipes = {'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE}\n"
        "many = [subprocess.Popen([sys.executable, '-I', '-S', '-c', hog], **pipes) for _ in range(3)]\n"
        "held = [p.stdout.readline() for p in many]\n"
        "print(sum(p.communicate(b'\\n') is not None and p.returncode == 0 for p in many))"
    )
    async with bench.started(mounts=python_mounts(), limits=Limits(memory_bytes=96 * _MIB)) as box:
        done = await box.python(text)
        expect(done.stdout != b"3\n", done)
        expect(done.oom, "nothing says that memory ran out")


async def file_size_is_limited(bench: Bench) -> None:
    async with bench.started(limits=Limits(file_bytes=_MIB)) as box:
        await box.sh("head -c 3000000 /dev/zero > f")
        expect((box.workspace / "f").stat().st_size <= _MIB, "larger")


async def descriptors_are_limited(bench: Bench) -> None:
    async with bench.started(limits=Limits(descriptors=64)) as box:
        done = await box.sh("ulimit -Hn; ulimit -Hc")
        expect(done.stdout == b"64\n0\n", done.stdout)


async def temporary_folders_are_limited(bench: Bench) -> None:
    async with bench.started(limits=Limits(tmp_bytes=2 * _MIB, shm_bytes=_MIB)) as box:
        done = await box.sh(
            'for d in /tmp /dev/shm "$HOME"; do head -c 4000000 /dev/zero > $d/f && echo $d; rm $d/f; done'
        )
        expect(done.stdout == b"", done.stdout)


async def disk_is_limited(bench: Bench) -> None:
    async with bench.started(limits=Limits(disk_bytes=2 * _MIB)) as box:
        done = await box.sh("for i in 1 2 3 4; do head -c 1000000 /dev/zero > f$i || exit 1; done")
        expect(done.exit_code != 0, "more than allowed was written")


async def inodes_are_limited(bench: Bench) -> None:
    async with bench.started(limits=Limits(inodes=50)) as box:
        done = await box.sh("for i in $(seq 100); do : > f$i || exit 1; done")
        expect(done.exit_code != 0, "more than allowed were made")


BEHAVIOURS: tuple[Behaviour, ...] = (
    processes_are_limited,
    memory_is_limited,
    file_size_is_limited,
    descriptors_are_limited,
    temporary_folders_are_limited,
    disk_is_limited,
    inodes_are_limited,
)
