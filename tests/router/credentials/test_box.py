"""The whole way in the real sandbox: program, forwarder, socket, proxy, vendor; and how it dies."""

import asyncio
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from codergen.sandbox.base import ExecRequest, ExecResult, Mount, SandboxSpec
from codergen.sandbox.bubblewrap import BubblewrapSandbox
from codergen.sandbox.orphans import sweep
from codergen.tools.check import INSIDE
from router.credentials.gateway import Gateway, opened
from router.credentials.testing import CATALOG, KEY, START, STOP, WORD, Call, Vendor, credential, good, question
from router.credentials.values import Ledger

PORT = 8787
PYTHON = f"{sys.base_prefix}/bin/python3"
GATE = "/run/gate"

ASK = """
import json, sys, time, urllib.request, urllib.error
def ask(key):
    body = json.dumps(%s).encode()
    url = "http://127.0.0.1:%d/v1/messages"
    request = urllib.request.Request(url, data=body, headers={"x-api-key": key, "content-type": "application/json"})
    try:
        return urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        return error
""" % (json.dumps(question()), PORT)  # noqa: UP031 - the text is full of braces


@asynccontextmanager
async def boxed(workspace: Path, *gateways: Gateway) -> AsyncGenerator[BubblewrapSandbox]:
    """A sandbox that is shown the first gateway's folder."""
    workspace.mkdir(exist_ok=True)
    folders = (Mount(source=gateways[0].folder, target=GATE), Mount(source=INSIDE), Mount(source=Path(sys.base_prefix)))
    box = BubblewrapSandbox()
    await box.start(SandboxSpec(workspace=workspace, mounts=folders))
    try:
        yield box
    finally:
        await box.stop()


def inside(text: str, *words: str) -> ExecRequest:
    """`text` as a Python program behind the forwarder."""
    forward = (PYTHON, "-I", "-S", f"{INSIDE}/forward.py", str(PORT), f"{GATE}/s", "--")
    return ExecRequest(argv=(*forward, PYTHON, "-I", "-c", ASK + text, *words), timeout_s=15)


def printed(done: ExecResult) -> list[str]:
    assert done.exit_code == 0, done.stderr.decode()
    return done.stdout.decode().split("\n")[:-1]


async def test_a_program_asks_with_a_placeholder(vendor: Vendor, tmp_path: Path) -> None:
    vendor.acts = [good]
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, boxed(tmp_path / "w", gateway) as box:
        done = await box.exec(inside("print(ask(sys.argv[1]).status, ask('guess').status)", gateway.placeholder))
    assert printed(done) == ["200 401"]
    assert [call.headers["x-api-key"] for call in vendor.calls] == [KEY]


SEARCH = """
import os
ask(sys.argv[1]).read()
word, found, looked = sys.argv[2].encode()[::-1], [], 0
places = [f"/proc/{p}/{n}" for p in os.listdir("/proc") if p.isdigit() for n in ("environ", "cmdline", "maps")]
for top in ("/tmp", "/run", "/home", "/workspace", "/etc", "/dev/shm"):
    places += [os.path.join(folder, name) for folder, _, names in os.walk(top) for name in names]
for path in places:
    try:
        content = open(path, "rb").read()
    except OSError:
        continue
    looked += 1
    if word in content:
        found.append(path)
print(looked > 10, found)
"""


async def test_the_real_key_is_nowhere_inside(vendor: Vendor, tmp_path: Path) -> None:
    vendor.acts = [good, good]
    log = tmp_path / "log"
    async with (
        opened(credential(vendor.url), log=log, catalog=CATALOG) as gateway,
        boxed(tmp_path / "w", gateway) as box,
    ):
        done = await box.exec(inside(SEARCH, gateway.placeholder, KEY[::-1]))
        seen = await box.exec(inside(SEARCH, gateway.placeholder, gateway.placeholder[::-1]))
        listed = await box.exec(ExecRequest(argv=("sh", "-c", f"ls {GATE}; touch {GATE}/x; rm -f {GATE}/s; ls {GATE}")))
    assert printed(done) == ["True []"]
    assert "/cmdline" in printed(seen)[0], "the search finds nothing at all"
    assert listed.stdout == b"s\ns\n", listed
    assert KEY not in log.read_text()
    assert vendor.calls[0].headers["x-api-key"] == KEY


async def test_pieces_arrive_as_they_are_sent(vendor: Vendor, tmp_path: Path) -> None:
    async def drip(call: Call) -> None:
        await call.head()
        await call.event(START)
        for _ in range(8):
            await asyncio.sleep(0.1)
            await call.event(WORD)
        await call.event(STOP)
        await call.end()

    vendor.acts = [drip]
    text = "for line in ask(sys.argv[1]):\n  if b'content_block_delta' in line: print(time.monotonic(), flush=True)"
    async with opened(credential(vendor.url), catalog=CATALOG) as gateway, boxed(tmp_path / "w", gateway) as box:
        at = [float(line) for line in printed(await box.exec(inside(text, gateway.placeholder)))]
    gaps = [later - earlier for earlier, later in pairwise(at)]
    print("gaps in ms:", [round(gap * 1000) for gap in gaps])
    assert len(gaps) == 7
    assert statistics.median(gaps) > 0.06, "pieces were gathered"


