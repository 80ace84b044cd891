"""Our loop as a station: what it is told, what it claims, and what is kept."""

import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import prompts
from codergen.errors import SandboxDied
from codergen.events import Event, ignore
from codergen.journal import read
from codergen.profiles.plain import SCAFFOLDS, load_plain
from codergen.sandbox.base import ExecRequest, ExecResult, OutputSink, SandboxSpec
from codergen.sandbox.host import HostSandbox
from codergen.tools.check import Check, CheckRun, Environment, TestResult
from providers.errors import AuthFailed
from providers.retry import NO_RETRY
from providers.scripted import Reply, ScriptedClient
from router.line.protected import may_change
from router.station import Assignment, AttemptLimits, StationFault
from router.stations.brief import brief
from router.stations.codergen import BRIEF, CodergenStation

CHECK = Check(command="python -m unittest -q")
HERE = Environment(python=sys.executable, mounts=(), path=())
SOURCE = "def double(x):\n    return x + x + 1\n"
GOOD = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x"


def assignment(**changes: Any) -> Assignment:
    given: dict[str, Any] = {
        "job_id": "j1",
        "attempt": 1,
        "intent": "double(2) gives 5.",
        "task_class": "bugfix",
        "language": "python",
        "scope": ("**",),
        "protected": ("tests/**",),
        "non_goals": (),
        "allowed_tools": ("read", "write", "edit", "shell", "check"),
        "checks": (CHECK,),
        "reproduction": None,
        "environment": HERE,
        "limits": AttemptLimits(),
    }
    return Assignment(**given | changes)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[HostSandbox]:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "numbers_.py").write_text(SOURCE)
    (workspace / "test_numbers.py").write_text(
        "import unittest\nfrom numbers_ import double\n\n\nclass T(unittest.TestCase):\n"
        "    def test_double(self):\n        self.assertEqual(double(2), 4)\n"
    )
    sandbox = HostSandbox()
    await sandbox.start(SandboxSpec(workspace=workspace))
    yield sandbox
    await sandbox.stop()


def station(tmp_path: Path, answers: Sequence[Reply], **changes: Any) -> CodergenStation:
    client = ScriptedClient(turns=answers)
    given: dict[str, Any] = {
        "client": client,
        "model": "m-1",
        "profile": load_plain(),
        "journals": tmp_path / "journals",
    }
    return CodergenStation(**given | {"sandbox": "host", "retry": NO_RETRY} | changes)


async def test_a_passing_check_is_a_claim_with_its_proof(tmp_path: Path, sandbox: HostSandbox) -> None:
    shown: list[Event] = []
    work = station(tmp_path, [Reply(text=WRONG), Reply(text=GOOD, cost_usd=Decimal("0.5"))])
    report = await work.run(assignment(), sandbox, shown.append)
    assert (report.claimed, report.reason) == ("pr_ready", "")
    assert report.files == ("numbers_.py",)
    assert [line.rpartition(" (")[0] for line in report.validation] == [
        f"{CHECK.command}: 0 passed, 1 failed",
        f"{CHECK.command}: 0 passed, 1 failed",
        f"{CHECK.command}: 1 passed, 0 failed",
    ]
    assert report.cost_usd == Decimal("0.5")
    assert (report.usage.input, report.usage.output) == (20, 10)
    assert [change["path"] for change in report.details["tried"]] == ["numbers_.py"] * 2
    assert report.evidence == ("j1-1-plain.jsonl",)
    lines = read(tmp_path / "journals" / "j1-1-plain.jsonl").lines
    assert [line.kind for line in lines] == [event.kind for event in shown]
    assert lines[-1].kind == "session.end"


async def test_without_a_passing_check_it_tells_what_was_tried(tmp_path: Path, sandbox: HostSandbox) -> None:
    report = await station(tmp_path, [Reply(text=WRONG), Reply(text="no"), Reply(text="no")]).run(
        assignment(), sandbox, ignore
    )
    assert (report.claimed, report.reason, report.files) == ("escalate", "attempts_rejected", ())
    assert report.details["ended"] == "exhausted"
    (tried,) = report.details["tried"]
    assert tried["new"] == WRONG
    assert "1 failed" in tried["check"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [(AttemptLimits(tokens=1), "budget"), (AttemptLimits(turns=1), "attempts_rejected")],
)
async def test_limits_of_the_attempt_hold(
    tmp_path: Path, sandbox: HostSandbox, limits: AttemptLimits, reason: str
) -> None:
    report = await station(tmp_path, [Reply(text=WRONG)]).run(assignment(limits=limits), sandbox, ignore)
    assert (report.claimed, report.reason, report.details["status"]) == ("escalate", reason, "limit")


async def test_an_unknown_price_stays_unknown(tmp_path: Path, sandbox: HostSandbox) -> None:
    report = await station(tmp_path, [Reply(text=GOOD, cost_usd=None)]).run(assignment(), sandbox, ignore)
    assert (report.cost_usd, report.details["unpriced"]) == (None, 1)


