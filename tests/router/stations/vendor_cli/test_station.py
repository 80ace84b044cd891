"""The shared runner with a tool that does as it is told: real bubblewrap, the real proxy, a scripted service."""

import asyncio
import json
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from codergen.sandbox.base import SandboxSpec
from codergen.sandbox.bubblewrap import BubblewrapSandbox
from codergen.tools.check import Check
from router.station import Assignment, AttemptLimits, StationFault, workplace

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def run(tmp_path, environment):
    """Let a station work on one file; gives its report, or raises its fault. Events are in `run.events`."""

    async def go(station, *, limits=None, allowed=("read", "write", "edit", "shell", "check"), box=None):
        workspace = tmp_path / "workspace"
        workspace.mkdir(exist_ok=True)
        (workspace / "numbers_.py").write_text("def double(x):\n    return x + x + 1\n")
        given = Assignment(
            job_id="j",
            attempt=1,
            intent="double(2) gives 5",
            task_class="bugfix",
            language="python",
            scope=("**",),
            protected=(),
            non_goals=(),
            allowed_tools=allowed,
            checks=(Check(command="true"),),
            reproduction=None,
            environment=environment,
            limits=limits or AttemptLimits(seconds=60),
        )
        spec = SandboxSpec(workspace=workspace, mounts=environment.mounts, env=environment.env, path=environment.path)
        async with workplace(station, given, spec) as place:
            sandbox = box or BubblewrapSandbox()
            await sandbox.start(place.spec)
            try:
                return await place.station.run(given, sandbox, go.events.append)
            finally:
                await sandbox.stop()

    go.events = []
    return go


async def test_work_is_claimed_with_what_was_changed_and_spent(run, fake):
    report = await run(fake("fix"))
    assert (report.claimed, report.files, report.summary) == ("pr_ready", ("numbers_.py",), "mended")
    assert (report.usage.input, report.usage.output) == (100, 20), "as the proxy counted, not as the tool says"
    assert report.cost_usd is not None
    assert report.cost_usd < Decimal("0.25")
    assert report.details["requests"] == 1
    assert [event.kind for event in run.events] == [
        "turn.start", "session.start", "tool.start", "tool.end", "model.usage", "turn.end",
    ]  # fmt: skip
    assert run.events[2].data["name"] == "Edit"
    assert run.events[3].data["details"]["files"] == ["numbers_.py"]


async def test_the_real_key_is_nowhere_in_the_box(run, fake):
    await run(fake("look"))
    (said,) = [event for event in run.events if event.kind == "model.message"]
    seen = json.loads(said.data["message"]["parts"][0]["text"])
    assert seen["environ"]["ANTHROPIC_API_KEY"].startswith("sk-codergen-")
    assert "sk-real" not in json.dumps([event.data for event in run.events])


async def test_a_command_that_ran_may_have_changed_something(run, fake):
    report = await run(fake("run", "echo hi > new.txt; exit 3"))
    assert (report.claimed, report.validation) == ("pr_ready", ("echo hi > new.txt; exit 3: failed",))


@pytest.mark.parametrize(
    ("behaviour", "reason", "word"),
    [
        ("denied", "environment", "denied its own calls: Bash"),
        ("crash", "worker", "out of ideas"),
        ("garbage", "worker", "not json"),
    ],
)
async def test_a_tool_that_could_not_work_is_a_fault_of_the_infrastructure(run, fake, behaviour, reason, word):
    with pytest.raises(StationFault, match=word) as caught:
        await run(fake(behaviour))
    assert caught.value.reason == reason


async def test_saying_done_after_doing_nothing_is_not_done(run, fake):
    report = await run(fake("nothing"))
    assert (report.claimed, report.reason, report.details["ended"]) == ("escalate", "attempts_rejected", "no_change")


async def test_a_cut_answer_is_never_done(run, fake, upstream):
    with pytest.raises(StationFault, match="last answer ended without its end") as caught:
        await run(fake("cut", script=upstream.Script(("text", "one two three"), cut_at=0)))
    assert caught.value.reason == "provider"


@pytest.mark.parametrize(("status", "word"), [("401", "ANTHROPIC_API_KEY"), ("403", "ANTHROPIC_API_KEY")])
async def test_a_refused_key_ends_the_box_at_once(run, fake, upstream, status, word):
    began = time.monotonic()
    with pytest.raises(StationFault, match=word) as caught:
        await run(fake("refused", script=upstream.Script(("text", ""), fault=status)))
    assert caught.value.reason == "provider"
    assert time.monotonic() - began < 25, "the tool itself would have waited for 30 s"


async def test_too_many_answers_end_it(run, fake):
    report = await run(fake("chatter"), limits=AttemptLimits(seconds=60, turns=3))
    assert (report.claimed, report.details["ended"]) == ("escalate", "turns")
    assert 4 <= report.details["answers"] < 100, "of a thousand"


async def test_too_many_tokens_end_it(run, fake):
    report = await run(fake("spend"), limits=AttemptLimits(seconds=60, tokens=500))
    assert (report.claimed, report.reason, report.details["ended"]) == ("escalate", "budget", "tokens")
    assert 2 < report.details["requests"] < 10


async def test_money_ends_it_before_a_request_that_could_cost_too_much(run, fake):
    report = await run(fake("spend"), limits=AttemptLimits(seconds=60, usd=Decimal("0.000001")))
    assert (report.claimed, report.reason, report.details["ended"]) == ("escalate", "budget", "budget")
    assert report.details["requests"] == 0


async def test_too_much_time_ends_it(run, fake):
    report = await run(fake("run", "sleep 600"), limits=AttemptLimits(seconds=2))
    assert (report.claimed, report.reason, report.details["ended"]) == ("escalate", "attempts_rejected", "seconds")


async def test_silence_ends_it_but_a_running_command_is_not_silence(run, fake):
    with pytest.raises(StationFault, match="said nothing") as caught:
        await run(fake("silent", silence_s=1.0))
    assert caught.value.reason == "timeout"
    report = await run(fake("run", "sleep 3", silence_s=1.0))
    assert report.claimed == "pr_ready"


async def test_tools_that_cannot_be_withheld_are_refused_before_anything_starts(run, fake, upstream):
    script = upstream.Script(("text", "never"))
    report = await run(fake("fix", script=script), allowed=("check",))
    assert (report.claimed, report.reason) == ("escalate", "access")
    assert "no tool that the packet allows" in report.summary
    assert script.requests == []


def at_work(word: str) -> list[str]:
    """Processes with that word on their command line; a bare system has no pgrep."""
    found: list[str] = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if word.encode() in (folder / "cmdline").read_bytes():
                found.append(folder.name)
    return found


async def test_cancelling_ends_the_tool_and_what_it_started(run, fake):
    mark = f"vendor-cancel-{time.monotonic_ns()}"
    running = asyncio.create_task(run(fake("run", f"sleep 600; echo {mark}")))
    while not at_work(mark):
        assert not running.done()
        await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not at_work(mark)
