"""The live processes of a session, on a real host sandbox."""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from codergen.errors import ProcessEnded, SandboxDied, TooManyProcesses
from codergen.sandbox.base import SandboxSpec, SpawnRequest
from codergen.sandbox.host import HostSandbox
from codergen.tools.processes import Live, Processes


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncGenerator[HostSandbox]:
    host = HostSandbox()
    await host.start(SandboxSpec(workspace=tmp_path))
    try:
        yield host
    finally:
        await host.stop()


def sh(text: str) -> SpawnRequest:
    return SpawnRequest(argv=("/bin/bash", "-c", text))


async def seen(live: Live, text: str) -> None:
    """Return once `text` was printed."""
    async with asyncio.timeout(10):
        while text not in live.all().text():
            await asyncio.sleep(0.01)


async def test_new_output_is_taken_once(sandbox: HostSandbox) -> None:
    processes = Processes()
    live = await processes.start(sandbox, sh("echo one; read line; echo $line >&2"), "a")
    await seen(live, "one\n")
    assert live.take().text() == "one\n"
    assert not live.take()
    assert (live.running, live.result, live.told) == (True, None, False)
    await live.process.write(b"two\n")
    assert await live.settle(10)
    assert live.take().text() == "two\n"
    assert live.all().text() == "one\ntwo\n"
    result = live.result
    assert result is not None
    assert (result.exit_code, result.stdout, result.stderr) == (0, b"one\n", b"two\n")
    with pytest.raises(ProcessEnded):
        await live.process.write(b"three\n")


async def test_settle_returns_when_its_time_is_over(sandbox: HostSandbox) -> None:
    processes = Processes()
    live = await processes.start(sandbox, sh("sleep 60"), "a")
    assert not await live.settle(0.05)
    assert live.seconds >= 0.05
    await processes.close()
    assert await live.settle(0)
    assert live.result is not None
    assert live.result.signal == 15


async def test_ends_are_told_once(sandbox: HostSandbox) -> None:
    processes = Processes()
    quick = await processes.start(sandbox, sh("exit 3"), "quick")
    slow = await processes.start(sandbox, sh("sleep 60"), "slow")
    assert await quick.settle(10)
    assert processes.ended() == (quick,)
    assert processes.ended() == ()
    await processes.close()
    assert processes.ended() == (slow,)
    assert [live.id for live in processes] == ["quick", "slow"]
    processes.forget("quick")
    assert processes.get("quick") is None
    assert processes.get("slow") is slow


async def test_only_so_many_run(sandbox: HostSandbox) -> None:
    processes = Processes(at_most=2)
    first = await processes.start(sandbox, sh("read line"), "a")
    await processes.start(sandbox, sh("read line"), "b")
    with pytest.raises(TooManyProcesses) as raised:
        await processes.start(sandbox, sh("read line"), "c")
    assert raised.value.allowed == 2
    await first.process.close_input()
    assert await first.settle(10)
    await processes.start(sandbox, sh("read line"), "c")
    assert len(processes) == 2
    await processes.close()
    assert len(processes) == 0


async def test_ids_come_from_the_caller(sandbox: HostSandbox) -> None:
    processes = Processes()
    numbers = itertools.cycle("1123")
    ids = [(await processes.start(sandbox, sh("exit"), lambda: next(numbers))).id for _ in range(3)]
    assert ids == ["1", "2", "3"]
    with pytest.raises(ValueError, match="'2'"):
        await processes.start(sandbox, sh("exit"), "2")
    await processes.close()


async def test_the_middle_of_much_output_is_counted(sandbox: HostSandbox) -> None:
    processes = Processes(keep=100)
    live = await processes.start(sandbox, sh("printf first; head -c 1000 /dev/zero; printf last"), "a")
    assert await live.settle(10)
    output = live.take()
    assert (len(output.head), len(output.tail), output.dropped) == (50, 50, 909)
    assert output.text("<cut>").startswith("first\0")
    assert output.text("<cut>").endswith("\0last")
    assert "\0<cut>\0" in output.text("<cut>")
    assert live.all() == output


async def test_a_character_is_not_taken_in_halves(sandbox: HostSandbox) -> None:
    processes = Processes()
    live = await processes.start(sandbox, sh(r"printf 'a\342\202'; read x; printf '\254b'; read x; printf '\303'"), "a")
    async with asyncio.timeout(10):
        while len(live.all().head) < 3:
            await asyncio.sleep(0.01)
    assert live.take().text() == "a"
    await live.process.write(b"\n")
    await seen(live, "b")
    assert live.take().text() == "€b"
    await live.process.write(b"\n")
    assert await live.settle(10)
    assert live.take().head == b"\xc3"


async def test_what_cannot_be_started_has_ended(sandbox: HostSandbox) -> None:
    processes = Processes()
    live = await processes.start(sandbox, SpawnRequest(argv=("no-such-command",)), "a")
    assert await live.settle(10)
    assert live.result is not None
    assert live.result.exit_code == 127
    assert "no-such-command" in live.take().text()


async def test_a_stopped_sandbox_is_no_end_of_the_command(sandbox: HostSandbox) -> None:
    processes = Processes()
    live = await processes.start(sandbox, sh("sleep 60"), "a")
    await sandbox.stop()
    with pytest.raises(SandboxDied):
        await live.settle(10)
    assert processes.ended() == (live,)
    await processes.close()
    with pytest.raises(SandboxDied):
        await processes.start(sandbox, sh("exit"), "b")
    assert [known.id for known in processes] == ["a"]


async def test_the_oldest_told_are_forgotten(sandbox: HostSandbox) -> None:
    processes = Processes()
    for number in range(66):
        live = await processes.start(sandbox, SpawnRequest(argv=("no-such-command",)), str(number))
        await live.settle(10)
        processes.ended()
    assert [live.id for live in processes][:2] == ["1", "2"]