async def test_a_provider_that_fails_is_not_the_stations_fault(tmp_path: Path, sandbox: HostSandbox) -> None:
    with pytest.raises(StationFault) as caught:
        await station(tmp_path, [Reply(error=AuthFailed("no key"))]).run(assignment(), sandbox, ignore)
    assert caught.value.reason == "provider"
    assert isinstance(caught.value.__cause__, AuthFailed)
    assert read(tmp_path / "journals" / "j1-1-plain.jsonl").lines[-1].kind == "session.end"


class Dying(HostSandbox):
    """Goes away at the second command."""

    commands = 0

    async def exec(self, request: ExecRequest, on_output: OutputSink | None = None) -> ExecResult:
        self.commands += 1
        if self.commands > 1:
            raise SandboxDied("gone")
        return await super().exec(request, on_output)


async def test_a_boundary_that_dies_passes_through(tmp_path: Path, sandbox: HostSandbox) -> None:
    dying = Dying()
    await dying.start(SandboxSpec(workspace=tmp_path / "workspace"))
    with pytest.raises(SandboxDied):
        await station(tmp_path, []).run(assignment(), dying, ignore)
    await dying.stop()


async def test_a_job_that_allows_too_little_is_handed_back(tmp_path: Path, sandbox: HostSandbox) -> None:
    report = await station(tmp_path, []).run(assignment(allowed_tools=("read", "check")), sandbox, ignore)
    assert (report.claimed, report.reason) == ("escalate", "access")
    assert "edit" in report.summary


async def test_protected_files_are_not_rewritten(tmp_path: Path, sandbox: HostSandbox) -> None:
    report = await station(tmp_path, []).run(assignment(protected=("numbers_.py",)), sandbox, ignore)
    assert report.details["ended"] == "no_function"


async def test_running_an_attempt_again_keeps_the_first_journal(tmp_path: Path, sandbox: HostSandbox) -> None:
    work = station(tmp_path, [Reply(text=GOOD)])
    await work.run(assignment(), sandbox, ignore)
    again = await work.run(assignment(), sandbox, ignore)
    assert again.evidence == ("j1-1-plain.2.jsonl",)
    assert again.details["ended"] == "nothing_fails"
    assert (again.claimed, again.reason) == ("escalate", "missing_context")


def test_identity_changes_with_every_part(tmp_path: Path) -> None:
    one = station(tmp_path, [])
    assert one.version.station == "codergen/plain"
    assert one.version.scaffolds == tuple(sorted(SCAFFOLDS))
    others = [
        replace(one, model="m-2"),
        replace(one, scaffolds=SCAFFOLDS - {"grammar"}),
        replace(one, sandbox="bubblewrap"),
    ]
    assert len({s.version.id for s in (one, *others)}) == 4
    assert one.version.id == station(tmp_path, []).version.id


def test_may_change_is_scope_without_protected() -> None:
    allowed = partial(may_change, scope=("src/**", "*.py"), protected=("src/secret/**",))
    assert [
        path for path in ("src/a.py", "a.py", "lib/a.py", "src/secret/k", "src/x/conftest.py") if allowed(path)
    ] == [
        "src/a.py",
        "a.py",
    ]


FAILED = CheckRun(
    check=CHECK, runner="unittest", exit_code=1, tests=(TestResult(id="t::a", outcome="failed", message="E 5 != 4"),),
    output="", problem=None, duration_ms=100,
)  # fmt: skip


def test_the_brief_holds_what_the_job_says_and_no_empty_section() -> None:
    text = brief(assignment(reproduction=FAILED, feedback=("still 5",)), prompts.load(BRIEF), SCAFFOLDS)
    assert text.startswith("double(2) gives 5.\n\n## Failing check\n")
    assert "FAILED t::a\nE 5 != 4" in text
    assert "- `python -m unittest -q`" in text
    assert "`tests/**`" in text
    assert text.endswith("## Earlier attempts\n- still 5")
    assert "Out of scope" not in text
    assert "$" not in text


def test_the_reproduction_packet_can_be_switched_off() -> None:
    text = brief(assignment(reproduction=FAILED), prompts.load(BRIEF), SCAFFOLDS - {"reproduction_packet"})
    assert "Failing check" not in text
    assert "E 5 != 4" not in text


def test_words_of_a_ticket_are_never_fields_of_the_brief() -> None:
    text = brief(assignment(intent="costs $scope and ${feedback}"), prompts.load(BRIEF), SCAFFOLDS)
    assert text.startswith("costs $scope and ${feedback}")


async def test_plain_passes_on_what_earlier_attempts_taught(tmp_path: Path, sandbox: HostSandbox) -> None:
    work = station(tmp_path, [Reply(text=GOOD)])
    await work.run(assignment(feedback=("a held-out check failed",)), sandbox, ignore)
    assert isinstance(work.client, ScriptedClient)
    text = work.client.requests[0].messages[0].text
    assert "a held-out check failed" in text
    assert "Never change" not in text
