"""Behaviours of what the host gives to commands: folders shown read-only, sockets in them, files laid into HOME."""

import socket
import sys
import tempfile
from pathlib import Path

from codergen.errors import PathEscape
from codergen.sandbox.base import Mount, SandboxSpec
from codergen.sandbox.conformance.bench import Behaviour, Bench, expect, expect_error, python_mounts


async def mounts_are_shown_read_only(bench: Bench) -> None:
    shown = bench.tmp / "closed" / "shown"
    shown.mkdir(parents=True)
    (shown / "f").write_text("seen")
    (bench.tmp / "closed" / "beside").write_text("secret")
    (bench.tmp / "closed").chmod(0o700)
    async with bench.started(mounts=(Mount(source=shown),)) as box:
        done = await box.sh('cat "$1/f"; cat "$1/../beside"; echo x > "$1/f"; echo x > "$1/g"', str(shown))
        expect(done.stdout == b"seen", done)
    expect((shown / "f").read_text() == "seen" and not (shown / "g").exists(), "changed")


async def mounts_can_stand_elsewhere(bench: Bench) -> None:
    (bench.tmp / "file").write_text("seen")
    async with bench.started(mounts=(Mount(source=bench.tmp / "file", target="/data/here"),)) as box:
        done = await box.sh("cat /data/here")
        expect(done.stdout == b"seen", done)


async def sockets_in_a_mounted_folder_are_reachable(bench: Bench) -> None:
    """Also one that is bound after the start, as by a server that came back."""
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as listening:
        folder = Path(short) / "gate"
        folder.mkdir(mode=0o755)
        async with bench.started(mounts=(*python_mounts(), Mount(source=folder))) as box:
            listening.bind(f"{folder}/s")
            (folder / "s").chmod(0o666)
            listening.listen()
            text = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print('connected')"
            done = await box.python(text, f"{folder}/s")
            expect(done.stdout == b"connected\n", done)


async def files_are_laid_into_home(bench: Bench) -> None:
    async with bench.started(home={".tool/deep/config": b"\0laid", "top": b"too"}) as box:
        done = await box.sh("cd && tr '\\0' 0 < .tool/deep/config && cat top && stat -c ' %a %s' .tool/deep/config")
        expect(done.stdout == b"0laidtoo 600 5\n", done)
        done = await box.sh("cd && echo more >> top && rm .tool/deep/config && mkdir .tool/x && cat top")
        expect(done.stdout == b"toomore\n", done)
    for path in ("../out", "/out", "a/../../out", ""):
        await expect_error(PathEscape, bench.create().start(SandboxSpec(workspace=bench.tmp, home={path: b""})))


async def interpreter_can_be_shown(bench: Bench) -> None:
    async with bench.started(mounts=python_mounts(), path=(f"{sys.base_prefix}/bin",)) as box:
        done = await box.run("python3", "-I", "-c", "import sys, ssl, sqlite3; print(sys.base_prefix)")
        expect(done.stdout.decode().strip() == sys.base_prefix, done)


BEHAVIOURS: tuple[Behaviour, ...] = (
    mounts_are_shown_read_only,
    mounts_can_stand_elsewhere,
    sockets_in_a_mounted_folder_are_reachable,
    files_are_laid_into_home,
    interpreter_can_be_shown,
)