REACH = """
import socket
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except OSError as error:
    print(error.errno)
"""


async def test_a_job_cannot_reach_anothers_way_out(vendor: Vendor, tmp_path: Path) -> None:
    async with (
        opened(credential(vendor.url), catalog=CATALOG) as mine,
        opened(credential(vendor.url), catalog=CATALOG) as other,
        boxed(tmp_path / "w", mine) as box,
    ):
        done = await box.exec(inside(REACH, str(other.socket)))
        crossed = await box.exec(inside("print(ask(sys.argv[1]).status)", other.placeholder))
    assert (printed(done), printed(crossed)) == (["2"], ["401"])
    assert vendor.calls == []


async def test_a_proxy_that_comes_back_serves_the_box_that_runs(vendor: Vendor, tmp_path: Path) -> None:
    vendor.acts = [good]
    folder = tmp_path / "g"
    folder.mkdir()
    text = (
        "status = 0\nwhile status != 200:\n  answer = ask(sys.argv[1]); answer.read(); status = answer.status\n"
        "  print(status, flush=True); time.sleep(0.05)"
    )
    async with opened(credential(vendor.url), folder=folder, catalog=CATALOG) as first:
        pass
    async with boxed(tmp_path / "w", first) as box:
        said = asyncio.Event()
        running = asyncio.create_task(box.exec(inside(text, first.placeholder), lambda *_: said.set()))
        await asyncio.wait_for(said.wait(), 10)
        async with opened(credential(vendor.url), folder=folder, before=first) as second:
            done = await running
            ledger: Ledger = second.ledger()
    assert set(printed(done)[:-1]) == {"502"}
    assert printed(done)[-1] == "200"
    assert (ledger.requests, ledger.last_whole) == (1, True)


JOB = """
import asyncio, sys
from pathlib import Path
from codergen.sandbox.base import ExecRequest, Mount, SandboxSpec
from codergen.sandbox.bubblewrap import BubblewrapSandbox
from codergen.tools.check import INSIDE
from providers.registry import Endpoint
from router.credentials.gateway import opened
from router.credentials.values import Credential

async def main(workspace, key):
    credential = Credential(api="anthropic_messages", endpoint=Endpoint(api_key=key))
    async with opened(credential) as gateway:
        box = BubblewrapSandbox()
        shown = [Mount(source=INSIDE), Mount(source=Path(sys.base_prefix))]
        mounts = (Mount(source=gateway.folder, target="/run/gate"), *shown)
        await box.start(SandboxSpec(workspace=workspace, mounts=mounts))
        forward = (sys.base_prefix + "/bin/python3", "-I", str(INSIDE / "forward.py"), "8787", "/run/gate/s", "--")
        argv = (*forward, "sh", "-c", "setsid sh -c 'while :; do date > beat; sleep 0.05; done' & "
            "while ! [ -s beat ]; do sleep 0.01; done; echo up; sleep 60")
        await box.exec(ExecRequest(argv=argv), lambda *_: print(gateway.socket, flush=True))

asyncio.run(main(Path(sys.argv[1]), sys.stdin.readline().strip()))
"""


@pytest.mark.timeout(40)
async def test_killing_the_job_ends_the_way_out_and_the_box(tmp_path: Path) -> None:
    """`kill -9`, so that nothing of ours can clean up."""
    job = await asyncio.create_subprocess_exec(
        sys.executable, "-c", JOB, str(tmp_path), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert job.stdin is not None and job.stdout is not None
    job.stdin.write(f"{KEY}\n".encode())
    path = (await asyncio.wait_for(job.stdout.readline(), 30)).decode().strip()
    _, writer = await asyncio.open_unix_connection(path)
    writer.close()
    assert (
        KEY.encode()
        not in Path(f"/proc/{job.pid}/environ").read_bytes() + Path(f"/proc/{job.pid}/cmdline").read_bytes()
    )
    killed = time.monotonic()
    os.kill(job.pid, signal.SIGKILL)
    await job.wait()
    with pytest.raises((ConnectionRefusedError, FileNotFoundError)):  # any codergen that starts sweeps it away
        await asyncio.open_unix_connection(path)
    beat = tmp_path / "beat"
    while (seen := beat.stat().st_mtime_ns) != (await asyncio.sleep(0.4), beat.stat().st_mtime_ns)[1]:
        assert time.monotonic() - killed < 10, f"the box still writes: {seen}"
    sweep()
    assert not Path(path).parent.parent.exists()
    print(f"box still {time.monotonic() - killed - 0.4:.2f} s after the kill")
